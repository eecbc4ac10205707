#!/usr/bin/env bash
# A program that has no business with it reads the shadow file of the host.
. "$(dirname "$0")/../lib/harness.sh"

attack() {
    cat /etc/shadow >/dev/null
}

benign() {
    cat /etc/passwd /etc/hosts >/dev/null
    getent passwd root >/dev/null
}

record_command
