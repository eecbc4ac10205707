#!/usr/bin/env bash
# A web server that has been running for some seconds reads the shadow file. The server is a shell under its
# name.
. "$(dirname "$0")/../lib/harness.sh"

prepare() { shell_as httpd; }

attack() {
    /srv/httpd -c 'sleep 6; read -r line </etc/shadow'
}

benign() {
    /srv/httpd -c 'sleep 6; read -r line </etc/hosts'
}

record_command
