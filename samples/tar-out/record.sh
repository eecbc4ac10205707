#!/usr/bin/env bash
# Files are carried out of a container as `kubectl cp` does it: tar, started from outside, without a terminal.
. "$(dirname "$0")/../lib/harness.sh"

build() { image api:2.1 api 8080; }
prepare() { container api api:2.1; }

attack() {
    docker exec api tar cf - /srv/index.html >/dev/null
}

# An archive made within the container, by a script of its own, and one unpacked from outside.
benign() {
    docker exec api sh -c 'tar cf /tmp/backup.tar /srv; true'
    docker exec -i api tar xf - -C /tmp </dev/null || true
}

record_container api
