/// Sends clips: ranges, names, and pieces within the client's patience.
#pragma once

#include "clip/clip.h"
#include "http/http_error.h"
#include "web/answer_watch.h"

namespace porchlight::web {

inline constexpr std::size_t kPieceBytes = 128 * 1024;
// A paused player stops reading; it asks for the rest with Range when it goes on.
inline constexpr milliseconds kPieceBudget{30'000};

/// "porch-2026-11-21T02-03-04Z.mp4"
std::string clipFileName(const std::string& camera, WallTime at);

/// Ends an export whose client takes so little that it only keeps the place (see isTooSlow). **Thread**:
/// thread-bound.
class Pace {
  public:
    explicit Pace(const evidence::ExportPlaces& places) : places_(places) {}
    /// The client took these. Throws ClientGone.
    void took(std::size_t bytes) {
        sum_ += bytes;
        if (evidence::isTooSlow(sum_, Monotonic::now() - began_at_, places_.isWanted()))
            throw http::ClientGone("an export was read too slowly to keep its place");
    }

  private:
    const evidence::ExportPlaces& places_;
    const Monotonic::time_point began_at_ = Monotonic::now();
    std::uint64_t sum_ = 0;
};

/// With Range, ETag and exact length. `pace` may be null. Throws HttpError(416), ClientGone, Cancelled.
void sendClip(http::Exchange& exchange, AnswerWatch& watch, clip::Clip& clip, Pace* pace = nullptr);

}  // namespace porchlight::web
