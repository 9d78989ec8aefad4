/// Tells when a stream does not decode although its packets flow.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "porchlight/time.h"

namespace porchlight::worker {

/// Pure: time comes from outside. A stream has failed when for `limit` packets were given to the decoder, at
/// least three, and no picture came out undamaged; or when it is read for a minute without a keyframe.
/// **Thread**: thread-bound.
class DecodeWatch {
  public:
    explicit DecodeWatch(microseconds limit) noexcept : limit_(limit) {}

    /// Another stream begins.
    void begin() noexcept;

    /// A packet is given to the decoder.
    void feed(Monotonic::time_point now) noexcept;

    /// A packet was left out, because without a keyframe nothing can be decoded.
    void missKey(Monotonic::time_point now) noexcept;

    /// A picture came out undamaged.
    void succeed() noexcept { begin(); }

    /// Packets were fed and nothing good has come of them yet.
    bool isSuspect() const noexcept { return fed_ > 0; }

    /// What is wrong; nothing while it may still turn out well.
    std::optional<std::string> failure(Monotonic::time_point now) const;

  private:
    const microseconds limit_;
    std::uint64_t fed_ = 0;
    Monotonic::time_point fed_since_{};
    std::optional<Monotonic::time_point> keyless_since_;
};

}  // namespace porchlight::worker
