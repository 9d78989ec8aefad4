/// One continuous time line out of what files, loops and cameras give for time stamps.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "camera_clock.h"
#include "picture_order.h"
#include "porchlight/media.h"

namespace porchlight::ffmpeg {

/// Maps the time stamps of packets so that dts rises strictly within each track. Pure state: no clock of its
/// own.
///
/// File: as in the file; each further pass of a loop continues where the last one ended. Live: as the camera
/// sends them, as far as they can be true (CameraClock); where only the time of display is told, PictureOrder
/// finds when pictures are to be decoded.
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

    /// Pictures may be reordered although the source tells no decoding times, and says nothing of it.
    void expectReordering() noexcept { tracks_[0].order.expect(); }
    bool expectsReordering() const noexcept { return tracks_[0].order.isExpected(); }

    /// `looks_both_ways`: it may be shown before pictures that came (PictureOrder).
    Stamp map(Track track, std::optional<std::int64_t> pts_us, std::optional<std::int64_t> dts_us,
              std::int64_t duration_us, Monotonic::time_point arrived_at,
              bool looks_both_ways = false) noexcept;

    /// The camera paused before the packets that follow, as its silence shows (Silence); its stamps may not.
    void resume() noexcept;

    /// The file starts again: what comes next follows what came last.
    void beginPass() noexcept;

  private:
    struct TrackState {
        bool has_last = false;
        std::int64_t last_us = 0;                  ///< mapped dts of the last packet
        std::optional<std::int64_t> given_pts_us;  ///< of the last packet, as it came
        bool has_own_dts = false;                  ///< the source tells decoding times
        std::int64_t told_dts_us = 0;              ///< of the last packet, as it came
        std::int64_t held_us = 0;    ///< what libav found out late: pictures are decoded so much earlier
        std::int64_t widest_us = 0;  ///< longest time from decoding to display that was believed
        bool is_leaping = false;     ///< the last one's was not
        std::int64_t shown_us = 0;   ///< mapped pts of the last packet
        CameraClock clock;           ///< Live
        PictureOrder order;          ///< Live, pictures
        std::int64_t nominal_us = 40'000;
        Monotonic::time_point last_arrival{};
    };

    TrackState& of(Track track) noexcept { return tracks_[track == Track::Video ? 0 : 1]; }
    struct Place {
        std::int64_t at_us;
        std::int64_t wished_us;  ///< by its stamp alone
    };

    static void noteDelay(TrackState& state, std::int64_t dts_us, std::optional<std::int64_t> pts_us,
                          Monotonic::time_point arrived_at) noexcept;
    static std::int64_t shownAt(TrackState& state, std::int64_t decoded_us, std::int64_t ahead_us,
                                std::int64_t step_us) noexcept;
    Place place(Track track, std::int64_t stamp_us, Monotonic::time_point arrived_at,
                bool is_repeated) noexcept;
    std::int64_t showAt(Track track, std::int64_t stamp_us, Monotonic::time_point arrived_at,
                        bool is_repeated, bool looks_both_ways) noexcept;

    Mode mode_;
    std::array<TrackState, 2> tracks_;
    std::optional<Monotonic::time_point> first_arrival_;
    std::optional<std::int64_t> first_us_;  ///< lowest dts of the first pass, as in the file
    std::int64_t end_us_ = 0;               ///< where the last pass ends, mapped
    std::int64_t offset_us_ = 0;            ///< added to this pass
};

}  // namespace porchlight::ffmpeg
