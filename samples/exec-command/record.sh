#!/usr/bin/env bash
# A shell with a command line is started in a running container from outside.
. "$(dirname "$0")/../lib/harness.sh"

build() { image api:2.1 api 8080; }
prepare() { container api api:2.1; }

attack() {
    docker exec api sh -c 'id; ls /srv'
}

# The same without a shell.
benign() {
    docker exec api id
    docker exec api ls /srv
}

record_container api
