/// The smallest stream that the parsers take: one H.264 track of 1000 ticks a second, one picture a fragment.
/// Nothing plays it.
#pragma once

#include "media/box.h"

namespace porchlight::test {

inline base::Bytes tinyInit(std::uint32_t timescale = 1000) {
    using media::fourCc;
    media::BoxWriter out;
    out.open(fourCc("moov"));
    out.open(fourCc("trak"));
    out.openFull(fourCc("tkhd"), 0, 0);
    out.zeros(8);
    out.u32(1);  // number of the track
    out.zeros(68);
    out.close();
    out.open(fourCc("mdia"));
    out.openFull(fourCc("mdhd"), 0, 0);
    out.zeros(8);
    out.u32(timescale);
    out.zeros(8);
    out.close();
    out.openFull(fourCc("hdlr"), 0, 0);
    out.zeros(4);
    out.u32(fourCc("vide"));
    out.zeros(13);
    out.close();
    out.open(fourCc("minf"));
    out.open(fourCc("stbl"));
    out.openFull(fourCc("stsd"), 0, 0);
    out.u32(1);
    out.open(fourCc("avc1"));
    out.zeros(78);
    for (int i = 0; i < 5; ++i) out.close();  // avc1 stsd stbl minf mdia
    out.close();
    out.close();
    return out.take();
}

struct TinyFragment {
    std::uint64_t decode_time = 0;
    std::uint32_t duration = 500;
    bool is_key = true;
};

inline base::Bytes tinyFragment(const TinyFragment& fragment) {
    using media::fourCc;
    media::BoxWriter out;
    out.open(fourCc("moof"));
    out.open(fourCc("traf"));
    out.openFull(fourCc("tfhd"), 0, 0x020000);
    out.u32(1);
    out.close();
    out.openFull(fourCc("tfdt"), 1, 0);
    out.u64(fragment.decode_time);
    out.close();
    out.openFull(fourCc("trun"), 0, 0x701);
    out.u32(1);
    const std::size_t offset_at = out.size();
    out.u32(0);
    out.u32(fragment.duration);
    out.u32(4);
    out.u32(fragment.is_key ? 0 : 0x10000);
    out.close();
    out.close();
    out.close();
    media::putNumber(out.bytes(), offset_at, out.size() + 8, 4);  // the picture lies behind the head of mdat
    out.open(fourCc("mdat"));
    out.u32(0);
    out.close();
    return out.take();
}

/// A JPEG by its first bytes.
inline base::Bytes tinyJpeg(std::size_t size_bytes = 64) {
    base::Bytes out(size_bytes, 0x42);
    for (std::size_t i = 0; i < 3 && i < size_bytes; ++i) out[i] = "\xff\xd8\xff"[i] & 0xff;
    return out;
}

}  // namespace porchlight::test
