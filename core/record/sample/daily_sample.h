/// Whether what lies on the disk still plays: one recording of each camera a day.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "record/sample/footage_reading.h"
#include "store/store.h"

namespace porchlight::record {

/// Ten minutes after the start, and from then on once a day, one of a camera's recordings of the last day is
/// read from its begin to its end: any of them, or the newest where the last one did not play. What does not
/// play when it is read a second time (its disk may have gone away) is told for a day at least, and until the
/// newest plays. One reading at a time, whatever the number of
/// cameras; a new stream's first second is read beside it, for it must not wait that long. **Owns** that
/// reading. **Thread**: thread-bound (recorder); opening a file blocks as its disk
/// does.
class DailySample {
  public:
    DailySample(store::Store& store, const base::Clock& clock, std::filesystem::path recordings_dir,
                StartReading start)
        : store_(store),
          clock_(clock),
          recordings_dir_(std::move(recordings_dir)),
          start_(std::move(start)) {}

    void addCamera(const std::string& name);  ///< no news for one that is known
    void removeCamera(const std::string& name);

    /// `may_begin`: the volume is there, and nothing else reads much. Throws Error of the database.
    void tick(bool may_begin);

    /// What does not play, one sentence for each camera; empty while all is well.
    std::string problem() const;

    /// Ends what is being read.
    void stop() noexcept { reading_.reset(); }

  private:
    struct Camera {
        Monotonic::time_point due_at;
        std::optional<store::RecordingRow> doubted;  ///< did not play once
        std::string problem;
        Monotonic::time_point told_until{};
    };
    struct Current {
        std::string camera;
        store::RecordingRow row;
        bool is_second = false;  ///< it did not play before
        std::unique_ptr<FootageReading> reading;
    };
    void begin(const std::string& name, Camera& camera);
    std::optional<store::RecordingRow> choose(const std::string& name, bool wants_newest);
    void note(const Current& read, const FootageReading::Result& result);
    void forget(Camera& camera) const;
    void tellOnce(const std::string& trouble);

    store::Store& store_;
    const base::Clock& clock_;
    const std::filesystem::path recordings_dir_;
    const StartReading start_;
    std::map<std::string, Camera> cameras_;
    std::optional<Current> reading_;
    std::string trouble_;  ///< of the reader itself, last told
};

}  // namespace porchlight::record
