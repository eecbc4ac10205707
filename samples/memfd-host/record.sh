#!/usr/bin/env bash
# A program is copied into a file that exists in memory only, and run from there, on the host.
. "$(dirname "$0")/../lib/harness.sh"

build() { compile memfd "$lib/../memfd-exec/memfd.c"; }
prepare() { install "$scratch/memfd" /srv/memfd; }

attack() {
    /srv/memfd run /bin/busybox true
}

# A file in memory that nobody runs.
benign() {
    /srv/memfd keep /bin/busybox
}

record_command
