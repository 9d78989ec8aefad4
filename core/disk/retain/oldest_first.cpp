#include "disk/retain/oldest_first.h"

#include <utility>

#include "disk/places.h"

namespace porchlight::disk {
namespace {

constexpr std::size_t kCandidatesPage = 200;

}  // namespace

void OldestFirst::beginStep() noexcept {
    disks_.clear();
    is_searching_ = false;
}

std::uint64_t OldestFirst::diskOf(const std::string& camera) {
    const auto [disk, is_new] = disks_.try_emplace(camera, 0);
    if (is_new) disk->second = volume_.otherDisk(camera);
    return disk->second;
}

std::optional<store::RecordingRow> OldestFirst::find(const Where& where, Deadline until) {
    Cursor& cursor = cursors_[where];
    is_searching_ = false;
    do {
        auto page = store_.recordings.oldest(where.camera, cursor.start, cursor.id, kCandidatesPage);
        for (auto& candidate : page) {
            if (candidate.row.started_at >= known_until_) return std::nullopt;
            const bool is_there = !where.disk || diskOf(candidate.row.camera) == *where.disk;
            if (is_there && !isSpooled(candidate.row.path) && may_go_(candidate))
                return std::move(candidate.row);
            cursor = {candidate.row.started_at, candidate.row.id};
        }
        if (page.size() < kCandidatesPage) return std::nullopt;
    } while (!until.isPast());
    is_searching_ = true;
    return std::nullopt;
}

}  // namespace porchlight::disk
