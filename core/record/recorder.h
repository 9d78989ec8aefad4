/// The recorder: fragments and events in, durable recordings and event rows out.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bounded_queue.h"
#include "base/clock.h"
#include "base/hold_timer.h"
#include "base/limits.h"
#include "base/thread.h"
#include "config/config.h"
#include "ledger/coverage_ledger.h"
#include "porchlight/mutex.h"
#include "porchlight/record.h"
#include "record/footage/fragment_ring.h"
#include "record/sample/footage_reading.h"
#include "record/upkeep/clock_trust.h"
#include "record/upkeep/storage_status.h"
#include "store/store.h"

namespace porchlight::record {

/// What is recorded of one camera.
struct CameraRecording {
    std::string name;
    std::string title;
    config::RecordMode mode = config::RecordMode::Motion;
    microseconds pre_roll{5'000'000};
    microseconds post_roll{10'000'000};
    std::uint64_t pre_roll_max_bytes = limit::kPreRoll.standard_bytes;
    std::uint64_t max_bytes = 0;  ///< of its recordings; 0: only the limits of all
    microseconds max_age{0};      ///< of its recordings; 0: as above
};

/// What the dashboard and health say of one camera's recording. Bytes and counts are since the start of the
/// recorder.
struct RecordingStatus {
    bool is_recording = false;  ///< a file is being written
    WallTime durable_at{};      ///< end of the last footage that survives a power cut; 0 when none yet
    std::uint64_t written_bytes = 0;
    std::uint64_t ring_bytes = 0;
    std::uint64_t dropped_fragments = 0;  ///< queue full, unusable, or after a hole
    std::uint64_t held_bytes = 0;         ///< footage in memory that waits for a disk
    bool is_spooled = false;              ///< the file being written is in the spool
    std::string error;                    ///< why nothing can be written now; empty when well
};

struct RecorderOptions {
    static constexpr microseconds kTick{200'000};  ///< how often the recorder looks at what is due

    std::filesystem::path database_file;
    std::filesystem::path recordings_dir;
    std::filesystem::path thumbnails_dir;
    config::StorageConfig storage;
    std::string node;                          ///< id of this appliance, in the marker of its volume
    microseconds sync_interval{1'000'000};     ///< longest time that written footage waits to be synced
    microseconds segment_length{300'000'000};  ///< a new file after this, at a keyframe
    microseconds retry_interval{3'000'000};    ///< after a failed write
    std::uint64_t queue_max_bytes = limit::kRecorderQueue.standard_bytes;
    /// Of health, incidents, recovery attempts, ledger, audit.
    microseconds history_max_age = std::chrono::days(90);
    /// Footage of all cameras that waits in memory for a disk.
    std::uint64_t held_max_bytes = limit::kHeldFootage.standard_bytes;
    WallTime built_at{};           ///< no clock before it is believed
    ClockFactsSource clock_facts;  ///< empty: readClockFacts
    StartReading start_reading;    ///< of the sample of the day; empty: there is none
};

/// Called on the recorder's thread; must not block.
struct RecorderEvents {
    /// Pre-roll, row and thumbnail are on disk, as far as that takes them.
    std::function<void(const store::EventRow&)> on_event_persisted;
    /// What is known of it has grown; its start was told.
    std::function<void(const store::EventRow&)> on_event_updated;
    /// Its picture came after its start, and is on disk.
    std::function<void(const store::EventRow&, const std::vector<std::uint8_t>& jpeg)> on_event_pictured;
    /// No more motion, its row says so; the clip goes on.
    std::function<void(const store::EventRow&)> on_event_ended;
    std::function<void(const store::EventRow&)> on_event_final;  ///< clip complete, row closed
    std::function<void(const StorageIssue&)> on_storage;
};

/// Makes the record plugin's object; called on the recorder's thread. Throws Error.
using SinkFactory = std::function<std::unique_ptr<RecordSink>()>;

class RecorderCore;

/// **Owns** one thread ("recorder"), its database connection, the pre-roll rings and open recordings of all
/// cameras.
/// **Thread**: all functions from any thread; none blocks, except the constructor and stop().
///
/// Memory is bounded: the queue by entries and bytes, of commands as of footage (a camera whose fragment does
/// not fit loses fragments up to its next keyframe, counted), each ring by its own cap. Starts and ends of
/// events, cameras and what they say of themselves are never lost to a full queue: they wait beside it
/// (Late). Disk full and I/O errors end one recording, are logged once, retried every few seconds and shown
/// by status(); they never leave this class. Footage meanwhile goes to the spool (Spool) or waits in memory
/// (held_max_bytes). Over 25 functions: each order from outside is one, and puts a command into the queue.
class Recorder {
  public:
    /// Opens the database on the new thread and ends what was being written; how much is stored does not
    /// matter. Rows and files are compared afterwards, in slices beside everything else
    /// (StorageStatus::housekeeping). Throws what opening the database or making the sink throws.
    Recorder(RecorderOptions options, SinkFactory make_sink, RecorderEvents events, const base::Clock& clock);
    ~Recorder();  ///< stop()

