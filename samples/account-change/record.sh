#!/usr/bin/env bash
# A service's account gets a shell and a password to log in with.
. "$(dirname "$0")/../lib/harness.sh"

prepare() { made_up_etc /etc; }

attack() {
    usermod --shell /bin/bash www-data
    echo 'www-data:!' | chpasswd --encrypted
}

benign() {
    useradd -D >/dev/null
    getent passwd www-data >/dev/null
}

record_command
