#!/usr/bin/env bash
# Confinement and auditing are switched off. The tools are stand-ins.
. "$(dirname "$0")/../lib/harness.sh"

prepare() { stand_in setenforce systemctl; }

attack() {
    /srv/setenforce 0
    /srv/systemctl stop auditd
}

benign() {
    /srv/setenforce 1
    /srv/systemctl status auditd
    /srv/systemctl stop printing
}

record_command
