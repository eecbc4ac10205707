#!/usr/bin/env bash
# A program that is not part of its image is put into a container and run.
. "$(dirname "$0")/../lib/harness.sh"

build() { image shop:1.4 shop 8080; }
prepare() { container shop shop:1.4; }

attack() {
    docker exec shop sh -c 'cp /bin/busybox /tmp/true && /tmp/true'
    # A name that nobody trusts the less for.
    docker exec shop bash -c 'cp /bin/bash /tmp/runc && /tmp/runc -c true'
}

# The same program from the image.
benign() {
    docker exec shop sh -c 'cp /bin/busybox /tmp/copy && /bin/true'
}

record_container shop
