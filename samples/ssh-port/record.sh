#!/usr/bin/env bash
# ssh connects to the port of web servers.
. "$(dirname "$0")/../lib/harness.sh"

# shellcheck disable=SC2119  # no ports: nobody has to answer
prepare() { uplink; }

attack() {
    ssh -o ConnectTimeout=1 -o BatchMode=yes -p 443 alice@203.0.113.10 2>/dev/null || true
}

benign() {
    ssh -o ConnectTimeout=1 -o BatchMode=yes -p 22 alice@203.0.113.10 2>/dev/null || true
    curl -s --max-time 1 http://203.0.113.10:443/ || true
}

record_command
