/// One continuous time line out of what files, loops and cameras give for time stamps.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "camera_clock.h"
#include "porchlight/media.h"

namespace porchlight::ffmpeg {

/// Maps the time stamps of packets so that dts rises strictly within each track. Pure state: no clock of its
/// own.
///
/// File: as in the file; each further pass of a loop continues where the last one ended. Live: as the camera
/// sends them, as far as they can be true (CameraClock).
/// Arrival: the source has no time stamps (HTTP MJPEG): the time of arrival.
/// Thread: thread-bound (reader).
class Timeline {
  public:
    enum class Mode { File = 1, Live, Arrival };
    struct Stamp {
        std::int64_t pts_us;
        std::int64_t dts_us;
        std::int64_t duration_us;
    };

    explicit Timeline(Mode mode) noexcept : mode_(mode) {}

    /// `nominal_us`: the expected distance of packets of this track, used where a stamp is missing.
    void setNominal(Track track, std::int64_t nominal_us) noexcept { of(track).nominal_us = nominal_us; }

    Stamp map(Track track, std::optional<std::int64_t> pts_us, std::optional<std::int64_t> dts_us,
              std::int64_t duration_us, Monotonic::time_point arrived_at) noexcept;

    /// The file starts again: what comes next follows what came last.
    void beginPass() noexcept;

  private:
    struct TrackState {
        bool has_last = false;
        std::int64_t last_us = 0;                  ///< mapped dts of the last packet
        std::optional<std::int64_t> given_pts_us;  ///< of the last packet, as it came
        CameraClock clock;                         ///< Live
        std::int64_t nominal_us = 40'000;
        Monotonic::time_point last_arrival{};
    };

    TrackState& of(Track track) noexcept { return tracks_[track == Track::Video ? 0 : 1]; }

    Mode mode_;
    std::array<TrackState, 2> tracks_;
    std::optional<Monotonic::time_point> first_arrival_;
    std::optional<std::int64_t> first_us_;  ///< lowest dts of the first pass, as in the file
    std::int64_t end_us_ = 0;               ///< where the last pass ends, mapped
    std::int64_t offset_us_ = 0;            ///< added to this pass
};

}  // namespace porchlight::ffmpeg
