#!/usr/bin/env bash
# An ordinary user tries to become another one with su, over and over; it fails each time.
. "$(dirname "$0")/../lib/harness.sh"

prepare() {
    mkdir -p /etc/pam.d
    printf '%s required pam_unix.so nodelay\n' auth account session >/etc/pam.d/su
}

attack() {
    for guess in $(seq 12); do
        echo "guess-$guess" | setpriv --reuid 65534 --regid 65534 --clear-groups su -c true mysql 2>/dev/null || true
    done
}

# Three wrong passwords are a bad morning.
benign() {
    for guess in 1 2 3; do
        echo "guess-$guess" | setpriv --reuid 65534 --regid 65534 --clear-groups su -c true mysql 2>/dev/null || true
    done
}

record_command
