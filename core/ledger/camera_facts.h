/// What camera and recorder say of themselves, and how that explains that no footage comes. Pure.
#pragma once

#include <optional>
#include <string>

#include "config/config.h"
#include "ledger/gap_cause.h"

namespace porchlight::ledger {

/// What the camera's side says of itself.
struct CameraCondition {
    std::optional<GapCause> cause;  ///< why no pictures come that could be recorded; nothing while they do
    std::string detail;             ///< of Disabled: by whom
    bool is_detect_on = true;
    bool operator==(const CameraCondition&) const = default;
};

/// What the recorder says of one camera.
struct WriterFacts {
    bool is_wanted = false;         ///< footage that comes now is to be recorded
    bool is_writing = false;        ///< a file is open
    std::optional<GapCause> error;  ///< DiskFull, WriteError, ...: nothing can be written
};

struct Explanation {
    GapCause cause = GapCause::NoFrames;
    std::string detail;
    bool is_sure = true;  ///< false: all is said to be well, only that nothing comes
    bool operator==(const Explanation&) const = default;
};

struct CameraFacts {
    config::RecordMode mode = config::RecordMode::Motion;
    CameraCondition condition{GapCause::Starting, {}, true};
    WriterFacts writer;

    /// Why no footage comes now: the first that applies, from what somebody wants to what went wrong.
    Explanation explain() const;
};

}  // namespace porchlight::ledger
