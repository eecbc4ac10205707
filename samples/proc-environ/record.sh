#!/usr/bin/env bash
# The environment of a container's first process, where its secrets are, is read from /proc.
. "$(dirname "$0")/../lib/harness.sh"

build() { image api:2.1 api 8080; }
prepare() { container api api:2.1 -e API_TOKEN=not-a-secret; }

attack() {
    docker exec api sh -c 'tr "\0" "\n" </proc/1/environ'
}

benign() {
    docker exec api sh -c 'cat /proc/1/status && env >/dev/null'
}

record_container api
