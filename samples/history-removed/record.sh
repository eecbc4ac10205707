#!/usr/bin/env bash
# What was typed in shells is removed, renamed and emptied.
. "$(dirname "$0")/../lib/harness.sh"

prepare() {
    local name
    for name in bash zsh python; do echo 'id; w' >/home/alice/."${name}"_history; done
}

attack() {
    rm /home/alice/.bash_history
    mv /home/alice/.zsh_history /home/alice/.old
    cp /dev/null /home/alice/.python_history
}

benign() {
    cat /home/alice/.bash_history >/dev/null
    echo exit >>/home/alice/.bash_history
    cp /home/alice/.zsh_history /home/alice/history.old
}

record_command
