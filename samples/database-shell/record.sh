#!/usr/bin/env bash
# A database server starts a shell. The server is a shell under its name.
. "$(dirname "$0")/../lib/harness.sh"

prepare() {
    shell_as mysqld
    stand_in mysqldump
}

attack() {
    /srv/mysqld -c 'sh -c id; true' >/dev/null
}

# A server that starts another of itself, and a client.
benign() {
    /srv/mysqld -c '/srv/mysqld -c true; true'
    sh -c '/srv/mysqldump shop; true'
}

record_command
