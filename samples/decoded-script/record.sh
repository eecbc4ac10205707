#!/usr/bin/env bash
# A script arrives encoded, and a shell decodes and runs it. It says `true`.
. "$(dirname "$0")/../lib/harness.sh"

build() { image api:2.1 api 8080; }
prepare() { container api api:2.1; }

attack() {
    docker exec api sh -c 'echo dHJ1ZQo= | base64 -d | sh'
}

# Decoding data is no secret.
benign() {
    docker exec api sh -c 'base64 /srv/index.html >/tmp/page'
    docker exec api sh -c 'base64 -d /tmp/page >/tmp/page.html'
}

record_container api
