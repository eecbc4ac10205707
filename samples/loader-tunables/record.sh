#!/usr/bin/env bash
# A program is started with the loader tuned through the environment.
. "$(dirname "$0")/../lib/harness.sh"

attack() {
    GLIBC_TUNABLES=glibc.malloc.check=0 /bin/true
}

benign() {
    MALLOC_CHECK_=0 env true
}

record_command
