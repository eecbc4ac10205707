#!/usr/bin/env bash
# The shadow file of a container is opened to everybody.
. "$(dirname "$0")/../lib/harness.sh"

build() { image shop:1.4 shop 8080; }
prepare() { container shop shop:1.4; }

attack() {
    docker exec shop chmod 666 /etc/shadow
}

benign() {
    docker exec shop sh -c 'cp /etc/hosts /tmp/hosts && chmod 600 /tmp/hosts'
}

record_container shop
