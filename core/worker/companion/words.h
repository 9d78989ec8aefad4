/// Words of the camera and of its plugin, as they may be shown.
#pragma once

#include <string>
#include <string_view>

#include "base/secret/secrets.h"
#include "base/text.h"
#include "porchlight/utf8.h"

namespace porchlight::worker {

/// Printable, without secrets that this process keeps, at most `max_bytes`.
inline std::string shownWords(std::string_view text, std::size_t max_bytes) {
    return asUtf8(base::printable(base::hideSecrets(text)), max_bytes);
}

}  // namespace porchlight::worker
