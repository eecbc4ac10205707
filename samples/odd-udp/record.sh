#!/usr/bin/env bash
# A program sends datagrams to a port that nothing usual has.
. "$(dirname "$0")/../lib/harness.sh"

build() {
    compile call "$lib/call.c"
    image api:2.1 api 8080 call
}
prepare() {
    container api api:2.1
    link api
}

attack() {
    docker exec api call datagram 203.0.113.10 2222
}

# To a name server and a time server.
benign() {
    docker exec api call datagram 203.0.113.10 53
    docker exec api call datagram 203.0.113.10 123
}

record_container api
