/// All cameras of a recorder, and what they are together.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "disk/retain/retention.h"
#include "record/camera_recorder.h"

namespace porchlight::record {

/// **Owns** the cameras. **Thread**: thread-bound (recorder).
class Cameras {
  public:
    /// All outlive it.
    Cameras(RecorderContext& context, const RecorderOptions& options, const RecorderEvents& listeners)
        : context_(context), options_(options), listeners_(listeners) {}

    void add(const CameraRecording& settings);  ///< or changes its settings
    void remove(const std::string& name);       ///< ends what it records
    CameraRecorder* find(const std::string& name) noexcept;

    /// Calls `action` with each.
    template <class Action>
    void each(Action action) {
        for (auto& [name, camera] : cameras_) action(*camera);
    }

    std::map<std::string, RecordingStatus> status() const;
    std::vector<disk::CameraLimits> limits() const;

    // The files that are being written.
    std::map<std::string, std::uint64_t> openBytes() const;  ///< by camera
    std::set<std::string> openPaths() const;                 ///< as in rows
    std::optional<std::uint64_t> spooledBytes() const;  ///< of those in the spool; nothing: none is there

    std::set<std::string> runningEvents() const;  ///< ids; also of those whose rows are not final
    /// Since when the database does not take a row of one of them.
    std::optional<Monotonic::time_point> rowRefusedSince() const noexcept;
    /// " (CAMERA: why)" of the first whose files the volume refused; empty when it takes all.
    std::string volumeError() const;

  private:
    RecorderContext& context_;
    const RecorderOptions& options_;
    const RecorderEvents& listeners_;
    std::map<std::string, std::unique_ptr<CameraRecorder>> cameras_;
};

}  // namespace porchlight::record
