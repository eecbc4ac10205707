#!/usr/bin/env bash
# A container that was given CAP_SYS_ADMIN mounts a file system, in its own memory here.
. "$(dirname "$0")/../lib/harness.sh"

build() { image api:2.1 api 8080; }
prepare() { container api api:2.1 --cap-add SYS_ADMIN; }

attack() {
    docker exec api mount -t tmpfs none /srv
}

# Looking at what is mounted.
benign() {
    docker exec api sh -c 'mount >/dev/null; df >/dev/null'
}

record_container api
