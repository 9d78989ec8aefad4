/// Writes a ZIP archive as a stream: stored entries whose sizes are known and whose checksums are not yet.
///
/// Format: APPNOTE.TXT 6.3.9. Each entry is a local header (flag bit 3: the CRC follows), its bytes, and a
/// data descriptor (4.3.9); sizes stand in the local header too, so that readers which go through the stream
/// find its end. ZIP64 (4.5.3, 4.3.14) is used only where a size or an offset needs it. Names are UTF-8 (flag
/// bit 11).
#pragma once

#include <Poco/Checksum.h>

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "porchlight/time.h"

namespace porchlight::evidence {

/// **Thread**: thread-bound. Throws what the sink throws, and Error(Internal) when an entry is longer or
/// shorter than said.
class ZipWriter {
  public:
    using Sink = std::function<void(std::span<const std::uint8_t>)>;
    struct Item {
        std::string name;
        std::uint64_t size_bytes = 0;
    };

    /// `at`: the time of all entries (UTC, two seconds' precision). `zip64_from`: smaller in tests.
    ZipWriter(Sink sink, WallTime at, std::uint64_t zip64_from = 0xFFFFFFFF);

    void begin(const std::string& name, std::uint64_t size_bytes);
    void write(std::span<const std::uint8_t> bytes);
    void end();
    void finish();  ///< the central directory; nothing afterwards

    std::uint64_t written() const noexcept { return offset_; }

    /// The size of an archive of these.
    static std::uint64_t sizeOf(const std::vector<Item>& items, std::uint64_t zip64_from = 0xFFFFFFFF);

  private:
    struct Entry {
        std::string name;
        std::uint64_t size_bytes = 0;
        std::uint64_t offset = 0;
        std::uint32_t crc = 0;
    };
    void send(const std::vector<std::uint8_t>& bytes);
    std::vector<std::uint8_t> centralHeader(const Entry& entry) const;
    std::vector<std::uint8_t> endRecords(std::uint64_t start, std::uint64_t size) const;

    Sink sink_;
    std::uint16_t time_ = 0;  ///< MS-DOS
    std::uint16_t date_ = 0;
    std::uint64_t zip64_from_;
    std::uint64_t offset_ = 0;
    std::uint64_t left_ = 0;
    Poco::Checksum checksum_;  ///< of the entry being written
    std::vector<Entry> entries_;
};

}  // namespace porchlight::evidence
