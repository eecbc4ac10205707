#!/usr/bin/env bash
# The firewall's rules are flushed. Its tools are stand-ins.
. "$(dirname "$0")/../lib/harness.sh"

prepare() { stand_in iptables nft; }

attack() {
    /srv/iptables -F
    /srv/nft flush ruleset
}

benign() {
    /srv/iptables -A INPUT -p tcp --dport 443 -j ACCEPT
    /srv/iptables -nvL INPUT
    /srv/nft list ruleset
}

record_command
