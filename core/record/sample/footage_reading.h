/// A reader of recordings that shares no code with the writer, as the recorder knows it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/fd.h"
#include "porchlight/time.h"

namespace porchlight::record {

/// One recording that is being read. Destroyed, it ends. **Thread**: thread-bound; nothing blocks.
class FootageReading {
  public:
    enum class Verdict : std::uint8_t {
        Plays = 1,
        Damaged,     ///< plays, and some groups of pictures do not
        Unplayable,  ///< `text` says why
        Unknown,     ///< nobody could look: `text` says why
    };
    struct Result {
        Verdict verdict = Verdict::Unknown;
        std::string text;
    };
    virtual ~FootageReading() = default;

    /// Nothing while it goes on, which it does for a bounded time. Not to be asked again after that.
    virtual std::optional<Result> result() = 0;
};

/// Begins to read `file`, which should last `span` and has `bytes`. Throws Error when nobody can.
using StartReading = std::function<std::unique_ptr<FootageReading>(const base::Fd& file, microseconds span,
                                                                   std::uint64_t bytes)>;

}  // namespace porchlight::record
