#!/usr/bin/env bash
# Software is to be installed into a running container. apk and apt-get are stand-ins that do nothing.
. "$(dirname "$0")/../lib/harness.sh"

build() {
    local name
    for name in apk apt-get; do compile "$name" "$lib/client.c"; done
    image api:2.1 api 8080 apk apt-get
}
prepare() { container api api:2.1; }

attack() {
    docker exec api apk add nmap
    docker exec api apt-get install -y nmap
}

# What a scanner of images does.
benign() {
    docker exec api sh -c 'ls -l /usr/local/bin/apk; cat /var/lib/dpkg/status 2>/dev/null; true'
}

record_container api
