/// The scanner of recordings and the builder of clips over untrusted bytes.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "media/progressive.h"
#include "media/recording_scanner.h"

namespace porchlight::test {

/// Scans `bytes` as a recording, makes a clip of it and rewrites the times of each fragment. Never throws:
/// refusing is the right answer to most of what a fuzzer makes up.
inline void scanUntrusted(std::span<const std::uint8_t> bytes) {
    try {
        media::RecordingScanner scanner(media::readerOf(bytes));
        media::ProgressiveBuilder builder(scanner.init());
        const std::vector<std::int64_t> shifts(scanner.init().tracks.size(), -1);
        while (const auto found = scanner.next()) {
            if (!builder.add(found->fragment, media::Piece{0, found->offset, 0}, 0)) break;
            base::Bytes copy(bytes.begin() + static_cast<std::ptrdiff_t>(found->offset),
                             bytes.begin() + static_cast<std::ptrdiff_t>(scanner.wholeEnd()));
            media::rewriteFragment(copy, scanner.init(), 1, shifts);
        }
        builder.finish();
    } catch (const Error&) {
        return;
    }
}

}  // namespace porchlight::test
