#!/usr/bin/env bash
# The token of a pod's service account, an invented one here, is read with cat.
. "$(dirname "$0")/../lib/harness.sh"

build() { image api:2.1 api 8080; }
prepare() {
    container api api:2.1
    docker exec api sh -c 'cd /run && mkdir -p secrets/kubernetes.io/serviceaccount &&
        echo not-a-secret | tee secrets/kubernetes.io/serviceaccount/token >secrets/kubernetes.io/serviceaccount/namespace'
}

attack() {
    docker exec api cat /run/secrets/kubernetes.io/serviceaccount/token
}

# The name of its namespace is in the same place.
benign() {
    docker exec api cat /run/secrets/kubernetes.io/serviceaccount/namespace
}

record_container api
