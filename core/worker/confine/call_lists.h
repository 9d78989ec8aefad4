/// Which system calls the sandbox of a worker knows, and why. Names that a machine does not have are left out
/// there.
#pragma once

#include <sys/syscall.h>

namespace porchlight::worker {

/// What reaches beyond the descriptors that a process has: who only reads what it was given needs none of it.
inline constexpr long kOutsideCalls[] = {
    SYS_openat,  SYS_socket, SYS_connect,  SYS_bind,  SYS_sendto,
    SYS_sendmsg, SYS_execve, SYS_execveat, SYS_clone, SYS_clone3,
#ifdef SYS_open
    SYS_open,
#endif
};

/// Needed for decoding, muxing, the channel to the core, name lookup, sockets to a camera and reading files.
inline constexpr long kDecodingCalls[] = {
    // bytes in and out of what is open
    SYS_read,
    SYS_write,
    SYS_readv,
    SYS_writev,
    SYS_pread64,
    SYS_close,
    SYS_lseek,
    SYS_dup,
    SYS_sendto,
    SYS_recvfrom,
    SYS_sendmsg,
    SYS_recvmsg,
    SYS_sendmmsg,
    SYS_recvmmsg,
    SYS_connect,
    SYS_bind,
    SYS_shutdown,
    SYS_getsockname,
    SYS_getpeername,
    SYS_setsockopt,
    SYS_getsockopt,
    SYS_ppoll,
    SYS_pselect6,
    SYS_fcntl,
    SYS_eventfd2,
    SYS_pipe2,
    SYS_epoll_create1,
    SYS_epoll_ctl,
    SYS_epoll_pwait,
    // looking at files: openat is judged by its flags
    SYS_fstat,
    SYS_statx,
    SYS_faccessat,
    SYS_readlinkat,
    SYS_getdents64,
    SYS_getcwd,
    SYS_fstatfs,
    SYS_statfs,
    SYS_uname,
    // memory
    SYS_brk,
    SYS_munmap,
    SYS_mremap,
    SYS_mprotect,
    SYS_madvise,
    SYS_membarrier,
    // threads and their clocks: clone is judged by its flags
    SYS_futex,
    SYS_set_robust_list,
    SYS_get_robust_list,
    SYS_rt_sigaction,
    SYS_rt_sigprocmask,
    SYS_rt_sigreturn,
    SYS_sigaltstack,
    SYS_exit,
    SYS_exit_group,
    SYS_sched_yield,
    SYS_sched_getaffinity,
    SYS_gettid,
    SYS_getpid,
    SYS_getppid,
    SYS_restart_syscall,
    SYS_clock_gettime,
    SYS_clock_getres,
    SYS_clock_nanosleep,
    SYS_nanosleep,
    SYS_gettimeofday,
    SYS_getrusage,
    SYS_times,
    SYS_sysinfo,
    SYS_getcpu,
    SYS_getuid,
    SYS_geteuid,
    SYS_getgid,
    SYS_getegid,
    SYS_getrandom,
    SYS_set_tid_address,
#ifdef SYS_rseq
    SYS_rseq,
#endif
#ifdef SYS_faccessat2
    SYS_faccessat2,
#endif
#ifdef SYS_futex_waitv
    SYS_futex_waitv,
#endif
#ifdef SYS_newfstatat
    SYS_newfstatat,
#endif
#ifdef SYS_mmap
    SYS_mmap,
#endif
#ifdef __x86_64__
    SYS_poll,
    SYS_select,
    SYS_stat,
    SYS_lstat,
    SYS_access,
    SYS_readlink,
    SYS_pipe,
    SYS_epoll_wait,
    SYS_time,
    SYS_getrlimit,
    SYS_dup2,
#endif
#ifdef SYS_arch_prctl
    SYS_arch_prctl,
#endif
#ifdef __arm__
    SYS_poll,
    SYS__newselect,
    SYS_access,
    SYS_readlink,
    SYS_pipe,
    SYS_epoll_wait,
    SYS_dup2,
    SYS_mmap2,
    SYS__llseek,
    SYS_fcntl64,
    SYS_fstat64,
    SYS_stat64,
    SYS_lstat64,
    SYS_fstatat64,
    SYS_ugetrlimit,
    SYS_send,
    SYS_recv,
    SYS_clock_gettime64,
    SYS_clock_nanosleep_time64,
    SYS_futex_time64,
    SYS_ppoll_time64,
    SYS_recvmmsg_time64,
    SYS_pselect6_time64,
#endif
};

/// Nobody calls these by accident: an attempt ends the worker.
inline constexpr long kHostileCalls[] = {
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_kill,
    SYS_tkill,
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_unshare,
    SYS_setns,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_kexec_load,
    SYS_bpf,
    SYS_perf_event_open,
    SYS_keyctl,
    SYS_add_key,
    SYS_request_key,
    SYS_userfaultfd,
    SYS_io_uring_setup,
    SYS_open_by_handle_at,
    SYS_setuid,
    SYS_setgid,
    SYS_setresuid,
    SYS_setresgid,
    SYS_reboot,
    SYS_pidfd_open,
    SYS_pidfd_send_signal,
#ifdef SYS_pidfd_getfd
    SYS_pidfd_getfd,
#endif
};

/// Processes and programs. clone is judged by its flags.
inline constexpr long kProgramCalls[] = {
    SYS_execve,
    SYS_execveat,
#ifdef SYS_fork
    SYS_fork,
    SYS_vfork,
#endif
};

/// No camera driver's library needs these.
inline constexpr long kNeedlessCalls[] = {
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_unshare,
    SYS_setns,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_kexec_load,
    SYS_bpf,
    SYS_perf_event_open,
    SYS_keyctl,
    SYS_add_key,
    SYS_request_key,
    SYS_userfaultfd,
    SYS_io_uring_setup,
    SYS_open_by_handle_at,
    SYS_name_to_handle_at,
    SYS_setuid,
    SYS_setgid,
    SYS_setresuid,
    SYS_setresgid,
    SYS_reboot,
    SYS_swapon,
    SYS_swapoff,
    SYS_acct,
    SYS_settimeofday,
    SYS_clock_settime,
    SYS_sethostname,
    SYS_quotactl,
};

}  // namespace porchlight::worker
