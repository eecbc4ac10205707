#!/usr/bin/env bash
# A program is run from a hidden directory in a place where everybody may write.
. "$(dirname "$0")/../lib/harness.sh"

prepare() {
    mountpoint -q /var/tmp || mount -t tmpfs -o mode=1777 tmpfs /var/tmp
    mkdir -p /var/tmp/.font-unix /var/tmp/build
}

attack() {
    cp /bin/true /var/tmp/.font-unix/update
    /var/tmp/.font-unix/update
}

benign() {
    cp /bin/true /var/tmp/build/tool
    /var/tmp/build/tool
    echo 'done' >/var/tmp/.font-unix/note
}

record_command
