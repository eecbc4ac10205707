#!/usr/bin/env bash
# Some ordinary life of a web server's container: it starts, serves pages to a client, writes its log,
# is looked at by a health check, reloads a file and stops. Nothing here may raise an alert.
. "$(dirname "$0")/../lib/harness.sh"

build() { image nginx:1.27 nginx 80; }
prepare() { docker rm -f web >/dev/null 2>&1 || true; }

visit() {
    exec 3<>"/dev/tcp/${NEAR_END%/*}/80"
    printf 'GET / HTTP/1.0\r\n\r\n' >&3
    cat <&3 >/dev/null
    exec 3>&-
}

benign() {
    container web nginx:1.27
    link web
    for _ in 1 2 3; do visit; done
    docker logs web >/dev/null
    docker exec web sh -c 'wget -q -O /dev/null http://127.0.0.1/ && ps >/dev/null'
    docker exec web sh -c 'echo "Sale today" >/srv/new.html && mv /srv/new.html /srv/index.html'
    visit
    docker stop -t 2 web >/dev/null
}

record_container web
