#!/bin/sh
# Builds the kernel program and puts it where the recorder embeds it.
#
#   build.sh [OUTPUT]        default: ../recorder/src/saker.bpf.o
#
# Needs bpf-linker 0.13 and rust-src (see CONTRIBUTING.md); no nightly. The result does not depend
# on where the sources, cargo's home or the toolchain are.
set -eu
cd "$(dirname "$0")"
output=${1:-../recorder/src/saker.bpf.o}
repo=$(cd .. && pwd)
cargo_home=${CARGO_HOME:-$HOME/.cargo}
sysroot=$(rustc --print sysroot)
target=$repo/recorder-ebpf/target

# A stray RUSTFLAGS would replace the flags below.
unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS
export RUSTC_BOOTSTRAP=1
export CARGO_TARGET_BPFEL_UNKNOWN_NONE_RUSTFLAGS="-C debuginfo=2 -C link-arg=--btf \
--remap-path-prefix=$sysroot/lib/rustlib/src/rust=/rust \
--remap-path-prefix=$cargo_home=/cargo \
--remap-path-prefix=$repo=/saker"
cargo build --quiet --locked --release --target bpfel-unknown-none -Z build-std=core --target-dir "$target"

# A mangled name depends on where the sources are: local functions are numbered instead.
object=$target/bpfel-unknown-none/release/saker
tool() { command -v "$1" || command -v "$1-22"; }
renames=$("$(tool llvm-nm)" --numeric-sort "$object" |
    awk '$NF ~ /^_R/ { printf " --redefine-sym=%s=local_%d", $NF, n++ }')

# DWARF is for debuggers; the kernel wants .BTF and .BTF.ext, whose offsets need no relocation.
# shellcheck disable=SC2086 # one word an option
"$(tool llvm-objcopy)" --remove-section='.debug_*' --remove-section='.rel.debug_*' \
    --remove-section='.rel.BTF*' $renames "$object" "$output"

for prefix in "$repo" "$cargo_home" "$sysroot" "$HOME/"; do
    if grep -qaF "$prefix" "$output"; then
        echo "$output holds a path of this machine: $prefix" >&2
        exit 1
    fi
done
