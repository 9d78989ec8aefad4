#include "web/routes/clip_sender.h"

#include <algorithm>

#include "base/text.h"
#include "http/http_error.h"
#include "http/range.h"

namespace porchlight::web {
namespace {

void sendBody(http::Exchange& exchange, AnswerWatch& watch, clip::Clip& clip, std::uint64_t first,
              std::uint64_t count, Pace* pace) {
    const base::Cancel cancel = watch.cancel();
    std::vector<std::uint8_t> piece(kPieceBytes);
    while (count > 0) {
        cancel.check();
        const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(count, piece.size()));
        const std::size_t got = clip.read(first, {piece.data(), wanted});
        if (got == 0) throw Error(ErrorKind::Unavailable, "a clip became shorter than it said");
        exchange.sendPart({piece.data(), got}, kPieceBudget);
        if (pace) pace->took(got);
        first += got;
        count -= got;
    }
}

}  // namespace

std::string clipFileName(const std::string& camera, WallTime at) {
    std::string name = camera + "-" + base::formatTime(at, 0) + ".mp4";
    std::replace(name.begin(), name.end(), ':', '-');
    return name;
}

void sendClip(http::Exchange& exchange, AnswerWatch& watch, clip::Clip& clip, Pace* pace) {
    const std::uint64_t size = clip.sizeBytes();
    exchange.setHeader("Accept-Ranges", "bytes");
    exchange.setHeader("ETag", clip.etag());
    exchange.setHeader("Cache-Control", "private, no-cache");
    if (exchange.header("If-None-Match") == clip.etag()) return exchange.sendEmpty(304);
    const std::string condition = exchange.header("If-Range");
    const bool may_range = condition.empty() || condition == clip.etag();
    const http::ByteRange range = http::parseRange(may_range ? exchange.header("Range") : "", size);
    if (range.kind == http::RangeKind::Unsatisfiable) {
        exchange.setHeader("Content-Range", "bytes */" + std::to_string(size));
        throw http::HttpError(416, "bad_range", "the range begins behind the end");
    }
    const bool is_part = range.kind == http::RangeKind::Part;
    const std::uint64_t count = size == 0 ? 0 : range.last - range.first + 1;
    if (is_part)
        exchange.setHeader("Content-Range", "bytes " + std::to_string(range.first) + "-" +
                                                std::to_string(range.last) + "/" + std::to_string(size));
    exchange.beginFixed(is_part ? 206 : 200, "video/mp4", count);
    if (!exchange.isHead()) sendBody(exchange, watch, clip, range.first, count, pace);
}

}  // namespace porchlight::web
