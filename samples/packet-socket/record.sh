#!/usr/bin/env bash
# A program makes a socket that sees all packets of its network.
. "$(dirname "$0")/../lib/harness.sh"

build() {
    compile call "$lib/call.c"
    image api:2.1 api 8080 call
}
prepare() { container api api:2.1; }

attack() {
    docker exec api call packet
}

# A raw socket too, but for the answers to its own questions only.
benign() {
    docker exec api ping -c 1 127.0.0.1
}

record_container api
