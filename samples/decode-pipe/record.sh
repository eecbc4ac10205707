#!/usr/bin/env bash
# A script is decoded, and run without becoming a file.
. "$(dirname "$0")/../lib/harness.sh"

attack() {
    echo dHJ1ZQo= | base64 -d | bash
}

benign() {
    echo dHJ1ZQo= | base64 -d | wc -c >/dev/null
    echo dHJ1ZQo= | base64 -d >/srv/script
    bash /srv/script
}

record_command
