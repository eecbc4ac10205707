//! Macros that custom rules lean on, and the files of Falco's that define them.

/// Falco's rules files in the order of maturity.
const FILES: [&str; 3] = ["falco_rules.yaml", "falco-incubating_rules.yaml", "falco-sandbox_rules.yaml"];

/// Macro, and whether it is in the first, second, third file.
static MACROS: &[(&str, [bool; 3])] = &[
    ("access_log_files", [true, false, false]),
    ("bin_dir", [false, false, true]),
    ("chmod", [false, true, true]),
    ("container", [true, true, true]),
    ("container_entrypoint", [true, true, false]),
    ("container_started", [false, true, true]),
    ("create_hardlink", [true, false, false]),
    ("create_symlink", [true, false, false]),
    ("curl_download", [false, true, false]),
    ("directory_traversal", [true, false, false]),
    ("docker_procs", [false, false, true]),
    ("dup", [true, false, false]),
    ("etc_dir", [true, false, true]),
    ("excessively_capable_container", [false, true, false]),
    ("inbound", [false, false, true]),
    ("inbound_outbound", [false, true, true]),
    ("interactive", [true, false, false]),
    ("k8s_api_server", [true, false, false]),
    ("k8s_containers", [true, false, false]),
    ("kernel_module_load", [true, false, false]),
    ("mkdir", [false, false, true]),
    ("modify", [false, true, true]),
    ("network_tool_procs", [false, true, true]),
    ("never_true", [true, true, true]),
    ("open_directory", [false, true, false]),
    ("open_file_failed", [true, false, false]),
    ("open_read", [true, true, true]),
    ("open_write", [true, true, true]),
    ("outbound", [true, true, true]),
    ("package_mgmt_procs", [false, true, true]),
    ("private_key_or_password", [true, false, false]),
    ("proc_name_exists", [true, true, true]),
    ("protected_shell_spawner", [true, false, false]),
    ("remote_file_copy_procs", [false, true, false]),
    ("remove", [false, true, true]),
    ("rename", [false, true, true]),
    ("root_dir", [false, false, true]),
    ("sensitive_files", [true, false, false]),
    ("sensitive_mount", [false, false, true]),
    ("server_procs", [true, false, false]),
    ("shell_procs", [true, false, false]),
    ("spawned_process", [true, true, true]),
    ("system_procs", [false, true, false]),
    ("system_users", [true, false, false]),
    ("user_ssh_directory", [true, true, true]),
];

/// Macros that are about certain events, and these: what is known of them where they are not loaded.
pub(in crate::rules) static EVENTS: &[(&str, &str)] = &[
    ("chmod", "chmod, fchmod, fchmodat"),
    ("create_hardlink", "link, linkat"),
    ("create_symlink", "symlink, symlinkat"),
    ("dup", "dup, dup2, dup3"),
    ("kernel_module_load", "init_module, finit_module"),
    ("mkdir", "mkdir, mkdirat"),
    ("modify", "rename, renameat, renameat2, unlink, unlinkat, rmdir"),
    ("open_directory", "open, openat, openat2"),
    ("open_file_failed", "open, openat, openat2"),
    ("open_read", "open, openat, openat2"),
    ("open_write", "open, openat, openat2"),
    ("remove", "unlink, unlinkat, rmdir"),
    ("rename", "rename, renameat, renameat2"),
    ("spawned_process", "execve, execveat"),
];

/// Files of Falco's that define a macro, as people say it: `a or b`.
pub(in crate::rules) fn files_with(name: &str) -> Option<String> {
    let (_, has) = MACROS.iter().find(|(known, _)| *known == name)?;
    // Who has the first file needs no other for it.
    if has.first() == Some(&true) {
        return FILES.first().map(|file| format!("`{file}`"));
    }
    let files: Vec<String> =
        FILES.iter().zip(has).filter(|(_, has)| **has).map(|(file, _)| format!("`{file}`")).collect();
    Some(files.join(" or "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn macros_are_sorted_and_somewhere() {
        assert!(MACROS.windows(2).all(|two| two[0].0 < two[1].0));
        assert!(MACROS.iter().all(|(_, has)| has.contains(&true)));
        assert_eq!(
            files_with("chmod").as_deref(),
            Some("`falco-incubating_rules.yaml` or `falco-sandbox_rules.yaml`")
        );
        assert_eq!(files_with("spawned_process").as_deref(), Some("`falco_rules.yaml`"));
        assert_eq!(files_with("nothing"), None);
    }
}
