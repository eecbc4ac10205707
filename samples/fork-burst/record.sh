#!/usr/bin/env bash
# A program makes hundreds of processes at once, which end at once.
. "$(dirname "$0")/../lib/harness.sh"

build() { compile burst "$sample/burst.c"; }
prepare() { install "$scratch/burst" /srv/burst; }

attack() {
    /srv/burst 600
}

benign() {
    /srv/burst 60
}

record_command
