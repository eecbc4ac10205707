#!/usr/bin/env bash
# A process of an ordinary user asks to become root, which is refused.
. "$(dirname "$0")/../lib/harness.sh"

build() { compile become "$sample/become.c"; }
prepare() { install "$scratch/become" /srv/become; }

attack() {
    setpriv --reuid=65534 --regid=65534 --clear-groups /srv/become 0
}

# To give up what one does not have.
benign() {
    setpriv --reuid=65534 --regid=65534 --clear-groups /srv/become 65534
    /srv/become 65534
}

record_command
