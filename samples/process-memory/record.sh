#!/usr/bin/env bash
# The memory of another process is opened for writing.
. "$(dirname "$0")/../lib/harness.sh"

attack() {
    sleep 1 &
    exec 3<>"/proc/$!/mem"
    exec 3>&-
    wait
}

benign() {
    sleep 1 &
    exec 3<"/proc/$!/maps"
    exec 3>&-
    exec 3<"/proc/$!/mem"
    exec 3>&-
    wait
}

record_command
