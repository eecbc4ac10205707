#!/usr/bin/env bash
# A service's account has a session of ssh. The server is a shell under its name.
. "$(dirname "$0")/../lib/harness.sh"

prepare() { shell_as sshd; }

attack() {
    /srv/sshd -c 'setpriv --reuid=33 --regid=33 --clear-groups ls /srv; true' >/dev/null
}

# The same account outside a session, and a session of somebody else.
benign() {
    setpriv --reuid=33 --regid=33 --clear-groups ls /srv >/dev/null
    /srv/sshd -c 'ls /srv; true' >/dev/null
}

record_command
