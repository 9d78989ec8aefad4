/// Why a camera's footage cannot be written now, and when that is tried again.
#pragma once

#include <optional>
#include <string>

#include "ledger/gap_cause.h"
#include "porchlight/error.h"
#include "porchlight/time.h"

namespace porchlight::record {

/// **Thread**: thread-bound (recorder).
class WriteTrouble {
  public:
    /// True when all was well before: that is news for the log.
    bool begin(const std::string& why, ErrorKind kind) {
        const bool is_news = beginOfRow(why);
        kind_ = kind;
        return is_news;
    }
    /// The footage is safe, its row is not yet.
    bool beginOfRow(const std::string& why) {
        const bool is_news = why_.empty();
        why_ = why;
        kind_ = ErrorKind::Unavailable;
        return is_news;
    }
    /// True when there was some.
    bool end() noexcept {
        const bool is_news = !why_.empty();
        why_.clear();
        return is_news;
    }

    void restUntil(Monotonic::time_point at) noexcept { retry_at_ = at; }
    void tryNow() noexcept { retry_at_ = {}; }
    bool mayWrite(Monotonic::time_point now) const noexcept { return now >= retry_at_; }

    const std::string& why() const noexcept { return why_; }  ///< empty when all is well

    /// As the ledger names it; nothing when all is well.
    std::optional<ledger::GapCause> cause() const noexcept {
        if (why_.empty()) return std::nullopt;
        if (kind_ == ErrorKind::Misconfigured) return ledger::GapCause::VolumeMissing;
        return kind_ == ErrorKind::Exhausted ? ledger::GapCause::DiskFull : ledger::GapCause::WriteError;
    }

  private:
    std::string why_;
    ErrorKind kind_ = ErrorKind::Unavailable;
    Monotonic::time_point retry_at_{};
};

}  // namespace porchlight::record
