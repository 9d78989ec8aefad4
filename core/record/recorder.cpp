#include "record/recorder.h"

#include <algorithm>

#include "base/budgets.h"
#include "base/log.h"
#include "record/late_commands.h"
#include "record/recorder_core.h"

namespace porchlight::record {
namespace {

constexpr std::size_t kMaxFragments = 1024;  // of the queue; what is above is for events and rows
constexpr std::size_t kMaxCommands = 2048;
constexpr std::uint64_t kCommandBytes = 8ULL << 20U;
constexpr milliseconds kSlice{
    20};  // of housekeeping; a commit more: together the recorder waits less than 100 ms
constexpr milliseconds kBetweenSlices{40};

template <class... T>
std::size_t texts(const T&... text) noexcept {
    return (text.size() + ...);
}

}  // namespace

Recorder::Recorder(RecorderOptions options, SinkFactory make_sink, RecorderEvents events,
                   const base::Clock& clock)
    : options_(std::move(options)),
      make_sink_(std::move(make_sink)),
      events_(std::move(events)),
      clock_(clock),
      queue_(kMaxCommands, options_.queue_max_bytes + kCommandBytes),
      late_(std::make_unique<Late>()),
      holds_("recorder", clock) {
    thread_ = base::Thread("recorder", [this] { run(); });
    UniqueLock lock(mutex_);
    started_.wait(lock, [this]() PORCHLIGHT_REQUIRES(mutex_) { return has_started_; });
    if (!start_error_) return;
    lock.unlock();
    thread_.join();
    std::rethrow_exception(start_error_);
}

Recorder::~Recorder() {
    stop();
}

void Recorder::stop() {
    is_stopping_ = true;
    queue_.close();
    thread_.join();
}

std::size_t Recorder::bytesOf(const Command& command) noexcept {
    struct Held {
        std::size_t operator()(const AddCamera& c) const { return texts(c.camera.name, c.camera.title); }
        std::size_t operator()(const RemoveCamera& c) const { return c.name.size(); }
        std::size_t operator()(const NewFragment& c) const {
            return c.camera.size() + c.fragment->bytes.size();
        }
        std::size_t operator()(const StreamEnded& c) const { return c.camera.size(); }
        std::size_t operator()(const EventOpened& c) const { return of(c.row) + c.thumbnail_jpeg.size(); }
        std::size_t operator()(const EventUpdated& c) const { return of(c.row); }
        std::size_t operator()(const EventPictured& c) const {
            return texts(c.camera, c.id) + c.thumbnail_jpeg.size();
        }
        std::size_t operator()(const EventEnded& c) const { return of(c.row); }
        std::size_t operator()(const Condition& c) const { return texts(c.camera, c.condition.detail); }
        std::size_t operator()(const Statements&) const { return 0; }  // only who made them knows
        static std::size_t of(const store::EventRow& row) {
            return texts(row.id, row.camera, row.zone, row.label, row.note, row.close_reason,
                         row.footage_gone_reason);
        }
    };
    return sizeof(Command) + std::visit(Held{}, command);
}

/// Kept commands stay in order: while some are late, those that follow are late as well.
bool Recorder::enqueue(Command command, const char* what, std::size_t held_bytes) {
    const std::size_t bytes = bytesOf(command) + held_bytes;
    const bool is_kept = Late::keeps(command);
    const LockGuard lock(late_mutex_);
    if ((!is_kept || late_->empty()) && queue_.tryPush(command, bytes)) {
        kept_queued_ += is_kept ? 1 : 0;
        return true;
    }
    if (is_stopping_) return false;
    if (!is_kept) {
        base::logError("recorder", std::string("the queue is full: ") + what + " is lost");
        return false;
    }
    if (late_->empty())
        base::logWarning("recorder", std::string("the queue is full: ") + what + " waits beside it");
    const auto lost_before = late_->lostEvents();
    late_->add(std::move(command));
    if (late_->lostEvents() > lost_before)
        base::logError("recorder", "too many events wait for the recorder: the oldest is lost");
    return true;
}

/// What is late is later than all kept commands in the queue. True: some are left when the time is over.
bool Recorder::dispatchLate(Deadline deadline) {
    for (;;) {
        std::optional<Command> command;
        {
            const LockGuard lock(late_mutex_);
            if (kept_queued_ == 0) command = late_->next();
        }
        if (!command) return false;
        dispatch(*command);
        if (deadline.isPast()) return true;
    }
}

void Recorder::addCamera(const CameraRecording& camera) {
    enqueue(AddCamera{camera}, "a camera");
}
void Recorder::removeCamera(const std::string& name) {
    enqueue(RemoveCamera{name}, "a camera's removal");
}
void Recorder::onStreamEnded(const std::string& camera) {
    enqueue(StreamEnded{camera}, "a stream's end");
}

void Recorder::onFragment(const std::string& camera, FragmentPtr fragment) {
    if (!fragment || !fragment->init) return;
    Command command = NewFragment{camera, fragment};
    const std::size_t bytes = bytesOf(command);
    const LockGuard lock(mutex_);
    Intake& intake = intakes_[camera];
    if (intake.needs_key && !fragment->starts_with_key) {
        ++intake.dropped;
        return;
    }
    const bool fits = queue_.size() < kMaxFragments && queue_.bytes() + bytes <= options_.queue_max_bytes;
    if (fits && queue_.push(std::move(command), bytes)) {
        intake.needs_key = false;
        return;
    }
    if (!intake.needs_key && !is_stopping_)
        base::logWarning("recorder/" + camera,
                         "the disk is too slow: fragments are dropped up to the next keyframe");
    intake.needs_key = true;
    ++intake.dropped;
}

void Recorder::eventOpened(const store::EventRow& row, std::vector<std::uint8_t> thumbnail_jpeg) {
    enqueue(EventOpened{row, std::move(thumbnail_jpeg)}, "an event's start");
}

void Recorder::eventUpdated(const store::EventRow& row) {
    enqueue(EventUpdated{row}, "an event's update");
}
void Recorder::eventPictured(const std::string& camera, const std::string& id,
                             std::vector<std::uint8_t> thumbnail_jpeg) {
    enqueue(EventPictured{camera, id, std::move(thumbnail_jpeg)}, "an event's picture");
}
void Recorder::eventEnded(const store::EventRow& row) {
    enqueue(EventEnded{row}, "an event's end");
}
void Recorder::setCondition(const std::string& camera, const ledger::CameraCondition& condition) {
    enqueue(Condition{camera, condition}, "a camera's condition");
}
bool Recorder::post(std::function<void(store::Store&)> statements, std::size_t bytes) {
    return enqueue(Statements(std::move(statements)), "a row", bytes);
}

std::map<std::string, RecordingStatus> Recorder::status() const {
    const LockGuard lock(mutex_);
    auto out = status_;
    for (auto& [name, camera] : out) {
        const auto intake = intakes_.find(name);
        if (intake != intakes_.end()) camera.dropped_fragments += intake->second.dropped;
    }
    return out;
}

std::optional<RecordingStatus> Recorder::status(const std::string& camera) const {
    const LockGuard lock(mutex_);
    const auto found = status_.find(camera);
    if (found == status_.end()) return std::nullopt;
    auto out = found->second;
    const auto intake = intakes_.find(camera);
    if (intake != intakes_.end()) out.dropped_fragments += intake->second.dropped;
    return out;
}

StorageStatus Recorder::storage() const {
    const LockGuard lock(mutex_);
    return storage_;
}

Monotonic::time_point Recorder::lastTick() const noexcept {
    return Monotonic::time_point(Monotonic::duration(last_tick_.load()));
}

void Recorder::run() {
    std::exception_ptr start_error;
    try {
        core_ =
            std::make_unique<RecorderCore>(options_, make_sink_, events_, clock_, base::Cancel(is_stopping_));
    } catch (...) {
        start_error = std::current_exception();
    }
    {
        const LockGuard lock(mutex_);
        start_error_ = start_error;
        has_started_ = true;
    }
    started_.notifyAll();
    if (!core_) return;
    std::optional<Monotonic::time_point> give_up_at;
    auto next_tick = Monotonic::now();
    auto next_slice = next_tick;
    for (;;) {
        auto command =
            queue_.pop(Deadline(core_->isHousekeeping() ? std::min(next_tick, next_slice) : next_tick));
        if (command) {
            dispatch(*command);
            const LockGuard lock(late_mutex_);
            kept_queued_ -= Late::keeps(*command) ? 1 : 0;
        }
        const bool has_late = dispatchLate(Deadline(next_tick));
        const auto now = Monotonic::now();
        if (now >= next_slice && !is_stopping_) {
            const base::HoldTimer held(holds_, "housekeeping");
            core_->keepHouse(Deadline::in(kSlice));
            next_slice = Monotonic::now() + kBetweenSlices;
        }
        if (is_stopping_ && !give_up_at) give_up_at = now + budget::kRecorderStop;
        if (is_stopping_ && ((!command && !has_late) || now > *give_up_at)) break;
        if (now < next_tick) continue;
        try {
            const base::HoldTimer held(holds_, "tick");
            core_->tick();
        } catch (const std::exception& error) {
            base::logError("recorder", error.what());
        }
        next_tick = Monotonic::now() + RecorderOptions::kTick;
        last_tick_ = Monotonic::now().time_since_epoch().count();
        publish();
        core_->tellIssues();
    }
    core_->finish();
    publish();
    core_.reset();
}

void Recorder::publish() {
    auto status = core_->status();
    auto storage = core_->storage();
    const LockGuard lock(mutex_);
    status_ = std::move(status);
    storage_ = std::move(storage);
}

std::string_view Recorder::nameOf(const Command& command) noexcept {
    constexpr std::string_view kNames[] = {"a camera",
                                           "a camera's removal",
                                           "a fragment",
                                           "a stream's end",
                                           "an event's start",
                                           "an event's update",
                                           "an event's picture",
                                           "an event's end",
                                           "a camera's condition",
                                           "rows"};
    static_assert(std::size(kNames) == std::variant_size_v<Command>);
    return kNames[command.index()];
}

void Recorder::dispatch(Command& command) {
    const base::HoldTimer held(holds_, nameOf(command));
    struct Visitor {
        RecorderCore& core;
        void operator()(AddCamera& c) const { core.addCamera(c.camera); }
        void operator()(RemoveCamera& c) const { core.removeCamera(c.name); }
        void operator()(NewFragment& c) const {
            if (auto* camera = core.find(c.camera)) camera->onFragment(std::move(c.fragment));
        }
        void operator()(StreamEnded& c) const {
            if (auto* camera = core.find(c.camera)) camera->onStreamEnded();
        }
        void operator()(EventOpened& c) const {
            if (auto* camera = core.find(c.row.camera)) camera->openEvent(c.row, c.thumbnail_jpeg);
        }
        void operator()(EventUpdated& c) const {
            if (auto* camera = core.find(c.row.camera)) camera->updateEvent(c.row);
        }
        void operator()(EventPictured& c) const {
            if (auto* camera = core.find(c.camera)) camera->pictureEvent(c.id, c.thumbnail_jpeg);
        }
        void operator()(EventEnded& c) const {
            if (auto* camera = core.find(c.row.camera)) camera->endEvent(c.row);
        }
        void operator()(Condition& c) const { core.ledger().setCondition(c.camera, c.condition); }
        void operator()(Statements& statements) const { statements(core.store()); }
    };
    try {
        std::visit(Visitor{*core_}, command);
    } catch (const std::exception& error) {  // also what a record plugin or std::filesystem throws
        base::logError("recorder", error.what());
    }
    if (const auto* update = std::get_if<EventUpdated>(&command);
        update != nullptr && events_.on_event_updated)
        events_.on_event_updated(update->row);
    // The owner is told of an end even when the disk is not able to remember it.
    if (const auto* end = std::get_if<EventEnded>(&command); end != nullptr && events_.on_event_ended)
        events_.on_event_ended(end->row);
}

}  // namespace porchlight::record
