#!/usr/bin/env bash
# A program that is not one of ssh's reads a private key and the names of known machines.
. "$(dirname "$0")/../lib/harness.sh"

prepare() {
    mkdir -p /home/alice/.ssh
    echo 'not a key' >/home/alice/.ssh/id_ed25519
    echo '203.0.113.10 ssh-ed25519 AAAA' >/home/alice/.ssh/known_hosts
    echo 'Port 22' >/home/alice/.ssh/config
}

attack() {
    ls /home/alice/.ssh >/dev/null
    cat /home/alice/.ssh/id_ed25519 /home/alice/.ssh/known_hosts >/dev/null
}

benign() {
    ls /home/alice >/dev/null
    ssh-keygen -F 203.0.113.10 -f /home/alice/.ssh/known_hosts >/dev/null
}

record_command
