/// A recording under `porchlightd prove`.
#pragma once

#include <filesystem>
#include <optional>

#include "camera/process/helper_process.h"
#include "camera/process/reaper.h"
#include "record/sample/footage_reading.h"

namespace porchlight::app {

/// Has a recording read from its begin to its end and of each group of pictures one decoded by
/// `daemon prove --whole` (worker/proof/proof.h), a confined process; its length is compared with `span`.
/// Bounded by half a minute, and what the slowest disk and board take for so much. **Owns** the process.
/// **Thread**: thread-bound; nothing blocks.
class ProcessReading final : public record::FootageReading {
  public:
    /// Throws Error(Unavailable) when it cannot be started.
    ProcessReading(const std::filesystem::path& daemon, const base::Fd& file, microseconds span,
                   std::uint64_t bytes);

    std::optional<Result> result() override;

  private:
    camera::Reaper reaper_;
    camera::HelperProcess process_;
};

}  // namespace porchlight::app
