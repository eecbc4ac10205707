#!/usr/bin/env bash
# A program under a miner's name runs, and one that is told a pool's address. Both are `true`, and the
# address is nobody's.
. "$(dirname "$0")/../lib/harness.sh"

build() {
    compile xmrig "$lib/client.c"
    image api:2.1 api 8080 xmrig
}
prepare() { container api api:2.1; }

attack() {
    docker exec api xmrig --version
    docker exec api true -o stratum+tcp://203.0.113.10:3333 -u wallet
}

# Speaking of both.
benign() {
    docker exec api ls -l /usr/local/bin/xmrig
    docker exec api grep -c -e stratum -e xmrig /etc/hosts || true
}

record_container api
