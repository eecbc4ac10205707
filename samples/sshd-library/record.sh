#!/usr/bin/env bash
# The ssh server opens a library that is known to hold a backdoor. The server is a shell under its name,
# the library an empty file.
. "$(dirname "$0")/../lib/harness.sh"

prepare() {
    shell_as sshd
    : >/srv/liblzma.so.5.6.1
    : >/srv/liblzma.so.5.4.5
}

attack() {
    /srv/sshd -c ': </srv/liblzma.so.5.6.1'
}

benign() {
    /srv/sshd -c ': </srv/liblzma.so.5.4.5'
    cat /srv/liblzma.so.5.6.1
}

record_command
