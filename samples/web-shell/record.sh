#!/usr/bin/env bash
# A web server starts a shell, which looks around, and fetches something. The server is a shell under its
# name.
. "$(dirname "$0")/../lib/harness.sh"

prepare() { shell_as httpd cron; }

attack() {
    /srv/httpd -c 'sh -c "id; true"; curl --version; true' >/dev/null
}

# A server that starts another of itself, and a shell started by cron.
benign() {
    /srv/httpd -c '/srv/httpd -c true; true'
    /srv/cron -c 'sh -c "id; true"; true' >/dev/null
}

record_command
