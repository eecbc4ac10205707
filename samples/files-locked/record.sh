#!/usr/bin/env bash
# Documents are encrypted one after the other, their originals removed, and others only renamed as if.
. "$(dirname "$0")/../lib/harness.sh"

prepare() {
    mkdir -p /srv/docs
    for number in $(seq 40); do echo "invoice $number" >"/srv/docs/$number.txt"; done
}

attack() {
    cd /srv/docs
    for number in $(seq 20); do
        openssl enc -aes-256-cbc -pbkdf2 -pass pass:x -in "$number.txt" -out "$number.locked" 2>/dev/null
        rm "$number.txt"
    done
    for number in $(seq 21 40); do mv "$number.txt" "$number.txt.locked"; done
    for number in $(seq 20); do mv "$number.locked" "$number.locked.now"; done
}

# An encrypted backup, and documents that get their year's name.
benign() {
    cd /srv/docs
    tar cf - . | openssl enc -aes-256-cbc -pbkdf2 -pass pass:x -out /srv/docs.tar.enc 2>/dev/null
    for number in $(seq 40); do mv "$number.txt" "2026-$number.txt"; done
}

record_command
