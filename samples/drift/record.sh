#!/usr/bin/env bash
# A script that no image knew is written in a container and made executable, and a program is copied.
. "$(dirname "$0")/../lib/harness.sh"

build() { image api:2.1 api 8080; }
prepare() { container api api:2.1; }

attack() {
    docker exec api sh -c 'echo "id" >/tmp/job && chmod +x /tmp/job'
    docker exec api cp /bin/busybox /tmp/tool
}

# Files that stay data.
benign() {
    docker exec api sh -c 'echo "id" >/tmp/job && chmod 600 /tmp/job'
    docker exec api cp /srv/index.html /tmp/page
}

record_container api
