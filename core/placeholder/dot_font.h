/// A 5 x 7 dot font for pictures that the core draws itself: ASCII, and Latin letters without their marks.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace porchlight::placeholder {

inline constexpr int kGlyphWidth = 5;
inline constexpr int kGlyphHeight = 7;

/// Five columns from the left, bit 0 on top. '?' stands for what the font does not have. Any thread, never
/// blocks.
const std::array<std::uint8_t, kGlyphWidth>& glyphOf(char letter) noexcept;

/// UTF-8 as letters of this font: "Küche – Tür" becomes "Kuche - Tur"; what it does not know becomes '?'.
std::string inDotLetters(std::string_view utf8);

}  // namespace porchlight::placeholder
