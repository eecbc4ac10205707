#!/usr/bin/env bash
# A file appears below /etc of a container: a job for cron.
. "$(dirname "$0")/../lib/harness.sh"

build() { image shop:1.4 shop 8080; }
prepare() { container shop shop:1.4; }

attack() {
    docker exec shop sh -c 'mkdir -p /etc/cron.d && cp /etc/hosts /etc/cron.d/job && touch /etc/passwd'
}

benign() {
    docker exec shop sh -c 'cat /etc/passwd && cp /etc/hosts /tmp/hosts'
}

record_container shop
