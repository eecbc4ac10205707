#!/usr/bin/env bash
# A job is put where cron finds it, and one by crontab, which is a stand-in.
. "$(dirname "$0")/../lib/harness.sh"

prepare() {
    stand_in crontab
    mkdir -p /etc/cron.d
    echo '# none yet' >/etc/cron.d/backup
}

attack() {
    echo '* * * * * root /srv/update' >/etc/cron.d/update
    /srv/crontab /srv/jobs
}

benign() {
    cat /etc/cron.d/backup >/dev/null
    echo '* * * * * root /srv/update' >/srv/jobs
}

record_command
