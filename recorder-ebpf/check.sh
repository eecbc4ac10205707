#!/bin/sh
# Rebuilds the kernel program and compares it with the committed one, byte for byte.
set -eu
cd "$(dirname "$0")"
fresh=$(mktemp)
trap 'rm -f "$fresh"' EXIT
./build.sh "$fresh"
if ! cmp "$fresh" ../recorder/src/saker.bpf.o; then
    echo "recorder/src/saker.bpf.o is not what recorder-ebpf builds: run recorder-ebpf/build.sh and commit" >&2
    exit 1
fi
