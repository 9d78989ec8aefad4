#include "worker/confine/call_filter.h"

#include <linux/audit.h>
#include <linux/seccomp.h>

#include <cstddef>
#include <utility>

namespace porchlight::worker {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#elif defined(__arm__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_ARM;
#else
constexpr std::uint32_t kArchitecture = 0;
#endif

constexpr std::uint32_t kCallOffset = offsetof(seccomp_data, nr);

sock_filter statement(int code, std::uint32_t value) {
    return {static_cast<std::uint16_t>(code), 0, 0, value};
}

sock_filter jumpIfEqual(std::uint32_t value, std::size_t otherwise) {
    return {BPF_JMP | BPF_JEQ | BPF_K, 0, static_cast<std::uint8_t>(otherwise), value};
}

/// The low half of an argument; the machines above are little-endian.
std::uint32_t offsetOf(unsigned argument) {
    return static_cast<std::uint32_t>(offsetof(seccomp_data, args) + argument * sizeof(std::uint64_t));
}

}  // namespace

bool CallFilter::isSupported() noexcept {
    return kArchitecture != 0;
}

CallFilter::CallFilter() {
    program_.push_back(statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)));
    program_.push_back({BPF_JMP | BPF_JEQ | BPF_K, 1, 0, kArchitecture});
    program_.push_back(statement(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
    program_.push_back(statement(BPF_LD | BPF_W | BPF_ABS, kCallOffset));
}

void CallFilter::decide(long call, std::uint32_t action) {
    program_.push_back(jumpIfEqual(static_cast<std::uint32_t>(call), 1));
    program_.push_back(statement(BPF_RET | BPF_K, action));
}

void CallFilter::allow(long call) {
    decide(call, SECCOMP_RET_ALLOW);
}
void CallFilter::refuse(long call, int error) {
    decide(call, SECCOMP_RET_ERRNO | (static_cast<std::uint32_t>(error) & SECCOMP_RET_DATA));
}
void CallFilter::trap(long call) {
    decide(call, SECCOMP_RET_TRAP);
}

void CallFilter::allowWhen(long call, unsigned argument, std::uint32_t mask,
                           std::initializer_list<std::uint32_t> values, std::uint32_t otherwise) {
    program_.push_back(jumpIfEqual(static_cast<std::uint32_t>(call), 3 + 2 * values.size()));
    program_.push_back(statement(BPF_LD | BPF_W | BPF_ABS, offsetOf(argument)));
    program_.push_back(statement(BPF_ALU | BPF_AND | BPF_K, mask));
    for (const std::uint32_t value : values) {
        program_.push_back(jumpIfEqual(value, 1));
        program_.push_back(statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    }
    program_.push_back(statement(BPF_RET | BPF_K, otherwise));
}

std::vector<sock_filter> CallFilter::finish(std::uint32_t otherwise) && {
    program_.push_back(statement(BPF_RET | BPF_K, otherwise));
    return std::move(program_);
}

}  // namespace porchlight::worker
