#!/usr/bin/env bash
# A service is put where systemd finds it, for the machine and for a user.
. "$(dirname "$0")/../lib/harness.sh"

prepare() { mkdir -p /etc/systemd/system /home/alice/.config/systemd/user; }

attack() {
    printf '[Service]\nExecStart=/srv/update\n' >/etc/systemd/system/update.service
    cp /etc/systemd/system/update.service /home/alice/.config/systemd/user/update.service
}

benign() {
    printf '[Service]\nExecStart=/srv/update\n' >/srv/update.service
    ls /etc/systemd/system /home/alice/.config/systemd/user >/dev/null
}

record_command
