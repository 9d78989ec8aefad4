#include "ledger/camera_facts.h"

namespace porchlight::ledger {

Explanation CameraFacts::explain() const {
    const auto& cause = condition.cause;
    const bool is_never_started = cause == GapCause::Misconfigured && !condition.detail.empty();
    if (cause == GapCause::Disabled || is_never_started) return {*cause, condition.detail, true};
    if (mode == config::RecordMode::Off) return {GapCause::RecordOff, {}, true};
    if (cause) return {*cause, {}, true};
    if (writer.error && writer.is_wanted) return {*writer.error, {}, true};
    if (mode == config::RecordMode::Motion && !writer.is_wanted)
        return {condition.is_detect_on ? GapCause::NoMotion : GapCause::DetectOff, {}, true};
    return {GapCause::NoFrames, {}, false};
}

}  // namespace porchlight::ledger
