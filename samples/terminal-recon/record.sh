#!/usr/bin/env bash
# Somebody on a terminal asks who they are, and what this machine is.
. "$(dirname "$0")/../lib/harness.sh"

attack() {
    script -qec "bash --norc -ic 'whoami; uname -a; true'" /dev/null >/dev/null
}

# The same from a script.
benign() {
    whoami >/dev/null
    uname -a >/dev/null
}

record_command
