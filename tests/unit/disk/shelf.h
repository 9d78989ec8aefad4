/// Recordings on a shelf, known to a database or not, for tests of what a start makes of them.
#pragma once

#include <algorithm>

#include "disk/places.h"
#include "disk/recover/check.h"
#include "disk/recover/recovery.h"
#include "support/catch.h"
#include "unit/media/footage.h"

namespace shelf {

using namespace porchlight;
using namespace porchlight::disk;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

inline constexpr WallTime kStart{microseconds{1'790'000'000'000'000}};  // where the fake clock starts

inline store::EventRow eventAt(const std::string& id, WallTime at) {
    store::EventRow row;
    row.id = id;
    row.camera = "porch";
    row.started_at = at;
    row.clip_started_at = at;
    return row;
}

inline std::vector<std::uint8_t> bytesOf(const footage::Stream& stream) {
    auto out = stream.init->bytes;
    for (const auto& part : stream.fragments) out.insert(out.end(), part->bytes.begin(), part->bytes.end());
    return out;
}

/// A recording's file below the folder, under its proper name, of whole fragments; where it lies there.
inline fs::path place(const fs::path& dir, const footage::Stream& stream, WallTime at) {
    const fs::path relative = recordingPath("porch", at);
    fs::create_directories((dir / relative).parent_path());
    footage::writeAll(dir / relative, bytesOf(stream));
    return relative;
}

/// Some recordings of a camera, a minute apart, and what a start makes of them.
struct Shelf {
    footage::Folder folder;
    fs::path dir = folder / "recordings";
    footage::Stream stream = footage::split(footage::make(folder, "s.mp4"), kStart);
    store::Store store{folder / "porchlight.db"};

    void put(const fs::path& relative, const std::vector<std::uint8_t>& bytes) const {
        fs::create_directories((dir / relative).parent_path());
        footage::writeAll(dir / relative, bytes);
        fs::last_write_time(dir / relative, fs::file_time_type::clock::now() - 1min);
    }
    fs::path put(WallTime at, const std::string& camera = "porch") const {
        const auto relative = recordingPath(camera, at);
        put(relative, bytesOf(stream));
        return relative;
    }
    /// `count` of them, known to the database.
    void fill(int count, const std::string& camera = "porch") {
        footage::writeAll(folder / "recordings-made", {});
        for (int i = 0; i < count; ++i) put(kStart + 1min * i, camera);
        footage::writeAll(dir / ".porchlight-volume", {'x'});
        recover(store, dir);
        REQUIRE(existing(camera) == static_cast<std::size_t>(count));
    }
    std::size_t existing(const std::string& camera = "porch") {
        return store.recordings.overlapping(camera, WallTime{}, kStart + 24h).size();
    }
    std::size_t wrong(bool repair = false) {
        std::size_t out = 0;
        for (const auto& finding : check(store, dir, {}, repair)) out += finding.is_note ? 0 : 1;
        return out;
    }
};

inline bool contains(const std::vector<std::string>& texts, const std::string& part) {
    return std::any_of(texts.begin(), texts.end(),
                       [&](const auto& text) { return text.find(part) != std::string::npos; });
}

}  // namespace shelf
