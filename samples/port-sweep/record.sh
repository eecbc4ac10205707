#!/usr/bin/env bash
# A program tries one port of a machine after the other.
. "$(dirname "$0")/../lib/harness.sh"

build() {
    compile call "$lib/call.c"
    image api:2.1 api 8080 call
    answer 443
}
prepare() {
    container api api:2.1
    link api
}

attack() {
    docker exec api sh -c 'exec call connect 203.0.113.10 $(seq 8000 8049) 443'
}

# As many connections, to one port.
benign() {
    docker exec api sh -c 'exec call connect 203.0.113.10 $(yes 443 | head -n 51)'
}

record_container api
