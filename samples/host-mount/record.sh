#!/usr/bin/env bash
# A container is started with the host's processes mounted into it, and reads them there.
. "$(dirname "$0")/../lib/harness.sh"

build() { image api:2.1 api 8080; }
prepare() {
    docker rm -f api >/dev/null 2>&1 || true
    on_exit 'docker volume rm api-data'
}

attack() {
    container api api:2.1 -v /proc:/host/proc:ro
    docker exec api cat /host/proc/uptime
}

# A volume of its own.
benign() {
    container api api:2.1 -v api-data:/srv/data
    docker exec api sh -c 'echo 1 >/srv/data/orders && cat /srv/data/orders /proc/uptime'
}

record_container api
