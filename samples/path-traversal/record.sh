#!/usr/bin/env bash
# A program is handed a path that climbs out of where it should stay.
. "$(dirname "$0")/../lib/harness.sh"

prepare() { mkdir -p /srv/www; }

attack() {
    cd /srv/www
    timeout 5 cat ../../etc/passwd /srv/../srv/../root/.ssh/id_rsa >/dev/null || true
}

# One step up is what programs do all the time.
benign() {
    cd /srv
    timeout 5 cat ../etc/hosts /srv/www/../act >/dev/null
}

record_command
