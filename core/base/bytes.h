/// Little-endian byte strings: a writer, and a reader that cannot leave its bounds.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "porchlight/error.h"

namespace porchlight::base {

using Bytes = std::vector<std::uint8_t>;

/// Appends integers (little endian), doubles, and length-prefixed texts and blobs.
class ByteWriter {
  public:
    template <class T>
    requires std::is_arithmetic_v<T> || std::is_enum_v<T>
    void put(T value) {
        std::uint8_t raw[sizeof(T)];
        std::memcpy(raw, &value, sizeof(T));  // all supported hosts are little endian
        bytes_.insert(bytes_.end(), raw, raw + sizeof(T));
    }
    void putText(std::string_view text) {
        put(static_cast<std::uint32_t>(text.size()));
        bytes_.insert(bytes_.end(), text.begin(), text.end());
    }
    void putBlob(std::span<const std::uint8_t> blob) {
        put(static_cast<std::uint32_t>(blob.size()));
        bytes_.insert(bytes_.end(), blob.begin(), blob.end());
    }
    void reserve(std::size_t size) { bytes_.reserve(size); }
    Bytes take() { return std::move(bytes_); }
    std::size_t size() const noexcept { return bytes_.size(); }

  private:
    Bytes bytes_;
};

/// Reads what ByteWriter wrote; throws Error(BadData) instead of reading past the end.
class ByteReader {
  public:
    explicit ByteReader(std::span<const std::uint8_t> bytes) noexcept : bytes_(bytes) {}

    template <class T>
    requires std::is_arithmetic_v<T> || std::is_enum_v<T> T get() {
        T value;
        const auto raw = take(sizeof(T));
        std::memcpy(&value, raw.data(), sizeof(T));
        return value;
    }
    bool getBool() { return get<std::uint8_t>() != 0; }
    std::string getText() {
        const auto raw = take(get<std::uint32_t>());
        return {raw.begin(), raw.end()};
    }
    Bytes getBlob() {
        const auto raw = take(get<std::uint32_t>());
        return {raw.begin(), raw.end()};
    }
    std::size_t left() const noexcept { return bytes_.size() - at_; }

    /// Throws Error(BadData) unless everything was read.
    void expectEnd() const {
        if (left() != 0) throw Error(ErrorKind::BadData, "message has trailing bytes");
    }

  private:
    std::span<const std::uint8_t> take(std::size_t size) {
        if (size > left()) throw Error(ErrorKind::BadData, "message ends too early");
        const auto part = bytes_.subspan(at_, size);
        at_ += size;
        return part;
    }
    std::span<const std::uint8_t> bytes_;
    std::size_t at_ = 0;
};

}  // namespace porchlight::base
