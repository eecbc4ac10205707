#!/usr/bin/env bash
# A program and a script are run from shared memory.
. "$(dirname "$0")/../lib/harness.sh"

prepare() {
    own_dev
    rm -f /dev/shm/*
}

attack() {
    cp /bin/true /dev/shm/update
    /dev/shm/update
    echo true >/dev/shm/update.sh
    bash /dev/shm/update.sh
}

benign() {
    dd if=/dev/zero of=/dev/shm/segment bs=4096 count=1 2>/dev/null
    cat /dev/shm/segment >/dev/null
    bash -c 'test -e /dev/shm/segment'
}

record_command
