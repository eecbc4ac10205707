#!/usr/bin/env bash
# A process of an ordinary user takes over the handling of its page faults.
. "$(dirname "$0")/../lib/harness.sh"

build() { compile faults "$sample/faults.c"; }
prepare() { install "$scratch/faults" /srv/faults; }

attack() {
    setpriv --reuid=65534 --regid=65534 --clear-groups /srv/faults
}

# Root may, to move processes from one machine to another.
benign() {
    /srv/faults
}

record_command
