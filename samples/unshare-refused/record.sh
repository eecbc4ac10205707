#!/usr/bin/env bash
# A program in an ordinary container tries to leave its namespaces, and is refused.
. "$(dirname "$0")/../lib/harness.sh"

build() { image api:2.1 api 8080; }
prepare() { container api api:2.1; }

attack() {
    docker exec api unshare --uts true || true
}

benign() {
    docker exec api readlink /proc/self/ns/uts
}

record_container api
