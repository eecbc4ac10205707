#!/usr/bin/env bash
# A database's container connects to the internet.
. "$(dirname "$0")/../lib/harness.sh"

build() {
    image mysql:8 mysqld 3306
    answer 443
}
prepare() {
    container mysql-db mysql:8
    link mysql-db
}

attack() {
    docker exec mysql-db wget -q -O /dev/null http://203.0.113.10:443/
}

# Within the cluster.
benign() {
    docker exec mysql-db wget -q -O /dev/null http://10.96.0.2:443/
}

record_container mysql-db
