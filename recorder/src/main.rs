//! `saker-record`: records syscalls of this machine into a capture.

fn main() {}
