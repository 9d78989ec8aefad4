/// The newest picture of a place, and what is known of it.
#pragma once

#include <vector>

#include "place.h"
#include "porchlight/media.h"

namespace porchlight::still {

/// Thread-bound.
class Newest {
  public:
    /// Takes in what was answered. Throws Error(BadData: damaged or cut off; Misconfigured: larger than the
    /// memory plan has room for) and goes on with the picture before.
    void take(const Answer& answer);

    /// The picture as a packet of a stream that began with this object. Told again it is `is_unchanged` where
    /// its source said so, or has not been asked since it was new. The same bytes sent twice are no such
    /// word: so does a camera that hangs.
    Packet packet(microseconds pace);

    /// Of a stream of it, `pace` apart.
    StreamFormat format(microseconds pace) const;

  private:
    void takePicture(std::span<const std::uint8_t> bytes);

    std::shared_ptr<const std::vector<std::uint8_t>> picture_;
    int width_px_ = 0;
    int height_px_ = 0;
    bool is_told_ = false;     ///< as a packet, once
    bool is_vouched_ = false;  ///< to be the newest there is
    const Monotonic::time_point start_ = Monotonic::now();
    std::int64_t last_us_ = -1;
};

}  // namespace porchlight::still
