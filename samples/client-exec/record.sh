#!/usr/bin/env bash
# From within a container, clients get into other ones. Both are stand-ins that do nothing.
. "$(dirname "$0")/../lib/harness.sh"

build() {
    local name
    for name in kubectl docker; do compile "$name" "$lib/client.c"; done
    image api:2.1 api 8080 kubectl docker
}
prepare() { container api api:2.1; }

attack() {
    docker exec api kubectl -n shop exec -it db-0 -- sh
    docker exec api docker exec db id
}

benign() {
    docker exec api sh -c 'exec ls -l /usr/local/bin/kubectl'
}

record_container api
