// What the kernel program needs to know about the kernel's structs: a row each.
//
// Both sides include this file with a macro of their own: the kernel program makes the struct in
// its read-only data from it, the recorder the list of places to look up in the running kernel's
// BTF. The first alternative the kernel has is taken; where it has none, the value is u32::MAX.
//
//   "struct.member"    offset in bytes        "size struct"     size in bytes
//   "enum NAME.value"  value                  "bit struct.member"  offset in bits, of a bit field
kernel_fields! {
    regs_orig_ax = ["pt_regs.orig_ax"];
    regs_di = ["pt_regs.di"];
    regs_si = ["pt_regs.si"];
    regs_dx = ["pt_regs.dx"];
    regs_r10 = ["pt_regs.r10"];
    regs_r8 = ["pt_regs.r8"];
    regs_r9 = ["pt_regs.r9"];

    task_pid = ["task_struct.pid"];
    task_tgid = ["task_struct.tgid"];
    task_flags = ["task_struct.flags"];
    task_status = ["task_struct.thread_info.status"];
    task_start = ["task_struct.start_boottime", "task_struct.real_start_time"];
    task_leader = ["task_struct.group_leader"];
    task_parent = ["task_struct.real_parent"];
    task_comm = ["task_struct.comm"];
    task_cred = ["task_struct.cred"];
    task_loginuid = ["task_struct.loginuid.val"];
    task_mm = ["task_struct.mm"];
    task_fs = ["task_struct.fs"];
    task_files = ["task_struct.files"];
    task_signal = ["task_struct.signal"];
    task_cgroups = ["task_struct.cgroups"];
    task_thread_pid = ["task_struct.thread_pid"];
    task_exit_code = ["task_struct.exit_code"];

    cred_uid = ["cred.uid.val"];
    cred_gid = ["cred.gid.val"];
    cred_euid = ["cred.euid.val"];
    cred_egid = ["cred.egid.val"];
    cred_fsuid = ["cred.fsuid.val"];
    cred_fsgid = ["cred.fsgid.val"];
    cred_cap_inheritable = ["cred.cap_inheritable"];
    cred_cap_permitted = ["cred.cap_permitted"];
    cred_cap_effective = ["cred.cap_effective"];

    signal_pids = ["signal_struct.pids"];
    signal_tty = ["signal_struct.tty"];
    signal_rlim = ["signal_struct.rlim"];
    signal_live = ["signal_struct.live.counter"];
    signal_subreaper_bit = ["bit signal_struct.is_child_subreaper"];
    pid_type_pgid = ["enum pid_type.PIDTYPE_PGID"];
    pid_type_sid = ["enum pid_type.PIDTYPE_SID"];
    pid_level = ["pid.level"];
    pid_numbers = ["pid.numbers"];
    upid_size = ["size upid"];
    upid_nr = ["upid.nr"];
    upid_ns = ["upid.ns"];
    pidns_reaper = ["pid_namespace.child_reaper"];

    tty_driver = ["tty_struct.driver"];
    tty_index = ["tty_struct.index"];
    tty_driver_major = ["tty_driver.major"];
    tty_driver_minor_start = ["tty_driver.minor_start"];

    mm_arg_start = ["mm_struct.arg_start"];
    mm_arg_end = ["mm_struct.arg_end"];
    mm_env_start = ["mm_struct.env_start"];
    mm_env_end = ["mm_struct.env_end"];
    mm_exe_file = ["mm_struct.exe_file"];
    bprm_filename = ["linux_binprm.filename"];

    fs_root = ["fs_struct.root"];
    fs_pwd = ["fs_struct.pwd"];
    files_fdt = ["files_struct.fdt"];
    fdt_max = ["fdtable.max_fds"];
    fdt_fd = ["fdtable.fd"];

    file_size = ["size file"];
    file_path = ["file.f_path"];
    file_inode = ["file.f_inode"];
    file_flags = ["file.f_flags"];
    file_mode = ["file.f_mode"];
    file_private = ["file.private_data"];
    path_mnt = ["path.mnt"];
    path_dentry = ["path.dentry"];
    dentry_parent = ["dentry.d_parent"];
    dentry_name = ["dentry.d_name.name"];
    dentry_hash_pprev = ["dentry.d_hash.pprev"];
    vfsmount_root = ["vfsmount.mnt_root"];
    mount_mnt = ["mount.mnt"];
    mount_parent = ["mount.mnt_parent"];
    mount_mountpoint = ["mount.mnt_mountpoint"];

    inode_size = ["size inode"];
    inode_mode = ["inode.i_mode"];
    inode_uid = ["inode.i_uid.val"];
    inode_gid = ["inode.i_gid.val"];
    inode_sb = ["inode.i_sb"];
    inode_ino = ["inode.i_ino"];
    inode_ctime_sec = ["inode.i_ctime_sec", "inode.__i_ctime.tv_sec", "inode.i_ctime.tv_sec"];
    inode_ctime_nsec = ["inode.i_ctime_nsec", "inode.__i_ctime.tv_nsec", "inode.i_ctime.tv_nsec"];
    inode_mtime_sec = ["inode.i_mtime_sec", "inode.__i_mtime.tv_sec", "inode.i_mtime.tv_sec"];
    inode_mtime_nsec = ["inode.i_mtime_nsec", "inode.__i_mtime.tv_nsec", "inode.i_mtime.tv_nsec"];
    sb_dev = ["super_block.s_dev"];
    sb_magic = ["super_block.s_magic"];

    socket_type = ["socket.type"];
    socket_sk = ["socket.sk"];
    sock_protocol = ["sock.sk_protocol"];
    sock_family = ["sock_common.skc_family"];
    sock_state = ["sock_common.skc_state"];
    sock_local_port = ["sock_common.skc_num"];
    sock_remote_port = ["sock_common.skc_dport"];
    sock_local_v4 = ["sock_common.skc_rcv_saddr"];
    sock_remote_v4 = ["sock_common.skc_daddr"];
    sock_local_v6 = ["sock_common.skc_v6_rcv_saddr"];
    sock_remote_v6 = ["sock_common.skc_v6_daddr"];
    unix_addr = ["unix_sock.addr"];
    unix_peer = ["unix_sock.peer"];
    unix_addr_len = ["unix_address.len"];
    unix_addr_name = ["unix_address.name"];

    css_set_subsys = ["css_set.subsys"];
    css_set_default = ["css_set.dfl_cgrp"];
    css_cgroup = ["cgroup_subsys_state.cgroup"];
    cgroup_kn = ["cgroup.kn"];
    cgroup_level = ["cgroup.level"];
    cgroup_root = ["cgroup.root"];
    subsys_pids = ["enum cgroup_subsys_id.pids_cgrp_id"];
    subsys_memory = ["enum cgroup_subsys_id.memory_cgrp_id"];
    subsys_cpu = ["enum cgroup_subsys_id.cpu_cgrp_id"];
    kn_id = ["kernfs_node.id"];
    kn_parent = ["kernfs_node.__parent", "kernfs_node.parent"];
    kn_name = ["kernfs_node.name"];

    iter_seq = ["bpf_iter_meta.seq"];
}
