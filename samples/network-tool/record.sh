#!/usr/bin/env bash
# Tools that explore a network run in a container; tcpdump is a stand-in that does nothing.
. "$(dirname "$0")/../lib/harness.sh"

build() {
    compile tcpdump "$lib/client.c"
    image api:2.1 api 8080 tcpdump
}
prepare() { container api api:2.1; }

attack() {
    docker exec api tcpdump -i eth0 -w /tmp/all.pcap
    docker exec api nslookup -timeout=1 db.internal 127.0.0.1 || true
}

# What a health check does, and a look at the own sockets.
benign() {
    docker exec api wget -q -O /dev/null http://127.0.0.1:8080/
    docker exec api netstat -tn
}

record_container api
