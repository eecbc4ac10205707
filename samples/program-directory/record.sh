#!/usr/bin/env bash
# A program in a directory of programs is replaced, another is removed.
. "$(dirname "$0")/../lib/harness.sh"

prepare() {
    mountpoint -q /usr/local/bin || mount -t tmpfs tmpfs /usr/local/bin
    stand_in backup
    install /srv/backup /usr/local/bin/backup
    install /srv/backup /usr/local/bin/report
}

attack() {
    cp /bin/true /usr/local/bin/backup
    mv /usr/local/bin/report /usr/local/bin/.report
    rm /usr/local/bin/.report
}

benign() {
    cp /usr/local/bin/backup /srv/backup
    mv /srv/backup /srv/report
    rm /srv/report
}

record_command
