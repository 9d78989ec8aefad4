/// Where samples belong in time.
#pragma once

#include <cstdint>

namespace porchlight::worker {

/// Sources stamp packets, players count samples. Here the count is held to the stamps, so that sound stays
/// with its pictures: what is missing becomes silence, what is there twice is left out.
///
/// Stamps tremble: up to 25 ms is let be, and up to 100 ms only what eight packets in a row say.
/// Beyond two seconds, as after a pause of the camera, the line begins anew, without silence between. Pure
/// state.
class SampleLine {
  public:
    struct Step {
        bool is_new = false;       ///< the line begins here
        std::int64_t silence = 0;  ///< samples that are missing before these
        std::int64_t skip = 0;     ///< of these, from the first on
    };

    explicit SampleLine(int rate_hz) noexcept : rate_hz_(rate_hz) {}

    /// What to do with `count` samples of which the first is stamped `at` (in samples).
    Step place(std::int64_t at, std::int64_t count) noexcept;

  private:
    std::int64_t correction(std::int64_t apart) noexcept;

    int rate_hz_;
    bool has_begun_ = false;
    bool is_skipping_ = false;  ///< more was there twice than one packet holds
    std::int64_t next_ = 0;     ///< where the next sample belongs
    std::int64_t least_ = 0;    ///< of the packets in a row that are apart to the same side
    int in_a_row_ = 0;
};

}  // namespace porchlight::worker
