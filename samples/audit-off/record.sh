#!/usr/bin/env bash
# A container tries to remove the rules of the kernel's audit. auditctl is a stand-in that does nothing.
. "$(dirname "$0")/../lib/harness.sh"

build() {
    compile auditctl "$lib/client.c"
    image api:2.1 api 8080 auditctl
}
prepare() { container api api:2.1; }

attack() {
    docker exec api auditctl -D
}

benign() {
    docker exec api auditctl -l
}

record_container api
