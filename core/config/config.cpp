#include "config/config.h"

namespace porchlight::config {

const char* nameOf(RecordMode mode) noexcept {
    switch (mode) {
        case RecordMode::Off:
            return "off";
        case RecordMode::Motion:
            return "motion";
        case RecordMode::Continuous:
            return "continuous";
    }
    return "off";
}

std::optional<RecordMode> recordModeOf(std::string_view name) noexcept {
    for (const auto mode : {RecordMode::Off, RecordMode::Motion, RecordMode::Continuous})
        if (name == nameOf(mode)) return mode;
    return std::nullopt;
}

}  // namespace porchlight::config
