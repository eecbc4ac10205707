#!/usr/bin/env bash
# A container reads a disk past its file system. The disk is an ordinary file with a disk's name.
. "$(dirname "$0")/../lib/harness.sh"

build() { image api:2.1 api 8080; }
prepare() {
    container api api:2.1
    docker exec api sh -c 'echo blocks >/dev/sdz'
}

attack() {
    docker exec api head -c 1 /dev/sdz
}

benign() {
    docker exec api sh -c 'head -c 1 /dev/zero >/dev/shm/one && ls -l /dev/sdz'
}

record_container api
