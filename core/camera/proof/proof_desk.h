/// Whether what a camera delivers can be played, by the word of a reader that did not write it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "camera/process/helper_process.h"
#include "camera/worker/site.h"

namespace porchlight::camera {

/// One reader runs at a time, whatever the number of cameras. **Owner**: the fleet.
struct ProofTurn {
    bool is_taken = false;
};

/// What the reader said.
struct ProofResult {
    bool plays = false;
    std::string text;  ///< what it is, or why it does not play
};

/// Gives the first second of each stream, exactly as it goes to the recorder, to `porchlightd prove`
/// (worker/proof/proof.h), a confined process: at once when a stream begins, again every 10 s while it does
/// not play, and else once an hour. A reader that cannot be started, crashes or takes longer than 10 s has
/// said nothing about the camera: that is logged when it is news, and tried again after 30 s, then after
/// twice as long each time, an hour at most. **Owns** the reader's process and at most 16 MiB of references
/// to fragments that the recorder holds anyway. **Thread**: thread-bound (supervisor); nothing blocks.
class ProofDesk {
  public:
    ProofDesk(const Site& site, ProofTurn& turn, Reaper& reaper);
    ~ProofDesk();
    ProofDesk(const ProofDesk&) = delete;
    ProofDesk& operator=(const ProofDesk&) = delete;

    void take(std::shared_ptr<const Fragment> fragment, Monotonic::time_point now);

    /// What the reader has found; once for each time that it ran.
    std::optional<ProofResult> tick(Monotonic::time_point now);

    /// The camera pauses: what is being read is of no interest any more, and the next stream is a new one.
    void forget() noexcept;

  private:
    bool isNewStream(const Fragment& fragment) const noexcept;
    void gather(std::shared_ptr<const Fragment> fragment);
    void forgetGathered() noexcept;
    void startReader(Monotonic::time_point now);
    std::optional<ProofResult> judge(const HelperProcess::End& end, Monotonic::time_point now);
    bool isGathered() const noexcept;
    void fail(const std::string& why, Monotonic::time_point now);

    const Site& site_;
    ProofTurn& turn_;
    Reaper& reaper_;
    std::optional<std::uint64_t> epoch_;  ///< of the stream that was proven last, or is being
    Monotonic::time_point due_at_{};      ///< of the next proof of the same stream
    std::vector<std::shared_ptr<const Fragment>> gathered_;  ///< in order, from a keyframe on
    microseconds gathered_span_{0};
    std::size_t gathered_bytes_ = 0;
    std::unique_ptr<HelperProcess> reader_;  ///< there while the turn is ours
    bool did_play_ = false;                  ///< said so in the log
    std::string trouble_;                    ///< of the reader itself, last told
    seconds trouble_pause_{0};
};

}  // namespace porchlight::camera
