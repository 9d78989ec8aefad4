/// Words and fields of the heads that HTTP and RTSP have in common, and what only RTSP has.
#pragma once

#include <string_view>

#include "porchlight/head.h"

namespace porchlight::ffmpeg {

using porchlight::beginsWithWord;
using porchlight::fieldOf;
using porchlight::fieldsOf;
using porchlight::isSameWord;
using porchlight::takeLine;
using porchlight::trimmed;

/// The value of a parameter behind a semicolon ("ABC;timeout=60"), without quotes; empty: there is none.
/// Pure.
std::string_view parameterOf(std::string_view value, std::string_view name) noexcept;

}  // namespace porchlight::ffmpeg
