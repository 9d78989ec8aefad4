/// What a reader that is not ours makes of footage: libavformat reads it and libavcodec decodes it, as a
/// player would.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"

namespace porchlight::worker {

/// What is to be looked at.
struct ProofWish {
    bool is_whole = false;  ///< each group of pictures up to its first without damage; else only up to one
    std::optional<microseconds> duration;  ///< what it should last; judged within 2 % and 0.5 s
};

/// What was found.
struct Proof {
    std::string problem;               ///< why it does not play, one sentence; empty: it plays
    std::string video;                 ///< libavcodec's name of the codec: "h264"
    int width_px = 0;                  ///< of the decoded picture
    int height_px = 0;                 ///< likewise
    std::uint64_t pictures = 0;        ///< in the file, decoded or not
    std::uint64_t damaged_groups = 0;  ///< without one picture that decodes; counted where all are looked at
    microseconds duration{0};          ///< in decode order: from the first picture to the end of the last
    bool has_audio = false;
};

/// Reads an MP4 from `fd`, which can seek, from its begin to its end. Never believes what the writer noted:
/// only the bytes. It plays when there is a video track whose first picture is a keyframe, at least one
/// picture decodes without damage and at the size that is announced, at most half of the groups that are
/// looked at lack such a picture, time goes on from picture to picture,
/// and it lasts as long as wished. Damage that libavcodec does not notice (most of H.265's) is not found.
/// Blocks on the disk. **Thread**: any. Throws Error: Exhausted (memory is
/// short, or a lying size asks for more than there is), NotSupported (no decoder here).
Proof prove(int fd, const ProofWish& wish);

}  // namespace porchlight::worker
