#!/usr/bin/env bash
# A program is copied into a file that exists in memory only, and run from there.
. "$(dirname "$0")/../lib/harness.sh"

build() {
    compile memfd "$sample/memfd.c"
    image shop:1.4 shop 8080 memfd
}
prepare() { container shop shop:1.4; }

attack() {
    docker exec shop memfd run /bin/busybox true
}

# A file in memory that nobody runs.
benign() {
    docker exec shop memfd keep /bin/busybox
}

record_container shop
