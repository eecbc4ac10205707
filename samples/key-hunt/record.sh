#!/usr/bin/env bash
# Files are searched for private keys, passwords and the keys of a cloud.
. "$(dirname "$0")/../lib/harness.sh"

prepare() {
    mkdir -p /srv/project
    echo 'TODO: rotate' >/srv/project/notes.log
}

attack() {
    find /srv/project /home -name id_rsa
    grep -r 'BEGIN RSA PRIVATE' /srv/project || true
    find /home -path '*.aws/credentials'
    grep -ri aws_secret_access_key /srv/project || true
}

benign() {
    find /srv/project /home -name '*.log' >/dev/null
    grep -r TODO /srv/project >/dev/null
    grep password: /srv/project/notes.log || true
}

record_command
