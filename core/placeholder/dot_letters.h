/// Texts as letters of the dot font (porchlight/dot_font.h): ASCII, and Latin letters without their marks.
#pragma once

#include <string>
#include <string_view>

namespace porchlight::placeholder {

/// "Küche – Tür" becomes "Kuche - Tur"; what the font does not know becomes '?'. Any thread, never
/// blocks.
std::string inDotLetters(std::string_view utf8);

}  // namespace porchlight::placeholder
