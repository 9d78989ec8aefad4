#include "worker/confine/sandbox.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/fd.h"
#include "base/log.h"
#include "base/secret/url.h"
#include "porchlight/head.h"
#include "worker/confine/call_filter.h"
#include "worker/confine/call_lists.h"
#include "worker/confine/task_count.h"

namespace porchlight::worker {
namespace {

constexpr rlim_t kDecodingDescriptors = 64;
constexpr rlim_t kDeviceDescriptors = 256;  ///< libcamera opens every node of the pipeline and a buffer each
/// Tasks above those the user has when the worker starts. libcamera needs a handful; the rest is room for
/// workers of other cameras that start later, about ten threads each.
constexpr rlim_t kMoreTasks = 256;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kHasSanitizer = true;
#else
constexpr bool kHasSanitizer = false;
#endif

constexpr std::uint32_t kThreadFlags = 0x00010000U;  // CLONE_THREAD
constexpr std::uint32_t kNameAndVma[] = {PR_SET_NAME, 0x53564d41U};

/// Shared with the parent; a signal handler has no other way to be told.
constinit std::atomic<std::atomic<int>*> violation_place{nullptr};

/// Leaves the number behind and dies of the same signal, now with its default action (SA_RESETHAND).
void onViolation(int signal, siginfo_t* info, void*) {
    if (auto* place = violation_place.load()) place->store(info->si_syscall + 1);
    ::raise(signal);
}

void setLimit(__rlimit_resource resource, rlim_t value) noexcept {
    rlimit limit{};
    if (::getrlimit(resource, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max =
        limit.rlim_max == RLIM_INFINITY ? value : std::min(value, limit.rlim_max);
    if (::setrlimit(resource, &limit) != 0)
        base::logWarning("sandbox", "a limit of this process was refused");
}

std::uint32_t refusal(int error) {
    return SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error);
}

/// Threads, no processes. The flags of clone3 lie in memory where no filter sees them: libc falls back to
/// clone.
void allowThreadsOnly(CallFilter& filter, std::uint32_t otherwise) {
    filter.allowWhen(SYS_clone, 0, kThreadFlags, {kThreadFlags}, otherwise);
    filter.refuse(SYS_clone3, ENOSYS);
}

std::vector<sock_filter> decodingFilter(bool may_use_unix_sockets) {
    CallFilter filter;
    for (const long call : kHostileCalls) filter.trap(call);
    for (const long call : kProgramCalls) filter.trap(call);
    for (const long call : kDecodingCalls) filter.allow(call);
    allowThreadsOnly(filter, SECCOMP_RET_TRAP);
    filter.allowWhen(SYS_tgkill, 0, ~0U, {static_cast<std::uint32_t>(::getpid())}, SECCOMP_RET_TRAP);
    filter.allowWhen(SYS_prlimit64, 2, ~0U, {0}, refusal(EPERM));  // reading only
    filter.allowWhen(SYS_prctl, 0, ~0U, {kNameAndVma[0], kNameAndVma[1]}, refusal(EPERM));
    filter.allowWhen(SYS_ioctl, 1, ~0U, {TCGETS, FIONREAD, FIONBIO}, refusal(ENOTTY));
    // Reading only: footage, configuration and database cannot be touched.
    const std::uint32_t writing = O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND | (O_TMPFILE & ~O_DIRECTORY);
    filter.allowWhen(SYS_openat, 2, writing, {O_RDONLY}, refusal(EACCES));
#ifdef SYS_open
    filter.allowWhen(SYS_open, 1, writing, {O_RDONLY}, refusal(EACCES));
#endif
    // Sockets to cameras and for name lookup. Over a unix socket the core itself could be asked to do things.
    if (may_use_unix_sockets)
        filter.allowWhen(SYS_socket, 0, ~0U, {AF_INET, AF_INET6, AF_NETLINK, AF_UNIX}, SECCOMP_RET_TRAP);
    filter.refuse(SYS_socketpair, EPERM);
    filter.allowWhen(SYS_socket, 0, ~0U, {AF_INET, AF_INET6, AF_NETLINK}, refusal(EAFNOSUPPORT));
    return std::move(filter).finish(refusal(ENOSYS));
}

std::vector<sock_filter> deviceFilter(bool may_start_programs) {
    CallFilter filter;
    for (const long call : kNeedlessCalls) filter.refuse(call, EPERM);
    if (!may_start_programs) {
        for (const long call : kProgramCalls) filter.refuse(call, EPERM);
        allowThreadsOnly(filter, refusal(EPERM));
    }
    return std::move(filter).finish(SECCOMP_RET_ALLOW);
}

bool isDevice(Confinement level) noexcept {
    return level == Confinement::Device || level == Confinement::DeviceWithPrograms;
}

/// For all threads, for good; what an earlier filter refuses stays refused.
void installFilter(const std::vector<sock_filter>& program) {
    const sock_fprog filter{static_cast<unsigned short>(program.size()),
                            const_cast<sock_filter*>(program.data())};
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &filter) != 0)
        throw Error(ErrorKind::NotSupported,
                    "system calls cannot be filtered: " + std::string(std::strerror(errno)));
}

/// avahi answers for these names, and is asked over a unix socket.
bool hasLocalName(const Settings& source) {
    std::string url(source.text(source.has("url") ? "url" : "address"));
    if (url.find("://") == std::string::npos) url.insert(0, "none://");
    const std::string host = lower(base::splitUrl(url).host);
    return host.ends_with(".local") || host.ends_with(".local.");
}

/// As root a worker could read the memory of all others, whether they may be dumped or not.
void dropTracing() noexcept {
    ::prctl(PR_CAPBSET_DROP, CAP_SYS_PTRACE, 0, 0, 0);
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3]{};
    if (::syscall(SYS_capget, &header, data) != 0) return;
    for (auto* set : {&data[0].effective, &data[0].permitted, &data[0].inheritable})
        *set &= ~(1U << CAP_SYS_PTRACE);
    if (::syscall(SYS_capset, &header, data) != 0)
        base::logWarning("sandbox", "the right to trace other processes was not given up");
}

