/// Sends clips: ranges, names, and pieces within the client's patience.
#pragma once

#include "record/clip.h"
#include "web/backend.h"

namespace porchlight::web {

inline constexpr std::size_t kPieceBytes = 128 * 1024;
// A paused player stops reading; it asks for the rest with Range when it goes on.
inline constexpr milliseconds kPieceBudget{30'000};

/// "porch-2026-11-21T02-03-04Z.mp4"
std::string clipFileName(const std::string& camera, WallTime at);

/// With Range, ETag and exact length. Throws HttpError(416), ClientGone.
void sendClip(Exchange& exchange, Backend& backend, record::Clip& clip);

}  // namespace porchlight::web
