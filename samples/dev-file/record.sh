#!/usr/bin/env bash
# Ordinary files are made in the directory of devices.
. "$(dirname "$0")/../lib/harness.sh"

prepare() {
    own_dev
    rm -f /dev/.udev-data /dev/core.0
}

attack() {
    touch /dev/.udev-data
    echo loot >/dev/core.0
}

benign() {
    echo nothing >/dev/null
    touch /dev/null
    echo shared >/dev/shm/segment
}

record_command
