/// What runs on the recorder's thread.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "record/camera_recorder.h"
#include "record/retention.h"

namespace porchlight::record {

/// **Owns** the database connection, the record plugin's object and the cameras. **Thread**: thread-bound (recorder).
class RecorderCore {
  public:
    /// Opens the database and recovers from a crash. Throws Error.
    RecorderCore(const RecorderOptions& options, const SinkFactory& make_sink, const RecorderEvents& events,
                 const base::Clock& clock);

    void addCamera(const CameraRecording& settings);
    void removeCamera(const std::string& name);
    CameraRecorder* find(const std::string& name) noexcept;
    store::Store& store() noexcept { return store_; }
    CoverageLedger& ledger() noexcept { return ledger_; }

    void tick();
    void finish();
    std::map<std::string, RecordingStatus> status() const;

  private:
    void recoverOrMakeRoom();
    void keepWithinLimits();
    template <class Action>
    void withLedger(Action action);

    store::Store store_;
    std::unique_ptr<RecordSink> sink_;
    CoverageLedger ledger_;
    std::string ledger_error_;
    RecorderContext context_;
    Retention retention_;
    std::map<std::string, std::unique_ptr<CameraRecorder>> cameras_;
    Monotonic::time_point next_retention_{};
    Monotonic::time_point next_history_{};
};

}  // namespace porchlight::record
