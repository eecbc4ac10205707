#!/usr/bin/env bash
# A line is added to files that shells run when they start, by a program and by a redirection.
. "$(dirname "$0")/../lib/harness.sh"

prepare() { echo 'umask 077' | tee /home/alice/.bashrc >/home/alice/.profile; }

attack() {
    echo '/srv/update &' | tee -a /home/alice/.bashrc >/dev/null
    echo '/srv/update &' >>/home/alice/.profile
}

benign() {
    cat /home/alice/.bashrc /home/alice/.profile >/dev/null
    bash --rcfile /home/alice/.bashrc -ic true
    cp /home/alice/.bashrc /home/alice/bashrc.old
}

record_command
