#include "app/cli/deep_check.h"

#include <fcntl.h>

#include <cerrno>
#include <cstring>
#include <thread>

#include "app/playback/process_reading.h"
#include "disk/places.h"

namespace porchlight::app {
namespace {

constexpr std::size_t kDeepPage = 200;
constexpr milliseconds kLookEvery{5};

using Played = record::FootageReading::Verdict;

record::FootageReading::Result readBack(const std::filesystem::path& daemon, const store::RecordingRow& row,
                                        const base::Fd& file, const base::Cancel& cancel) {
    ProcessReading reading(daemon, file, *row.ended_at - row.started_at, row.bytes);
    for (;;) {
        if (auto result = reading.result()) return *result;
        cancel.check();
        std::this_thread::sleep_for(kLookEvery);
    }
}

/// Nothing: it plays, is being written, or went a moment ago.
std::optional<disk::Finding> look(const std::filesystem::path& recordings_dir,
                                  const std::filesystem::path& daemon, const store::RecordingRow& row,
                                  const base::Cancel& cancel) {
    if (!row.ended_at || row.bytes == 0) return std::nullopt;
    const base::Fd file(
        ::open(disk::fileOf(recordings_dir, row.path).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!file) {
        if (errno == ENOENT) return std::nullopt;  // the check of rows has told what is missing
        return disk::Finding{row.path, "could not be opened: " + std::string(std::strerror(errno)), false,
                             false};
    }
    const auto [verdict, text] = readBack(daemon, row, file, cancel);
    switch (verdict) {
        case Played::Plays:
            return std::nullopt;
        case Played::Damaged:
            return disk::Finding{row.path, "plays, damaged in part: " + text, false, true};
        case Played::Unplayable:
            return disk::Finding{row.path, "does not play: " + text, false, false};
        case Played::Unknown:
            break;
    }
    return disk::Finding{row.path, "could not be read back: " + text, false, false};
}

}  // namespace

std::vector<disk::Finding> checkDeep(store::Store& store, const std::filesystem::path& recordings_dir,
                                     const std::filesystem::path& daemon, const disk::CheckControl& control) {
    std::vector<disk::Finding> out;
    std::uint64_t done = 0;
    std::uint64_t total = 0;
    for (const auto& [camera, sum] : store.recordings.totals()) total += sum.files;
    std::int64_t after = 0;
    for (auto page = store.recordings.existingAfter(after, kDeepPage); !page.empty();
         page = store.recordings.existingAfter(after, kDeepPage))
        for (const auto& row : page) {
            control.cancel.check();
            if (control.on_progress) control.on_progress("playback", done++, total);
            if (auto finding = look(recordings_dir, daemon, row, control.cancel)) out.push_back(*finding);
            after = row.id;
        }
    return out;
}

}  // namespace porchlight::app
