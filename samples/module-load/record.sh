#!/usr/bin/env bash
# A program in a container that was given CAP_SYS_MODULE asks the kernel to load a module, from a
# descriptor that does not exist.
. "$(dirname "$0")/../lib/harness.sh"

build() {
    compile load "$sample/load.c"
    image shop:1.4 shop 8080 load
}
prepare() { container shop shop:1.4 --cap-add SYS_MODULE; }

attack() {
    docker exec shop load
}

# Looking is not loading.
benign() {
    docker exec shop sh -c 'uname -r; test -e /proc/modules || true'
}

record_container shop
