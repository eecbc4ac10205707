#!/usr/bin/env bash
# A container tries to write the setting that names the program for crashes on the host, and to write
# the program it runs itself. Both are refused.
. "$(dirname "$0")/../lib/harness.sh"

build() { image api:2.1 api 8080; }
prepare() { container api api:2.1; }

attack() {
    docker exec api sh -c ': >>/proc/sys/kernel/core_pattern' || true
    docker exec api sh -c ': >>/proc/self/exe' || true
}

benign() {
    docker exec api sh -c 'cat /proc/sys/kernel/core_pattern >/dev/null; head -c 4 /proc/self/exe >/dev/null'
}

record_container api
