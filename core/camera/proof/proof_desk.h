/// Whether what a camera delivers can be played, by the word of a reader that did not write it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/fd.h"
#include "camera/process/helper_process.h"
#include "camera/proof/footage_watch.h"
#include "camera/worker/site.h"

namespace porchlight::camera {

/// One reader runs at a time, whatever the number of cameras. **Owner**: the fleet.
struct ProofTurn {
    bool is_taken = false;
};

/// Gives the first second of each stream, exactly as it goes to the recorder, to `porchlightd prove`
/// (worker/proof/proof.h), a confined process: when a stream begins (one that is described like the one
/// before, which played, a minute after that), every 10 s while it does not play, and else once an hour. A
/// reader that cannot be started, is late or lacks something has said nothing about the camera: it is tried
/// again after 30 s, then after twice as long each time, an hour at most. **Owns** the reader's process and
/// two files in memory of 8 MiB and one fragment each: what is being gathered, and what waits to be read.
/// **Thread**: thread-bound (supervisor); nothing blocks.
class ProofDesk {
  public:
    ProofDesk(const Site& site, ProofTurn& turn, Reaper& reaper);
    ~ProofDesk();
    ProofDesk(const ProofDesk&) = delete;
    ProofDesk& operator=(const ProofDesk&) = delete;

    void take(const Fragment& fragment, Monotonic::time_point now);

    /// What a reader has found; nothing while none is known.
    std::optional<ProofResult> tick(Monotonic::time_point now);

    /// The camera pauses: what is being read is of no interest any more, and the next stream is a new one.
    void forget() noexcept;

  private:
    /// The begin of a stream, from a keyframe on.
    struct Sample {
        std::shared_ptr<const StreamInit> init;
        base::Fd file;
        microseconds span{0};
        std::size_t bytes = 0;
        std::uint64_t sequence = 0;  ///< of the last fragment in it
    };
    bool mayBegin(const Fragment& fragment, Monotonic::time_point now) const noexcept;
    void gather(const Fragment& fragment);
    void keep();
    bool isDue(Monotonic::time_point now) const noexcept;
    void startReader(Monotonic::time_point now);
    std::optional<ProofResult> judge(const HelperProcess::End& end, Monotonic::time_point now);
    [[nodiscard]] std::optional<ProofResult> noteTrouble(const std::string& why, bool is_crash,
                                                         Monotonic::time_point now);

    const Site& site_;
    ProofTurn& turn_;
    Reaper& reaper_;
    std::optional<Sample> gathering_;
    std::optional<Sample> ready_;                 ///< waits to be read, or is being read
    std::shared_ptr<const StreamInit> gathered_;  ///< of the stream whose begin was gathered last
    std::shared_ptr<const StreamInit> latest_;  ///< of the stream that was read last, or is being; null: none
    bool did_play_ = false;                     ///< that one
    Monotonic::time_point read_at_{};           ///< that one
    Monotonic::time_point due_at_{};            ///< of the next reading of that one
    std::unique_ptr<HelperProcess> reader_;     ///< there while the turn is ours
    std::optional<ProofResult> pending_;  ///< of a reader that could not be started: told with the next tick
    int troubles_ = 0;                    ///< of the reader itself, in a row ...
    int crashes_ = 0;                     ///< ... and of these
    std::string trouble_;                 ///< last told
};

}  // namespace porchlight::camera
