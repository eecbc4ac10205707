#!/usr/bin/env bash
# A file is overwritten, a file system made over an image, and a disk overwritten by a stand-in.
. "$(dirname "$0")/../lib/harness.sh"

prepare() {
    stand_in dd
    echo accounts >/srv/accounts
    truncate -s 256K /srv/image
}

attack() {
    shred -u /srv/accounts
    mke2fs -q -F /srv/image
    /srv/dd if=/dev/zero of=/dev/sdz bs=1M
}

benign() {
    rm /srv/accounts
    dd if=/dev/zero of=/srv/image bs=4096 count=4 2>/dev/null
    dd if=/dev/zero of=/dev/null bs=4096 count=4 2>/dev/null
}

record_command
