#include "evidence/zip.h"

#include <algorithm>
#include <chrono>

#include "porchlight/error.h"

namespace porchlight::evidence {
namespace {

constexpr std::uint16_t kFlags = 0x0808;  // CRC follows, UTF-8
constexpr std::uint16_t kVersion = 20;
constexpr std::uint16_t kVersion64 = 45;
constexpr std::uint16_t kZip64Extra = 1;
constexpr std::uint32_t kFull = 0xFFFFFFFF;

/// Little-endian numbers.
class Fields {
  public:
    Fields& u16(std::uint64_t value) { return number(value, 2); }
    Fields& u32(std::uint64_t value) { return number(value, 4); }
    Fields& u64(std::uint64_t value) { return number(value, 8); }
    Fields& text(const std::string& value) {
        bytes_.insert(bytes_.end(), value.begin(), value.end());
        return *this;
    }
    Fields& raw(const std::vector<std::uint8_t>& value) {
        bytes_.insert(bytes_.end(), value.begin(), value.end());
        return *this;
    }
    std::vector<std::uint8_t> take() { return std::move(bytes_); }

  private:
    Fields& number(std::uint64_t value, int size) {
        for (int i = 0; i < size; ++i) bytes_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
        return *this;
    }
    std::vector<std::uint8_t> bytes_;
};

}  // namespace

ZipWriter::ZipWriter(Sink sink, WallTime at, std::uint64_t zip64_from)
    : sink_(std::move(sink)), zip64_from_(zip64_from) {
    const auto day = std::chrono::floor<std::chrono::days>(at);
    const std::chrono::year_month_day date(std::chrono::sys_days(day.time_since_epoch()));
    const std::chrono::hh_mm_ss time(std::chrono::floor<seconds>(at - day));
    const int year = std::clamp(static_cast<int>(date.year()), 1980, 2107);
    date_ = static_cast<std::uint16_t>(static_cast<unsigned>(year - 1980) << 9U |
                                       static_cast<unsigned>(date.month()) << 5U |
                                       static_cast<unsigned>(date.day()));
    time_ = static_cast<std::uint16_t>(static_cast<unsigned>(time.hours().count()) << 11U |
                                       static_cast<unsigned>(time.minutes().count()) << 5U |
                                       static_cast<unsigned>(time.seconds().count()) / 2U);
}

void ZipWriter::send(const std::vector<std::uint8_t>& bytes) {
    sink_(bytes);
    offset_ += bytes.size();
}

void ZipWriter::begin(const std::string& name, std::uint64_t size_bytes) {
    entries_.push_back({name, size_bytes, offset_, 0});
    left_ = size_bytes;
    checksum_ = Poco::Checksum(Poco::Checksum::TYPE_CRC32);
    const bool is_large = size_bytes >= zip64_from_;
    Fields header;
    header.u32(0x04034b50)
        .u16(is_large ? kVersion64 : kVersion)
        .u16(kFlags)
        .u16(0)
        .u16(time_)
        .u16(date_)
        .u32(0);
    header.u32(is_large ? kFull : size_bytes)
        .u32(is_large ? kFull : size_bytes)
        .u16(name.size())
        .u16(is_large ? 20 : 0)
        .text(name);
    if (is_large) header.u16(kZip64Extra).u16(16).u64(size_bytes).u64(size_bytes);
    send(header.take());
}

void ZipWriter::write(std::span<const std::uint8_t> bytes) {
    if (bytes.size() > left_)
        throw Error(ErrorKind::Internal, "zip: " + entries_.back().name + " is longer than it said");
    checksum_.update(reinterpret_cast<const char*>(bytes.data()), static_cast<unsigned>(bytes.size()));
    left_ -= bytes.size();
    sink_(bytes);
    offset_ += bytes.size();
}

void ZipWriter::end() {
    Entry& entry = entries_.back();
    if (left_ != 0) throw Error(ErrorKind::Internal, "zip: " + entry.name + " is shorter than it said");
    entry.crc = checksum_.checksum();
    Fields descriptor;
    descriptor.u32(0x08074b50).u32(entry.crc);
    if (entry.size_bytes >= zip64_from_)
        descriptor.u64(entry.size_bytes).u64(entry.size_bytes);
    else
        descriptor.u32(entry.size_bytes).u32(entry.size_bytes);
    send(descriptor.take());
}

std::vector<std::uint8_t> ZipWriter::centralHeader(const Entry& entry) const {
    const bool is_large = entry.size_bytes >= zip64_from_;
    const bool is_far = entry.offset >= zip64_from_;
    Fields extra;
    if (is_large || is_far) extra.u16(kZip64Extra).u16((is_large ? 16U : 0U) + (is_far ? 8U : 0U));
    if (is_large) extra.u64(entry.size_bytes).u64(entry.size_bytes);
    if (is_far) extra.u64(entry.offset);
    const auto extra_bytes = extra.take();
    Fields header;
    header.u32(0x02014b50)
        .u16(3U << 8U | kVersion64)
        .u16(is_large || is_far ? kVersion64 : kVersion)
        .u16(kFlags)
        .u16(0);
    header.u16(time_)
        .u16(date_)
        .u32(entry.crc)
        .u32(is_large ? kFull : entry.size_bytes)
        .u32(is_large ? kFull : entry.size_bytes);
    header.u16(entry.name.size()).u16(extra_bytes.size()).u16(0).u16(0).u16(0).u32(0100644U << 16U);
    return header.u32(is_far ? kFull : entry.offset).text(entry.name).raw(extra_bytes).take();
}

std::vector<std::uint8_t> ZipWriter::endRecords(std::uint64_t start, std::uint64_t size) const {
    const std::uint64_t count = entries_.size();
    const bool is_large = start >= zip64_from_ || size >= zip64_from_ || count >= 0xFFFF;
    Fields end;
    if (is_large) {
        end.u32(0x06064b50)
            .u64(44)
            .u16(3U << 8U | kVersion64)
            .u16(kVersion64)
            .u32(0)
            .u32(0)
            .u64(count)
            .u64(count)
            .u64(size)
            .u64(start);
        end.u32(0x07064b50).u32(0).u64(start + size).u32(1);
    }
    const std::uint64_t short_count = is_large ? 0xFFFF : count;
    end.u32(0x06054b50)
        .u16(0)
        .u16(0)
        .u16(short_count)
        .u16(short_count)
        .u32(is_large ? kFull : size)
        .u32(is_large ? kFull : start);
    return end.u16(0).take();
}

void ZipWriter::finish() {
    const std::uint64_t start = offset_;
    for (const Entry& entry : entries_) send(centralHeader(entry));
    send(endRecords(start, offset_ - start));
}

std::uint64_t ZipWriter::sizeOf(const std::vector<Item>& items, std::uint64_t zip64_from) {
    ZipWriter zip([](std::span<const std::uint8_t>) {}, WallTime{}, zip64_from);
    for (const Item& item : items) {
        zip.begin(item.name, item.size_bytes);
        zip.offset_ += item.size_bytes;
        zip.left_ = 0;
        zip.end();
    }
    zip.finish();
    return zip.written();
}

}  // namespace porchlight::evidence
