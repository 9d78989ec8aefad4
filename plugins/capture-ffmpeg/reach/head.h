/// Words and fields of the heads that HTTP and RTSP have in common.
#pragma once

#include <string_view>
#include <vector>

namespace porchlight::ffmpeg {

/// Whether they are the same, or `text` begins with it, whatever their case is. Pure.
bool isSameWord(std::string_view left, std::string_view right) noexcept;
bool beginsWithWord(std::string_view text, std::string_view word) noexcept;

/// Without spaces, tabs and ends of lines around it. Pure.
std::string_view trimmed(std::string_view text) noexcept;

/// Cuts the first line off, whether it ends with LF or CR LF. -> it, without its end. Pure.
std::string_view takeLine(std::string_view& text) noexcept;

/// The values of all fields of this name, in their order: views of `head`. Pure; bytes may be hostile.
std::vector<std::string_view> fieldsOf(std::string_view head, std::string_view name);

/// The first of them; empty where there is none. Pure.
std::string_view fieldOf(std::string_view head, std::string_view name);

/// The value of a parameter behind a semicolon ("ABC;timeout=60"), without quotes; empty: there is none.
/// Pure.
std::string_view parameterOf(std::string_view value, std::string_view name) noexcept;

}  // namespace porchlight::ffmpeg