/// RLIMIT_NPROC counts all tasks of the user, so it is set from where they are. The kernel does not hold root
/// to it.
void limitTasks() noexcept {
    if (const auto tasks = tasksOf(::getuid()))
        setLimit(RLIMIT_NPROC, *tasks + kMoreTasks);
    else
        base::logWarning(
            "sandbox",
            "how many processes there are cannot be read from /proc: the camera's are not limited");
}

}  // namespace

void limitProcess() noexcept {
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    dropTracing();
    if (!kHasSanitizer) ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);  // the leak checker traces
    setLimit(RLIMIT_CORE, 0);
}

void reportViolationsTo(std::atomic<int>* place) noexcept {
    violation_place = place;
}

void filterCalls(Confinement level, bool may_use_unix_sockets) {
    if (!CallFilter::isSupported())
        throw Error(ErrorKind::NotSupported, "system calls cannot be filtered on this machine");
    struct sigaction action {};
    action.sa_sigaction = onViolation;
    action.sa_flags = static_cast<int>(SA_SIGINFO | SA_RESETHAND | SA_NODEFER);
    ::sigaction(SIGSYS, &action, nullptr);
    installFilter(isDevice(level) ? deviceFilter(level == Confinement::DeviceWithPrograms)
                                  : decodingFilter(may_use_unix_sockets));
}

void refuseOutside() {
    CallFilter filter;
    for (const long call : kOutsideCalls) filter.refuse(call, EACCES);
    installFilter(std::move(filter).finish(SECCOMP_RET_ALLOW));
}

void confine(const ipc::Setup& setup) {
    const Confinement level = setup.confinement;
    setLimit(RLIMIT_NOFILE, isDevice(level) ? kDeviceDescriptors : kDecodingDescriptors);
    if (level == Confinement::DeviceWithPrograms) limitTasks();
    if (kHasSanitizer) return;
    if (setup.memory_max_bytes > 0) setLimit(RLIMIT_DATA, setup.memory_max_bytes);
    filterCalls(level, hasLocalName(setup.source) || hasLocalName(setup.sub));
}

}  // namespace porchlight::worker
