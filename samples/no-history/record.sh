#!/usr/bin/env bash
# A shell is started so that nothing of what is typed in it is kept.
. "$(dirname "$0")/../lib/harness.sh"

attack() {
    HISTFILE=/dev/null bash --norc -ic true
    HISTSIZE=0 bash --norc -ic true
}

benign() {
    HISTFILE=/root/.bash_history HISTSIZE=1000 bash --norc -ic true
}

record_command
