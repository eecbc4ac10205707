#!/usr/bin/env bash
# A container is started with a capability that reaches into every process.
. "$(dirname "$0")/../lib/harness.sh"

build() { image api:2.1 api 8080; }
prepare() { docker rm -f api >/dev/null 2>&1 || true; }

attack() {
    container api api:2.1 --cap-add SYS_PTRACE
}

benign() {
    container api api:2.1 --cap-drop ALL
}

record_container api
