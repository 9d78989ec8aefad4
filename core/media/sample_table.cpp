#include <algorithm>
#include <limits>

#include "media/progressive.h"

namespace porchlight::media {
namespace {

using Entries = std::vector<TrackTable::Entry>;

/// Writes runs of equal values as (count, value) pairs, the count of pairs in front.
template <class ValueAt, class WriteValue>
void writeRuns(BoxWriter& out, std::size_t count, ValueAt valueAt, WriteValue writeValue) {
    const std::size_t at = out.size();
    out.u32(0);
    std::uint32_t runs = 0;
    for (std::size_t i = 0; i < count;) {
        std::size_t next = i + 1;
        while (next < count && valueAt(next) == valueAt(i)) ++next;
        out.u32(static_cast<std::uint32_t>(next - i));
        writeValue(valueAt(i));
        ++runs;
        i = next;
    }
    putNumber(out.bytes(), at, runs, 4);
}

void writeTimes(BoxWriter& out, const TrackTable& table) {
    const Entries& samples = table.samples;
    out.openFull(fourCc("stts"), 0, 0);
    const auto delta = [&](std::size_t i) {
        const std::int64_t next = i + 1 < samples.size() ? samples[i + 1].decode_time : table.end;
        return static_cast<std::uint32_t>(std::clamp<std::int64_t>(
            next - samples[i].decode_time, 0, std::numeric_limits<std::uint32_t>::max()));
    };
    writeRuns(out, samples.size(), delta, [&](std::uint32_t value) { out.u32(value); });
    out.close();
    const auto offset = [&](std::size_t i) { return samples[i].composition_offset; };
    if (std::all_of(samples.begin(), samples.end(), [](const auto& s) { return s.composition_offset == 0; }))
        return;
    out.openFull(fourCc("ctts"), 1, 0);
    writeRuns(out, samples.size(), offset, [&](std::int32_t value) { out.i32(value); });
    out.close();
}

void writeKeys(BoxWriter& out, const Entries& samples) {
    if (std::all_of(samples.begin(), samples.end(), [](const auto& s) { return s.is_key; })) return;
    out.openFull(fourCc("stss"), 0, 0);
    out.u32(static_cast<std::uint32_t>(
        std::count_if(samples.begin(), samples.end(), [](const auto& s) { return s.is_key; })));
    for (std::size_t i = 0; i < samples.size(); ++i)
        if (samples[i].is_key) out.u32(static_cast<std::uint32_t>(i + 1));
    out.close();
}

void writeSizes(BoxWriter& out, const Entries& samples) {
    out.openFull(fourCc("stsz"), 0, 0);
    out.u32(0);
    out.u32(static_cast<std::uint32_t>(samples.size()));
    for (const auto& sample : samples) out.u32(sample.size_bytes);
    out.close();
}

void writeChunks(BoxWriter& out, const Entries& samples, std::uint64_t media_base) {
    std::vector<std::uint32_t> counts;
    std::vector<std::uint64_t> offsets;
    for (const auto& sample : samples) {
        if (sample.starts_chunk) {
            counts.push_back(0);
            offsets.push_back(media_base + sample.media_offset);
        }
        ++counts.back();
    }
    out.openFull(fourCc("stsc"), 0, 0);
    const std::size_t at = out.size();
    out.u32(0);
    std::uint32_t entries = 0;
    for (std::size_t i = 0; i < counts.size(); ++i) {
        if (i > 0 && counts[i] == counts[i - 1]) continue;
        out.u32(static_cast<std::uint32_t>(i + 1));
        out.u32(counts[i]);
        out.u32(1);
        ++entries;
    }
    putNumber(out.bytes(), at, entries, 4);
    out.close();
    out.openFull(fourCc("co64"), 0, 0);
    out.u32(static_cast<std::uint32_t>(offsets.size()));
    for (const std::uint64_t offset : offsets) out.u64(offset);
    out.close();
}

}  // namespace

void writeSampleTable(BoxWriter& out, const Track& track, const TrackTable& table, std::uint64_t media_base) {
    out.open(fourCc("stbl"));
    out.raw(track.description);
    writeTimes(out, table);
    if (track.kind == TrackKind::Video) writeKeys(out, table.samples);
    writeSizes(out, table.samples);
    writeChunks(out, table.samples, media_base);
    out.close();
}

}  // namespace porchlight::media
