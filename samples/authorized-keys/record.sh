#!/usr/bin/env bash
# A key is added to those that may log in as a user.
. "$(dirname "$0")/../lib/harness.sh"

prepare() {
    mkdir -p /home/alice/.ssh
    echo 'ssh-ed25519 AAAA alice' >/home/alice/.ssh/authorized_keys
}

attack() {
    echo 'ssh-ed25519 AAAA mallory' | tee -a /home/alice/.ssh/authorized_keys >/dev/null
}

benign() {
    echo '203.0.113.10 ssh-ed25519 AAAA' | tee -a /home/alice/.ssh/known_hosts >/dev/null
    stat /home/alice/.ssh/authorized_keys >/dev/null
}

record_command
