#!/usr/bin/env bash
# Logs of the host are emptied.
. "$(dirname "$0")/../lib/harness.sh"

prepare() { printf 'sshd: session opened for user root\n' | tee /var/log/auth.log >/var/log/syslog; }

attack() {
    : >/var/log/auth.log
    cp /dev/null /var/log/syslog
}

benign() {
    echo 'sshd: session closed for user root' >>/var/log/auth.log
    cat /var/log/syslog >/dev/null
}

record_command
