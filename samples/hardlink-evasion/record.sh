#!/usr/bin/env bash
# The shadow file gets a second name, which nobody watches.
. "$(dirname "$0")/../lib/harness.sh"

prepare() { rm -f /etc/.cache /etc/hosts.old; }

attack() {
    ln /etc/shadow /etc/.cache
    cat /etc/.cache >/dev/null
}

benign() {
    ln /etc/hosts /etc/hosts.old
    cat /etc/hosts.old >/dev/null
}

record_command
