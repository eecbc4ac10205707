#!/usr/bin/env bash
# Logs of the host are removed.
. "$(dirname "$0")/../lib/harness.sh"

prepare() {
    mkdir -p /srv/logs
    printf 'sshd: session opened for user root\n' |
        tee /var/log/auth.log /var/log/nginx.log /srv/logs/own.log >/var/log/service.1
}

attack() {
    rm /var/log/auth.log
    unlink /var/log/nginx.log
}

# A log that is read and written, one that was turned over, and one that is not the system's.
benign() {
    cat /var/log/auth.log >/dev/null
    echo 'sshd: session closed for user root' >>/var/log/auth.log
    rm /var/log/service.1 /srv/logs/own.log
}

record_command
