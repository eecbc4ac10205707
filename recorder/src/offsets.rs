//! Where the running kernel keeps what the kernel program reads.
