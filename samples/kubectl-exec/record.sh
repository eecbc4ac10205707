#!/usr/bin/env bash
# Somebody runs `kubectl exec` on a node, outside containers. kubectl is a stand-in that finds no
# cluster.
. "$(dirname "$0")/../lib/harness.sh"

build() {
    compile kubectl "$lib/client.c"
    cp "$scratch/kubectl" /srv/kubectl
}

attack() {
    /srv/kubectl exec -n shop mysql-0 -- cat /etc/hosts
}

benign() {
    /srv/kubectl get pods -n shop
}

record_command
