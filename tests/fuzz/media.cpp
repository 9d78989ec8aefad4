/// Fuzzer of the MP4 parsers: what a worker's fragments, or a damaged recording, can hold.
///
/// The input is an initialisation segment followed by one fragment. Whatever is accepted must keep its
/// promises (each sample inside the fragment) and stay parseable after its times were rewritten. It is
/// scanned as a recording, too.
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "fuzz/scan.h"
#include "media/init_segment.h"
#include "media/movie_fragment.h"

namespace {

using namespace porchlight;

/// Where the first moof begins; the size of the input when there is none.
std::size_t splitAt(std::span<const std::uint8_t> input) {
    media::BoxReader boxes(input);
    while (const auto box = boxes.next()) {
        if (box->type == media::fourCc("moof")) return box->offset;
    }
    return input.size();
}

void checkSamples(const media::MovieFragment& fragment) {
    for (const media::TrackFragment& track : fragment.tracks) {
        for (const media::Sample& sample : track.samples) {
            if (sample.offset + sample.size_bytes > fragment.size_bytes) std::abort();
        }
    }
}

void parse(std::span<const std::uint8_t> input) {
    const std::size_t split = splitAt(input);
    const media::InitSegment init = media::parseInit(input.first(split));
    const auto rest = input.subspan(split);
    checkSamples(media::parseFragment(rest, init));
    base::Bytes copy(rest.begin(), rest.end());
    const std::vector<std::int64_t> shifts(init.tracks.size(), 90'000);
    media::rewriteFragment(copy, init, 3, shifts);
    checkSamples(media::parseFragment(copy, init));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    porchlight::test::scanUntrusted({data, size});
    try {
        parse({data, size});
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::BadData) std::abort();
    }
    return 0;
}
