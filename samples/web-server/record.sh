#!/usr/bin/env bash
# A directory is served to the network with one line of Python, and fetched.
. "$(dirname "$0")/../lib/harness.sh"

prepare() { mkdir -p /srv/share && printf 'orders\n' >/srv/share/orders; }

attack() {
    cd /srv/share
    timeout 5 /usr/bin/python3 -m http.server --bind 127.0.0.1 8000 >/dev/null 2>&1 &
    for _ in $(seq 40); do
        (exec 3<>/dev/tcp/127.0.0.1/8000) 2>/dev/null && break
        sleep 0.2
    done
    exec 3<>/dev/tcp/127.0.0.1/8000
    printf 'GET /orders HTTP/1.0\r\n\r\n' >&3
    cat <&3 >/dev/null
    kill %1
    wait
}

# Python with a module that serves nobody.
benign() {
    cd /srv/share
    printf '{}' | /usr/bin/python3 -m json.tool
}

record_command
