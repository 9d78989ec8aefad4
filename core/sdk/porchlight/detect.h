/// The interface of a detect plugin: luma pictures in, detections out.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "porchlight/settings.h"

namespace porchlight {

/// A grey picture, borrowed for the call. Rows are `stride_bytes` apart.
struct LumaPicture {
    const std::uint8_t* data = nullptr;
    int width_px = 0;
    int height_px = 0;
    int stride_bytes = 0;
    std::int64_t pts_us = 0;  ///< stream time; rises, may jump
};

/// Where something moved; all coordinates are shares (0..1) of the picture.
struct Region {
    float x = 0;
    float y = 0;
    float width = 0;
    float height = 0;
};

/// What one picture showed.
struct Detection {
    std::int64_t pts_us = 0;
    bool is_motion = false;         ///< confirmed motion: opens or prolongs an event
    bool is_global_change = false;  ///< light switched, exposure, camera moved: never motion by itself
    float score = 0;                ///< 0..1, how sure
    float area_percent = 0;         ///< changed share of the picture
    float brightness = 0;           ///< mean luma 0..255
    std::string zone;               ///< the zone hit first; empty without zones
    std::string label;              ///< what moved: "person"; empty: motion
    std::vector<Region> regions;    ///< at most 16, largest first
};

/// A motion or object detector for one camera.
///
/// Thread-bound (analysis thread of a worker): all calls come from one thread. The host paces it by picture
/// time and hands it pictures scaled to the width it asks for.
class PORCHLIGHT_EXPORT Detector {
  public:
    Detector() = default;
    Detector(const Detector&) = delete;
    Detector& operator=(const Detector&) = delete;
    virtual ~Detector() = default;

    /// Takes its settings; called once before analyse(). Throws Error(Misconfigured).
    virtual void configure(const Settings& settings) = 0;

    /// The picture width it works best on; the host scales down to the nearest whole divisor not below it.
    virtual int preferredWidthPx() const noexcept = 0;

    /// Judges one picture. Pure computation: no waits, no input or output. Throws Error(BadData).
    virtual Detection analyse(const LumaPicture& picture) = 0;

    /// Forgets its background model (stream restarted, picture size changed).
    virtual void reset() noexcept = 0;
};

}  // namespace porchlight
