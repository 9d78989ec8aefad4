#include "app/cli/deep_check.h"

#include <fcntl.h>

#include <thread>

#include "camera/process/helper_process.h"
#include "disk/places.h"

namespace porchlight::app {
namespace {

constexpr std::size_t kDeepPage = 200;
constexpr seconds kLeastPatience{30};
constexpr std::uint64_t kBytesASecond =
    2'000'000;  ///< slower than this no disk and no board reads and decodes
constexpr milliseconds kLookEvery{5};
constexpr int kDoesNotPlay = 10;  ///< of `porchlightd prove`

using camera::HelperProcess;

HelperProcess::End readBack(const std::filesystem::path& daemon, const store::RecordingRow& row,
                            const base::Fd& file, const base::Cancel& cancel) {
    camera::Reaper reaper;
    const microseconds span = *row.ended_at - row.started_at;
    const auto patience = kLeastPatience + seconds(row.bytes / kBytesASecond) + span;
    HelperProcess reader({daemon.string(), "prove", "--whole", std::to_string(span.count())},
                         Monotonic::now() + patience, reaper, file);
    for (;;) {
        if (auto end = reader.ended(Monotonic::now())) return *end;
        cancel.check();
        std::this_thread::sleep_for(kLookEvery);
    }
}

/// Nothing: it plays, or it is none of ours: being written, gone a moment ago, out of reach.
std::optional<disk::Finding> look(const std::filesystem::path& recordings_dir,
                                  const std::filesystem::path& daemon, const store::RecordingRow& row,
                                  const base::Cancel& cancel) {
    if (!row.ended_at || row.bytes == 0) return std::nullopt;
    const base::Fd file(
        ::open(disk::fileOf(recordings_dir, row.path).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!file) return std::nullopt;
    const auto end = readBack(daemon, row, file, cancel);
    if (end.code == 0) return std::nullopt;
    const std::string why = end.code == kDoesNotPlay
                                ? "does not play: " + end.output
                                : "could not be read back (" + end.how + "): " + end.output;
    return disk::Finding{row.path, why, false, false};
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
