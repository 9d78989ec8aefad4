/// Offline detection: a recording through the same decoder, scaler, pace, detector and event engine as live
/// pictures.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "event/event_engine.h"
#include "porchlight/detect.h"

namespace porchlight::worker {

/// One event of a file; times are seconds from its first picture.
struct FileEvent {
    std::string clip;  ///< the file's name without folders
    double start_s = 0;
    double end_s = 0;
    double score = 0;
    std::string zone;
};

struct DetectFileSettings {
    double detect_rate_hz = 10;
    microseconds event_gap{3'000'000};
    microseconds max_event{0};  ///< zero: events are not split
};

struct DetectFileResult {
    double duration_s = 0;  ///< stream time covered
    std::uint64_t pictures = 0;
    std::uint64_t analysed = 0;
    std::uint64_t bad_packets = 0;
    double detector_us = 0;  ///< mean processor time of one analysis
};

/// Called for each event as soon as it is over.
using FileEventSink = std::function<void(const FileEvent&)>;

/// Decodes the file as fast as it goes; `detector` is configured and fresh. Blocks until the file ends.
/// Throws Error: Unavailable (cannot be opened), BadData (no video file, no picture in it), NotSupported
/// (codec).
DetectFileResult runDetectFile(const std::filesystem::path& file, const DetectFileSettings& settings,
                               Detector& detector, const FileEventSink& sink);

}  // namespace porchlight::worker