    void addCamera(const CameraRecording& camera);  ///< or changes its settings
    void removeCamera(const std::string& name);     ///< finishes its recording and events
    void onFragment(const std::string& camera, FragmentPtr fragment);
    void onStreamEnded(const std::string& camera);  ///< worker gone or stream restarted

    /// `row` needs id, camera, started_at; clip times and thumbnail flag are set here.
    void eventOpened(const store::EventRow& row, std::vector<std::uint8_t> thumbnail_jpeg);
    void eventUpdated(const store::EventRow& row);
    /// The thumbnail of an event that was opened without one. Lost where the queue is full, or the event is
    /// final already.
    void eventPictured(const std::string& camera, const std::string& id,
                       std::vector<std::uint8_t> thumbnail_jpeg);
    void eventEnded(const store::EventRow& row);  ///< `row.ended_at` and `close_reason` are set

    /// What the camera says of itself, for the coverage ledger.
    void setCondition(const std::string& camera, const ledger::CameraCondition& condition);

    /// Runs small statements (health, audit) on the recorder's connection. `bytes`: what they hold, where
    /// that is more than a few short texts. False when the queue is full.
    bool post(std::function<void(store::Store&)> statements, std::size_t bytes = kStatementBytes);
    static constexpr std::size_t kStatementBytes = 512;

    std::map<std::string, RecordingStatus> status() const;
    std::optional<RecordingStatus> status(const std::string& camera) const;
    StorageStatus storage() const;

    /// Monotonic time of the thread's last round: the watchdog wants it fresh.
    Monotonic::time_point lastTick() const noexcept;

    /// Finishes all recordings and events within 5 s and ends the thread. Idempotent.
    void stop();

  private:
    struct AddCamera {
        CameraRecording camera;
    };
    struct RemoveCamera {
        std::string name;
    };
    struct NewFragment {
        std::string camera;
        FragmentPtr fragment;
    };
    struct StreamEnded {
        std::string camera;
    };
    struct EventOpened {
        store::EventRow row;
        std::vector<std::uint8_t> thumbnail_jpeg;
    };
    struct EventUpdated {
        store::EventRow row;
    };
    struct EventPictured {
        std::string camera;
        std::string id;
        std::vector<std::uint8_t> thumbnail_jpeg;
    };
    struct EventEnded {
        store::EventRow row;
    };
    struct Condition {
        std::string camera;
        ledger::CameraCondition condition;
    };
    using Statements = std::function<void(store::Store&)>;
    using Command = std::variant<AddCamera, RemoveCamera, NewFragment, StreamEnded, EventOpened, EventUpdated,
                                 EventPictured, EventEnded, Condition, Statements>;
    class Late;
    struct Intake {
        bool needs_key = false;
        std::uint64_t dropped = 0;
    };

    bool enqueue(Command command, const char* what, std::size_t held_bytes = 0);
    static std::size_t bytesOf(const Command& command) noexcept;
    void run();
    void publish();
    void dispatch(Command& command);
    static std::string_view nameOf(const Command& command) noexcept;
    bool dispatchLate(Deadline deadline);

    const RecorderOptions options_;
    const SinkFactory make_sink_;
    const RecorderEvents events_;
    const base::Clock& clock_;
    base::BoundedQueue<Command> queue_;
    Mutex late_mutex_;  ///< taken before the queue's own
    std::unique_ptr<Late> late_ PORCHLIGHT_GUARDED_BY(late_mutex_);
    /// Commands in the queue of the kind that late_ keeps.
    std::size_t kept_queued_ PORCHLIGHT_GUARDED_BY(late_mutex_) = 0;
    mutable Mutex mutex_;
    std::map<std::string, Intake> intakes_ PORCHLIGHT_GUARDED_BY(mutex_);
    std::map<std::string, RecordingStatus> status_ PORCHLIGHT_GUARDED_BY(mutex_);
    StorageStatus storage_ PORCHLIGHT_GUARDED_BY(mutex_);
    std::exception_ptr start_error_ PORCHLIGHT_GUARDED_BY(mutex_);
    bool has_started_ PORCHLIGHT_GUARDED_BY(mutex_) = false;
    ConditionVariable started_;
    std::atomic<Monotonic::rep> last_tick_{0};
    std::atomic<bool> is_stopping_{false};
    base::HoldLog holds_;                 ///< of the recorder's thread
    std::unique_ptr<RecorderCore> core_;  ///< thread-bound (recorder)
    base::Thread thread_;
};

}  // namespace porchlight::record
