//! What was true when: processes, users, containers, names.
