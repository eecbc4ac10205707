#!/usr/bin/env bash
# Programs take names that belong to threads of the kernel.
. "$(dirname "$0")/../lib/harness.sh"

build() { compile rename "$sample/rename.c"; }
prepare() { install "$scratch/rename" /srv/worker; }

attack() {
    /srv/worker kworker/0:1
    (exec -a '[kworker/u4:2]' /srv/worker)
}

benign() {
    /srv/worker job/0:1
    (exec -a 'worker [2]' /srv/worker)
}

record_command
