#!/usr/bin/env bash
# Netcat connects a program to whoever listens. Nobody does here, so the program never runs.
. "$(dirname "$0")/../lib/harness.sh"

build() { image api:2.1 api 8080; }
prepare() { container api api:2.1; }

attack() {
    docker exec api nc 127.0.0.1 9 -e /bin/true || true
}

# The same without a program: a network tool all the same, but no shell for somebody else.
benign() {
    docker exec api nc -w 1 127.0.0.1 9 || true
}

record_container api
