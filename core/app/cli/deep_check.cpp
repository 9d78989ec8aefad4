#include "app/cli/deep_check.h"

#include <fcntl.h>

#include <cerrno>
#include <cstring>
#include <thread>

#include "camera/process/helper_process.h"
#include "disk/places.h"
#include "ipc/proof_exit.h"

namespace porchlight::app {
namespace {

constexpr std::size_t kDeepPage = 200;
constexpr seconds kLeastPatience{30};
constexpr std::uint64_t kBytesASecond =
    2'000'000;  ///< slower than this no disk and no board reads and decodes
constexpr milliseconds kLookEvery{5};

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
    const auto end = readBack(daemon, row, file, cancel);
    if (end.code == ipc::kProofPlays) return std::nullopt;
    const bool is_damaged = end.code == ipc::kProofPlaysDamaged;
    const std::string why = is_damaged ? "plays, damaged in part: "
                            : end.code == ipc::kProofDoesNotPlay
                                ? "does not play: "
                                : "could not be read back (" + end.how + "): ";
    return disk::Finding{row.path, why + end.output, false, is_damaged};
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
