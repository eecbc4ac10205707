#!/usr/bin/env bash
# A program in a container connects to the socket of a container runtime. The socket is its own, under
# the runtime's name.
. "$(dirname "$0")/../lib/harness.sh"

build() {
    compile call "$lib/call.c"
    image api:2.1 api 8080 call
}
prepare() { container api api:2.1; }

attack() {
    docker exec api call socket /run/docker.sock
}

# A socket that nobody is ruled by.
benign() {
    docker exec api call socket /run/api.sock
}

record_container api
