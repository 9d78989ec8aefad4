#include "pictures.h"

#include <fstream>
#include <iterator>

#include "porchlight/error.h"

namespace porchlight::faulty {
namespace {

constexpr int kNalIdr = 5;
constexpr int kNalDelimiter = 9;

/// Offset of the next start code (three bytes) from `from`, or the size.
std::size_t nextStart(const std::vector<std::uint8_t>& bytes, std::size_t from) {
    for (std::size_t i = from; i + 3 < bytes.size(); ++i)
        if (bytes[i] == 0 && bytes[i + 1] == 0 && bytes[i + 2] == 1) return i;
    return bytes.size();
}

}  // namespace

Pictures::Pictures(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    bytes_.assign(std::istreambuf_iterator<char>(file), {});
    std::size_t unit_begin = bytes_.size();
    bool is_key = false;
    const auto finish = [&](std::size_t end) {
        if (unit_begin < end)
            units_.push_back({std::span(bytes_).subspan(unit_begin, end - unit_begin), is_key});
        unit_begin = end;
        is_key = false;
    };
    for (std::size_t at = nextStart(bytes_, 0); at < bytes_.size(); at = nextStart(bytes_, at + 3)) {
        const int type = bytes_[at + 3] & 31;
        // A start code of four bytes belongs to what follows it.
        const std::size_t begin = at > 0 && bytes_[at - 1] == 0 ? at - 1 : at;
        if (type == kNalDelimiter) finish(begin);
        if (type == kNalDelimiter) unit_begin = begin;
        if (type == kNalIdr) is_key = true;
    }
    finish(bytes_.size());
    if (units_.empty() || !units_.front().is_key)
        throw Error(ErrorKind::Misconfigured,
                    "read " + path + ": not an H.264 stream with delimiters that begins with a keyframe");
}

std::uint64_t Pictures::keyFrom(std::uint64_t n) const noexcept {
    while (!at(n).is_key) ++n;
    return n;
}

}  // namespace porchlight::faulty
