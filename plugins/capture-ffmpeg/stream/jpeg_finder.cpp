#include "jpeg_finder.h"

#include <algorithm>
#include <cstring>

namespace porchlight::ffmpeg {
namespace {

constexpr std::size_t kMaxJpegBytes = 8U << 20U;  ///< 3840x2160 in good quality has half of it
constexpr std::uint8_t kStart = 0xD8;
constexpr std::uint8_t kEnd = 0xD9;
constexpr std::uint8_t kScan = 0xDA;

/// Markers that have no length: TEM and RSTn.
bool isBare(std::uint8_t marker) noexcept {
    return marker == 0x01 || (marker >= 0xD0 && marker <= 0xD7);
}

/// What may stand behind coded data: DHT, EOI, SOS, DQT, DNL, DRI, COM. Anything else there is damage.
bool mayEndScan(std::uint8_t marker) noexcept {
    return marker == 0xC4 || (marker >= kEnd && marker <= 0xDD) || marker == 0xFE;
}

/// Only application data and comments are long. What else claims to be is damaged, and would swallow others.
bool isPlausible(std::uint8_t marker, std::size_t length) noexcept {
    const bool is_free = (marker >= 0xE0 && marker <= 0xEF) || marker == 0xFE;
    return length >= 2 && length <= (is_free ? 65'535U : marker == kScan ? 16U : 4096U);
}

}  // namespace

bool JpegEnds::isCut(std::span<const std::uint8_t> jpeg) noexcept {
    const std::size_t size = jpeg.size();
    const bool is_whole = size >= 4 && jpeg[size - 2] == 0xFF && jpeg[size - 1] == kEnd;
    has_whole_ |= is_whole;
    return has_whole_ && !is_whole;
}

void JpegFinder::push(std::span<const std::uint8_t> bytes) {
    held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(begin_));
    begin_ = 0;
    held_.insert(held_.end(), bytes.begin(), bytes.end());
}

/// Moves nothing: pictures may be as small as their markers.
void JpegFinder::drop(std::size_t size) {
    begin_ += std::min(size, bytes().size());
    at_ = 0;
}

/// What was taken for a picture is none.
void JpegFinder::forget(std::size_t size) {
    rubbish_bytes_ += size;
    drop(size);
    state_ = State::Between;
}

/// A start is followed by another marker: the two bytes alone stand in coded data of other kinds, too.
bool JpegFinder::isStartAt(std::size_t at) const noexcept {
    return at + 2 < bytes().size() && bytes()[at] == 0xFF && bytes()[at + 1] == kStart &&
           bytes()[at + 2] == 0xFF;
}

/// To the next FF with two bytes behind it; false, at the last two, when there is none.
bool JpegFinder::seekMarker() {
    if (at_ + 2 >= bytes().size()) return false;
    const void* found = std::memchr(&bytes()[at_], 0xFF, bytes().size() - 2 - at_);
    at_ = found != nullptr
              ? static_cast<std::size_t>(static_cast<const std::uint8_t*>(found) - bytes().data())
              : bytes().size() - 2;
    return found != nullptr;
}

/// The first start at or behind at_; false when more bytes are needed.
bool JpegFinder::findNextStart() {
    for (; seekMarker(); ++at_)
        if (isStartAt(at_)) return true;
    return false;
}

bool JpegFinder::findStart() {
    const bool is_found = findNextStart();
    rubbish_bytes_ += at_;
    drop(at_);
    if (!is_found) return false;
    at_ = 2;
    state_ = State::Segments;
    return true;
}

/// The picture is damaged: it ends where the next one starts.
void JpegFinder::giveUp() noexcept {
    state_ = State::Broken;
    at_ = 2;
}

/// Over one marker and what belongs to it; false when more bytes are needed.
bool JpegFinder::stepSegment() {
    if (at_ + 4 > bytes().size() && !(at_ + 2 <= bytes().size() && bytes()[at_ + 1] == kEnd)) return false;
    const std::uint8_t marker = bytes()[at_ + 1];
    if (bytes()[at_] != 0xFF || !(marker >= 0xC0 || marker == 0x01)) {
        giveUp();
    } else if (marker == 0xFF) {
        ++at_;  // fill
    } else if (marker == kEnd) {
        end_ = at_ + 2;
    } else if (marker == kStart) {
        if (at_ > 2)
            end_ = at_;  // cut short
        else
            forget(2);  // that start was none
    } else if (isBare(marker)) {
        at_ += 2;
    } else if (const std::size_t length = bytes()[at_ + 2] * 256U + bytes()[at_ + 3];
               isPlausible(marker, length)) {
        at_ += 2 + length;
        state_ = marker == kScan ? State::Scan : State::Segments;
    } else {
        giveUp();
    }
    return true;
}

/// Over coded data up to the next marker; false when more bytes are needed.
bool JpegFinder::stepScan() {
    for (; seekMarker(); ++at_)
        if (mayEndScan(bytes()[at_ + 1]) || isStartAt(at_)) break;
    if (at_ + 2 > bytes().size() || bytes()[at_] != 0xFF) return false;
    if (!mayEndScan(bytes()[at_ + 1]) && !isStartAt(at_)) return false;
    state_ = State::Segments;
    return true;
}

std::optional<std::span<const std::uint8_t>> JpegFinder::next() {
    if (end_ > 0) {
        drop(end_);
        end_ = 0;
        state_ = State::Between;
    }
    bool has_more = true;
    while (has_more && end_ == 0) {
        if (state_ == State::Between)
            has_more = findStart();
        else if (state_ == State::Segments)
            has_more = stepSegment();
        else if (state_ == State::Scan)
            has_more = stepScan();
        else if ((has_more = findNextStart()))
            end_ = at_;
        if (end_ == 0 && at_ > kMaxJpegBytes) forget(at_);
    }
    if (end_ == 0) return std::nullopt;
    rubbish_bytes_ = 0;
    return bytes().first(end_);
}

}  // namespace porchlight::ffmpeg
