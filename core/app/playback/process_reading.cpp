#include "app/playback/process_reading.h"

#include <string>

#include "ipc/proof_exit.h"

namespace porchlight::app {
namespace {

constexpr seconds kLeastPatience{30};
/// Slower than this no disk and no board reads and decodes.
constexpr std::uint64_t kBytesASecond = 2'000'000;

}  // namespace

ProcessReading::ProcessReading(const std::filesystem::path& daemon, const base::Fd& file, microseconds span,
                               std::uint64_t bytes)
    : process_({daemon.string(), "prove", "--whole", std::to_string(span.count())},
               Monotonic::now() + kLeastPatience + seconds(bytes / kBytesASecond) + span, reaper_, file) {}

std::optional<record::FootageReading::Result> ProcessReading::result() {
    const auto end = process_.ended(Monotonic::now());
    if (!end) return std::nullopt;
    switch (end->code) {
        case ipc::kProofPlays:
            return Result{Verdict::Plays, end->output};
        case ipc::kProofPlaysDamaged:
            return Result{Verdict::Damaged, end->output};
        case ipc::kProofDoesNotPlay:
            return Result{Verdict::Unplayable, end->output};
        default:
            return Result{Verdict::Unknown, end->how + (end->output.empty() ? "" : ": " + end->output)};
    }
}

}  // namespace porchlight::app
