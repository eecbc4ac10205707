#!/usr/bin/env bash
# Somebody opens an interactive shell in a database container, looks around and reads the shadow file.
. "$(dirname "$0")/../lib/harness.sh"

build() { image mysql:8 mysqld 3306; }
prepare() { container mysql-db mysql:8; }

attack() {
    terminal docker exec -it mysql-db bash -il <<-'KEYS'
		id
		cat /etc/shadow
		exit
	KEYS
}

# What a health check does: the same container, a command without a terminal.
benign() {
    docker exec mysql-db sh -c 'id; cat /etc/hosts'
}

record_container mysql-db
