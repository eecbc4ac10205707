#!/usr/bin/env bash
# A container that was given CAP_SYS_ADMIN enters another namespace (its own first process's, so that
# nothing is left), and makes one.
. "$(dirname "$0")/../lib/harness.sh"

build() { image shop:1.4 shop 8080; }
prepare() { container shop shop:1.4 --cap-add SYS_ADMIN; }

attack() {
    docker exec shop nsenter --uts --target 1 true
    docker exec shop unshare --uts true
}

# `docker exec` joins the container's namespaces; that is the runtime's business.
benign() {
    docker exec shop readlink /proc/self/ns/uts
}

record_container shop
