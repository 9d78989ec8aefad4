/// Footage that is not in the ledger yet: first written, then durable.
#pragma once

#include <vector>

#include "porchlight/time.h"

namespace porchlight::ledger {

inline constexpr microseconds kBridge{500'000};  ///< shorter holes are clocks that differ

struct FootageSpan {
    WallTime start{};
    WallTime end{};
    bool is_after_pause = false;  ///< no picture came before it, although the stream ran on
};

/// Spans that go on are joined. Bounded, only a database that takes no rows lets them pile up; the oldest is
/// told as dropped then. **Thread**: thread-bound (recorder).
class FootageSpans {
  public:
    static constexpr std::size_t kMaxSpans = 1024;

    void noteWritten(FootageSpan span);
    bool noteSynced();  ///< what was written is durable; false: there was nothing
    void noteLost() noexcept { written_.clear(); }

    /// The clock that stamped all of them was wrong by `shift`.
    void restamp(microseconds shift) noexcept;

    bool isSomethingWritten() const noexcept { return !written_.empty(); }  ///< and not durable yet
    const std::vector<FootageSpan>& durable() const noexcept { return durable_; }
    void dropOldestDurable() { durable_.erase(durable_.begin()); }

  private:
    static void add(std::vector<FootageSpan>& spans, const FootageSpan& span);

    std::vector<FootageSpan> written_;
    std::vector<FootageSpan> durable_;
    bool ends_with_pause_ = false;  ///< what was written last
};

}  // namespace porchlight::ledger
