#!/usr/bin/env bash
# A library is forced into one program by the environment, and into all by the loader's own file.
. "$(dirname "$0")/../lib/harness.sh"

build() { gcc -shared -o /srv/hide.so -xc /dev/null; }
prepare() { rm -f /etc/ld.so.preload; }

attack() {
    LD_PRELOAD=/srv/hide.so ls /srv >/dev/null
    echo /srv/hide.so >/etc/ld.so.preload
}

# Where libraries are looked for is another matter.
benign() {
    LD_LIBRARY_PATH=/srv ls /srv >/dev/null
    cat /etc/ld.so.cache >/dev/null
}

record_command
