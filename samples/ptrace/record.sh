#!/usr/bin/env bash
# A program takes control of its child as a debugger does, and another keeps debuggers away from itself.
. "$(dirname "$0")/../lib/harness.sh"

build() {
    compile call "$lib/call.c"
    image api:2.1 api 8080 call
}
prepare() { container api api:2.1; }

attack() {
    docker exec api call attach
    docker exec api call trace-me
}

# To look who traces is not to trace.
benign() {
    docker exec api grep TracerPid /proc/self/status
}

record_container api
