/// Builds the small programs that the kernel runs before each system call (seccomp, classic BPF).
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <initializer_list>
#include <vector>

namespace porchlight::worker {

/// Rules in the order in which they are judged. Every rule that fits a call decides it. Pure: nothing is
/// installed here.
class CallFilter {
  public:
    /// Begins with the check of the architecture: calls of another one end the process.
    CallFilter();

    /// False on a machine this was not written for: nothing may be installed.
    static bool isSupported() noexcept;

    void allow(long call);
    void refuse(long call, int error);  ///< the call answers with this errno
    void trap(long call);               ///< the process gets SIGSYS

    /// Allows the call when `argument & mask` is one of `values`; else decides as `otherwise` says (a
    /// SECCOMP_RET value).
    void allowWhen(long call, unsigned argument, std::uint32_t mask,
                   std::initializer_list<std::uint32_t> values, std::uint32_t otherwise);

    /// What no rule fits.
    std::vector<sock_filter> finish(std::uint32_t otherwise) &&;

  private:
    void decide(long call, std::uint32_t action);
    std::vector<sock_filter> program_;
};

}  // namespace porchlight::worker
