#!/usr/bin/env bash
# A debugger of file systems runs in a container that may administer the system. It is a stand-in that
# does nothing.
. "$(dirname "$0")/../lib/harness.sh"

build() {
    compile debugfs "$lib/client.c"
    image api:2.1 api 8080 debugfs
}
# The twin's container has no more rights than any.
prepare() {
    local more=(--cap-add SYS_ADMIN)
    [ "$twin" = attack ] || more=()
    container api api:2.1 "${more[@]}"
}

attack() {
    docker exec api debugfs -w /dev/vda
}

benign() {
    docker exec api debugfs -V
}

record_container api
