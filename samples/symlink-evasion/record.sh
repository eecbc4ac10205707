#!/usr/bin/env bash
# The shadow file is read through a symbolic link to its directory, under a name no list contains.
. "$(dirname "$0")/../lib/harness.sh"

build() { image shop:1.4 shop 8080; }
prepare() { container shop shop:1.4; }

attack() {
    docker exec shop sh -c 'ln -s /etc /tmp/cache && cat /tmp/cache/shadow >/dev/null'
}

benign() {
    docker exec shop sh -c 'ln -s /srv /tmp/cache && cat /tmp/cache/index.html >/dev/null'
}

record_container shop
