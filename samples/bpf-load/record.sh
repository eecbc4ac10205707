#!/usr/bin/env bash
# A program in a container that was given CAP_SYS_ADMIN asks for a BPF program to be loaded, without
# saying which, so that nothing is.
. "$(dirname "$0")/../lib/harness.sh"

build() {
    compile call "$lib/call.c"
    image api:2.1 api 8080 call
}
prepare() { container api api:2.1 --cap-add SYS_ADMIN; }

# 5 is BPF_PROG_LOAD.
attack() {
    docker exec api call bpf 5
}

# BPF_PROG_GET_NEXT_ID: what a tool does that lists programs.
benign() {
    docker exec api call bpf 11
}

record_container api
