#include "media/box.h"

namespace porchlight::media {

std::string textOf(FourCc type) {
    std::string text;
    for (int shift = 24; shift >= 0; shift -= 8) {
        const char c = static_cast<char>((type >> static_cast<unsigned>(shift)) & 0xffU);
        text += (c >= 0x20 && c < 0x7f) ? c : '?';
    }
    return text;
}

std::span<const std::uint8_t> FieldReader::take(std::size_t size) {
    if (size > left()) throw Error(ErrorKind::BadData, "an MP4 box ends inside a field");
    const auto part = bytes_.subspan(at_, size);
    at_ += size;
    return part;
}

std::uint64_t FieldReader::number(std::size_t size) {
    std::uint64_t value = 0;
    for (const std::uint8_t byte : take(size)) value = (value << 8U) | byte;
    return value;
}

std::optional<BoxHeader> readBoxHeader(std::span<const std::uint8_t> bytes) {
    if (bytes.size() < 8) return std::nullopt;
    FieldReader fields(bytes);
    BoxHeader header;
    header.size_bytes = fields.u32();
    header.type = fields.u32();
    header.header_size_bytes = 8;
    if (header.size_bytes == 1) {
        if (bytes.size() < 16) return std::nullopt;
        header.size_bytes = fields.u64();
        header.header_size_bytes = 16;
    }
    if (header.size_bytes < header.header_size_bytes)
        throw Error(ErrorKind::BadData, "MP4 box '" + textOf(header.type) + "' is smaller than its header");
    return header;
}

std::optional<Box> BoxReader::next() {
    if (at_ == bytes_.size()) return std::nullopt;
    const auto rest = bytes_.subspan(at_);
    const auto header = readBoxHeader(rest);
    if (!header || header->size_bytes > rest.size())
        throw Error(ErrorKind::BadData, "an MP4 box reaches past the end of its parent");
    const auto size = static_cast<std::size_t>(header->size_bytes);
    Box box{header->type, at_, rest.first(size), rest.first(size).subspan(header->header_size_bytes)};
    at_ += size;
    return box;
}

std::optional<Box> findBox(std::span<const std::uint8_t> parent, FourCc type) {
    BoxReader reader(parent);
    while (auto box = reader.next())
        if (box->type == type) return box;
    return std::nullopt;
}

void BoxWriter::open(FourCc type) {
    starts_.push_back(bytes_.size());
    u32(0);
    u32(type);
}

void BoxWriter::openFull(FourCc type, std::uint8_t version, std::uint32_t flags) {
    open(type);
    u32((static_cast<std::uint32_t>(version) << 24U) | flags);
}

void BoxWriter::close() {
    const std::size_t start = starts_.back();
    starts_.pop_back();
    putNumber(bytes_, start, bytes_.size() - start, 4);
}

void BoxWriter::number(std::uint64_t value, int size) {
    for (int i = size - 1; i >= 0; --i)
        bytes_.push_back(static_cast<std::uint8_t>(value >> (8U * static_cast<unsigned>(i))));
}

void putNumber(std::span<std::uint8_t> bytes, std::size_t at, std::uint64_t value, int size) noexcept {
    for (int i = 0; i < size; ++i)
        bytes[at + static_cast<std::size_t>(i)] =
            static_cast<std::uint8_t>(value >> (8U * static_cast<unsigned>(size - 1 - i)));
}

}  // namespace porchlight::media
