#!/usr/bin/env bash
# Programs that scan, listen and relay are run on the host, some with a program behind them. All are
# stand-ins.
. "$(dirname "$0")/../lib/harness.sh"

prepare() { stand_in nmap tcpdump nc ncat socat; }

attack() {
    /srv/nmap -sS 203.0.113.0/24
    /srv/tcpdump -i any
    /srv/nc -e /bin/true 203.0.113.10 9
    /srv/ncat --sh-exec true 203.0.113.10 9
    /srv/socat TCP:203.0.113.10:9 EXEC:true
}

benign() {
    curl --version >/dev/null
    ss -tn >/dev/null
}

record_command
