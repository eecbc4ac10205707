#!/usr/bin/env bash
# The clients of a cluster and of a container runtime run inside a container. Both are stand-ins that
# do nothing.
. "$(dirname "$0")/../lib/harness.sh"

build() {
    compile kubectl "$lib/client.c"
    compile docker "$lib/client.c"
    image shop:1.4 shop 8080 kubectl docker
}
prepare() { container shop shop:1.4; }

attack() {
    docker exec shop kubectl get pods
    docker exec shop docker ps
}

benign() {
    docker exec shop ls -l /usr/local/bin/kubectl /usr/local/bin/docker
}

record_container shop
