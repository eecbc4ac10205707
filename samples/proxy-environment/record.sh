#!/usr/bin/env bash
# Something is fetched through a proxy that the environment names.
. "$(dirname "$0")/../lib/harness.sh"

attack() {
    HTTP_PROXY=http://127.0.0.1:9 http_proxy=http://127.0.0.1:9 curl -s --max-time 1 http://203.0.113.10/ || true
}

benign() {
    curl -s --max-time 1 http://127.0.0.1:9/ || true
    NO_PROXY=127.0.0.1 curl -s --max-time 1 http://127.0.0.1:9/ || true
}

record_command
