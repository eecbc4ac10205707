#!/usr/bin/env bash
# A container asks the Kubernetes API server, whose address its own environment gives, for something.
. "$(dirname "$0")/../lib/harness.sh"

build() {
    image shop:1.4 shop 8080
    answer 443
}
prepare() {
    container shop shop:1.4 -e KUBERNETES_SERVICE_HOST=10.96.0.1 -e KUBERNETES_SERVICE_PORT=443
    link shop
}

attack() {
    docker exec shop wget -q -O /dev/null http://10.96.0.1:443/version
}

# The same request to the service next to it.
benign() {
    docker exec shop wget -q -O /dev/null http://10.96.0.2:443/version
}

record_container shop
