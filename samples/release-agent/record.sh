#!/usr/bin/env bash
# The step of a known escape: a container that was given CAP_SYS_ADMIN writes a file called
# release_agent (an ordinary one here).
. "$(dirname "$0")/../lib/harness.sh"

build() { image shop:1.4 shop 8080; }
prepare() { container shop shop:1.4 --cap-add SYS_ADMIN; }

attack() {
    docker exec shop sh -c 'echo /tmp/job >/tmp/release_agent'
}

benign() {
    docker exec shop sh -c 'echo /tmp/job >/tmp/agent; test -r /tmp/release_agent || true'
}

record_container shop
