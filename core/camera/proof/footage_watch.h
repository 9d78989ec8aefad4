/// Whether there is footage of what a camera delivers, and whether it plays.
#pragma once

#include <optional>
#include <string>

#include "camera/fault_kind.h"
#include "porchlight/time.h"

namespace porchlight::camera {

/// What a reader said of footage (proof_desk.h).
struct ProofResult {
    enum class Verdict : std::uint8_t { Plays = 1, Unplayable, Unknown };
    Verdict verdict = Verdict::Unknown;
    std::string text;  ///< what it is, why it does not play, or why that is not known
};

/// Packets are no footage, and footage need not play: what is wrong stays wrong until a reader has found that
/// it plays, or the camera is switched off. **Thread**: thread-bound (supervisor). All times come from
/// outside.
class FootageWatch {
  public:
    /// A worker starts, of which footage is wanted or not.
    void begin(bool is_wanted) noexcept;
    /// Nothing that was known counts any more.
    void forget() noexcept { *this = FootageWatch(); }

    void noteFragment() noexcept { without_footage_ = {}; }
    void noteProof(const ProofResult& result, Monotonic::time_point now);

    /// Whether good packets flow; at each look. Only while they do time counts against the camera, over all
    /// interruptions: one that loses its connection every minute never delivers for two in a row.
    void noteFlow(bool is_flowing, Monotonic::time_point now) noexcept;

    /// Unplayable, Unproven, or nothing.
    std::optional<Finding> problem() const;

    std::optional<Monotonic::time_point> playedAt() const noexcept { return played_at_; }

    void forgive(microseconds span, Monotonic::time_point now) noexcept;

  private:
    bool is_wanted_ = false;
    std::optional<ProofResult> verdict_;              ///< the last one that was no "plays"; nothing: it does
    std::optional<Monotonic::time_point> played_at_;  ///< a reader found so
    std::optional<Monotonic::time_point> flowed_at_;  ///< at the last look; nothing: they did not
    Monotonic::duration without_footage_{};           ///< of flow
    Monotonic::duration unread_{};                    ///< of flow, before a reader said anything
};

}  // namespace porchlight::camera
