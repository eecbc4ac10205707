#!/usr/bin/env bash
# Files become set-user-id and set-group-id.
. "$(dirname "$0")/../lib/harness.sh"

prepare() { stand_in tool other; }

attack() {
    chmod u+s /srv/tool
    chmod 2755 /srv/other
}

benign() {
    chmod 755 /srv/tool
    chmod u+x,go-w /srv/other
}

record_command
