#include "worker/worker.h"

#include <poll.h>
#include <unistd.h>

extern "C" {
#include <libavformat/avformat.h>
}

#include <algorithm>
#include <cerrno>

#include "base/budgets.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/secret/secrets.h"
#include "worker/stream/packet_check.h"
#include "worker/stream/stream_probe.h"

namespace porchlight::worker {
namespace {

constexpr milliseconds kStopDeadline{1'300};
constexpr milliseconds kOrphanDeadline{700};
constexpr milliseconds kFlushDeadline{400};

std::string versionText(const char* name, unsigned version) {
    return std::string(name) + " " + std::to_string(AV_VERSION_MAJOR(version)) + "." +
           std::to_string(AV_VERSION_MINOR(version)) + "." + std::to_string(AV_VERSION_MICRO(version));
}

ipc::Hello makeHello() {
    ipc::Hello hello;
    hello.pid = ::getpid();
    hello.version = PORCHLIGHT_VERSION;
    hello.libraries =
        versionText("libavformat", avformat_version()) + ", " + versionText("libavcodec", avcodec_version());
    return hello;
}

/// Throws Error(BadData) for a packet that is none of its codec.
void checkForm(const StreamFormat& format, const Sample& sample) {
    const auto* packet = std::get_if<Packet>(&sample);
    if (packet && !hasFormOf(format, *packet))
        throw Error(ErrorKind::BadData, std::string("packets are no ") + nameOf(format.video));
}

/// The word of a source that its picture is still this one counts like a look at it.
void believe(const Sample& sample, Progress& progress) noexcept {
    const auto* packet = std::get_if<Packet>(&sample);
    if (packet && packet->is_unchanged)
        progress.last_judged_us = progress.last_distinct_us = monotonicUs(Monotonic::now());
}

}  // namespace

Worker::Worker(base::Fd socket, PluginSource& plugins, const base::Clock& clock, Confine confine)
    : plugins_(plugins),
      clock_(clock),
      confine_(std::move(confine)),
      outbox_(waker_, progress_),
      channel_(std::move(socket), limit::kChannelBytes) {}

Worker::~Worker() {
    if (companion_) companion_->stop();
    if (main_) main_->stop();
    if (sub_) sub_->stop();
}

void Worker::log(std::uint8_t level, std::string_view component, std::string_view text) noexcept {
    try {
        outbox_.put(ipc::LogLine{level, std::string(component), base::hideSecrets(text)});
    } catch (const std::bad_alloc&) {
        return;  // no memory for a log line: the heartbeat goes on
    }
}

int Worker::run() {
    int code = 0;
    Ending ending = Ending::Stopped;
    try {
        outbox_.put(makeHello());
        ending = serve();
    } catch (const Error& error) {
        ending = Ending::PeerGone;
        if (error.kind() == ErrorKind::BadData) code = 2;
    }
    shutDown(ending);
    if (ending == Ending::Exhausted) code = 3;
    return code;
}

Worker::Ending Worker::serve() {
    auto beat_at = Monotonic::now();
    for (;;) {
        outbox_.pump(channel_);
        const auto left = Deadline(beat_at).remaining();
        pollfd entries[2] = {{channel_.fd(), channel_.wantedEvents(), 0}, {waker_.fd(), POLLIN, 0}};
        if (::poll(entries, 2, static_cast<int>(left.count())) < 0 && errno != EINTR)
            throw base::errnoError("poll", errno);
        if (entries[1].revents != 0) waker_.drain();
        if (entries[0].revents != 0 && !receiveAll()) return Ending::Stopped;
        giveUpUndecodable();
        if (is_exhausted_) return Ending::Exhausted;
        const auto now = Monotonic::now();
        if (now < beat_at) continue;
        chooseDetectedStream();
        ipc::Heartbeat beat = heartbeat_.make(progress_, queues());
        if (is_sub_absent_) beat.sub_phase = ipc::CapturePhase::Ended;
        outbox_.put(std::move(beat));
        expireStills();
        if (companion_) companion_->look();
        beat_at = std::max(beat_at + budget::kHeartbeat, now);
    }
}

bool Worker::receiveAll() {
    while (const auto message = channel_.receive())
        if (!dispatch(*message)) return false;
    return true;
}

/// False: stop.
bool Worker::dispatch(const ipc::Message& message) {
    if (std::holds_alternative<ipc::Stop>(message)) return false;
    if (const auto* setup = std::get_if<ipc::Setup>(&message)) {
        if (!is_set_up_) start(*setup);
        return true;
    }
    if (const auto* still = std::get_if<ipc::StillRequest>(&message)) {
        if (main_analysis_)
            main_analysis_->viewers().requestStill(*still);
        else
            outbox_.put(ipc::Still{still->id, 0, "the camera is not set up yet", {}});
        return true;
    }
    if (const auto* told = std::get_if<ipc::Command>(&message)) {
        command(*told);
        return true;
    }
    if (!is_set_up_) return true;
    if (const auto* live = std::get_if<ipc::Live>(&message)) {
        setLive(*live);
    } else if (std::holds_alternative<ipc::KeyframeRequest>(message)) {
        recorder_->requestKeyframe();
        if (companion_) companion_->requestKeyframe();
    } else if (std::holds_alternative<ipc::RestartStream>(message)) {
        main_->restart();
        if (sub_) sub_->restart();
    } else if (const auto* detect = std::get_if<ipc::DetectSwitch>(&message)) {
        is_detect_on_ = detect->is_on;
        chooseDetectedStream();
    } else {
        throw Error(ErrorKind::BadData, "a message from a worker came to a worker");
    }
    return true;
}

void Worker::command(const ipc::Command& command) {
    if (companion_) return companion_->take(command);
    outbox_.put(ipc::CommandAnswer{
        command.id, is_set_up_ ? "plugin " + setup_.source_plugin + " tells its cameras nothing to do"
                               : "the camera is not set up yet"});
}

void Worker::setLive(const ipc::Live& live) {
    main_analysis_->viewers().setLive(live);
    if (!live.is_wanted) outbox_.forgetLive();
    recorder_->setWatched(live.wants_parts);
    if (!live.wants_parts) outbox_.forgetParts();
}

void Worker::expireStills() {
    if (!main_analysis_) return;
    if (progress_.main.phase == ipc::CapturePhase::Resting)
        main_analysis_->viewers().refuseStills("the camera is not there; it is tried again");
    else if (progress_.main.phase == ipc::CapturePhase::Ended)
        main_analysis_->viewers().refuseStills("the file has ended");
    else
        main_analysis_->viewers().refuseStills("no picture came in time", budget::kStillInWorker);
}

std::shared_ptr<DetectionStage> Worker::makeDetection() {
    if (setup_.detect_plugin.empty()) return nullptr;
    try {
        std::unique_ptr<Detector> detector = plugins_.makeDetector(setup_);
        detector->configure(setup_.detect);
        return std::make_shared<DetectionStage>(std::move(detector), setup_.detect_rate_hz, clock_, outbox_,
                                                progress_);
    } catch (const Error& error) {
        outbox_.put(
            ipc::Fault{"capture_failure", error.kind(), std::string("detection is off: ") + error.what()});
        return nullptr;
    }
}

void Worker::start(const ipc::Setup& setup) {
    setup_ = setup;
    is_set_up_ = true;
    is_detect_on_ = setup.is_detect_on;
    set_up_at_ = Monotonic::now();
    base::keepSecretsOfEnvironment();
    for (const Settings* settings : {&setup_.source, &setup_.sub})
        for (const auto& [name, value] : settings->values()) base::keepSecrets(base::secretsIn(value));
    try {
        base::keepSecrets(plugins_.secretsOf(setup_));
    } catch (const Error& error) {
        log(static_cast<std::uint8_t>(base::LogLevel::Warning), "worker", error.what());
    }
    try {
        if (confine_) confine_(setup);
    } catch (const Error& error) {
        log(static_cast<std::uint8_t>(base::LogLevel::Warning), "sandbox", error.what());
    }
    outbox_.setMaxBytes(setup.queue_max_bytes);
    const std::size_t queue_bytes = std::min<std::size_t>(setup.queue_max_bytes, limit::kAnalysisBytes);
    analysis_max_bytes_ = queue_bytes;
    recorder_ = std::make_unique<Recorder>(setup_, clock_, outbox_, progress_);
    const std::shared_ptr<DetectionStage> detection = makeDetection();
    if (setup.has_sub) startSub(queue_bytes, detection);
    startMain(queue_bytes, detection);
    startCompanion();
}

/// Never in the way of pictures: what fails here is told, and they come all the same.
void Worker::startCompanion() {
    try {
        if (!plugins_.hasCompanion(setup_)) return;
        companion_ = std::make_unique<CompanionDesk>([this] { return plugins_.makeCompanion(setup_); },
                                                     setup_, outbox_, clock_);
    } catch (const std::exception& error) {
        log(static_cast<std::uint8_t>(base::LogLevel::Warning), "companion", error.what());
    }
}

void Worker::startMain(std::size_t queue_bytes, std::shared_ptr<DetectionStage> detection) {
    main_analysis_ = std::make_unique<Analysis>("analysis", std::move(detection), queue_bytes,
                                                microseconds(setup_.frame_timeout_us), clock_, outbox_,
                                                progress_, [this] { waker_.notify(); });
    main_analysis_->setDetecting(is_detect_on_ && !setup_.has_sub);
    main_analysis_->setJudging(!setup_.has_sub);
    auto format = std::make_shared<StreamFormat>();  // capture thread only
    CaptureLoop::Sinks sinks;
    sinks.opened = [this, format](const SourceInfo& info) {
        *format = info.format;
        recorder_->opened(info);
        main_analysis_->begin(info.format);
    };
    sinks.format_changed = [this, format](const StreamFormat& changed) {
        const bool is_sound_alone = hasSamePictures(*format, changed);
        *format = changed;
        if (is_sound_alone) return recorder_->soundChanged(changed);
        recorder_->formatChanged(changed);
        main_analysis_->begin(changed);
    };
    sinks.sample = [this, format](Sample&& sample) {
        checkForm(*format, sample);
        if (!setup_.has_sub || is_sub_absent_) believe(sample, progress_);
        main_analysis_->push(sample);
        recorder_->add(sample);
    };
    sinks.closed = [this] { recorder_->closed(); };
    sinks.fault = [this](ipc::Fault&& fault) {
        main_analysis_->viewers().refuseStills(fault.text);
        outbox_.put(std::move(fault));
    };
    sinks.exhausted = [this] { endExhausted(); };
    main_ = std::make_unique<CaptureLoop>(
        "main", [this] { return plugins_.makeSource(setup_); }, setup_.source, patience(), progress_.main,
        std::move(sinks));
}

CaptureLoop::Patience Worker::patience() const {
    return {microseconds(setup_.open_timeout_us), microseconds(setup_.frame_timeout_us)};
}

void Worker::startSub(std::size_t queue_bytes, std::shared_ptr<DetectionStage> detection) {
    sub_analysis_ = std::make_unique<Analysis>("analysis-sub", std::move(detection), queue_bytes,
                                               microseconds(setup_.frame_timeout_us), clock_, outbox_,
                                               progress_, [this] { waker_.notify(); });
    sub_analysis_->setDetecting(is_detect_on_);
    auto format = std::make_shared<StreamFormat>();  // capture thread only
    CaptureLoop::Sinks sinks;
    sinks.opened = [this, format](const SourceInfo& info) {
        is_sub_absent_ = false;
        sub_analysis_->begin(*format = info.format);
    };
    sinks.format_changed = [this, format](const StreamFormat& changed) {
        const bool is_sound_alone = hasSamePictures(*format, changed);
        *format = changed;
        if (!is_sound_alone) sub_analysis_->begin(changed);
    };
    sinks.sample = [this, format](Sample&& sample) {
        checkForm(*format, sample);
        believe(sample, progress_);
        sub_analysis_->push(sample);
    };
    sinks.closed = [] {};
    // Not a fault of the camera: its main stream records on, and is detected on meanwhile.
    sinks.fault = [this](ipc::Fault&& fault) {
        if (fault.kind == ErrorKind::NotSupported) return tellNoSub(fault.text);
        log(static_cast<std::uint8_t>(base::LogLevel::Warning), "sub", fault.issue + ": " + fault.text);
    };
    sinks.exhausted = [this] { endExhausted(); };
    sub_ = std::make_unique<CaptureLoop>(
        "sub", [this] { return plugins_.makeSource(setup_); }, setup_.sub, patience(), progress_.sub,
        std::move(sinks));
}

/// No trouble: a camera may have one stream alone, which a plugin that asks for streams finds out.
void Worker::tellNoSub(const std::string& why) {
    if (is_sub_absent_.exchange(true)) return;
    log(static_cast<std::uint8_t>(base::LogLevel::Info), "sub", why + ": detecting on the main stream");
}

/// What leaked does not come back: only a new process helps.
void Worker::endExhausted() {
    is_exhausted_ = true;
    waker_.notify();
}

void Worker::giveUpUndecodable() {
    const auto check = [](const std::unique_ptr<Analysis>& analysis,
                          const std::unique_ptr<CaptureLoop>& capture) {
        if (!analysis) return;
        if (auto why = analysis->takeFailure())
            capture->fail(ipc::Fault{"buffer_error", ErrorKind::BadData, std::move(*why)});
    };
    check(main_analysis_, main_);
    check(sub_analysis_, sub_);
}

/// Detection runs on the sub stream; on the main stream while the sub stream brings nothing.
void Worker::chooseDetectedStream() {
    if (!is_set_up_ || !main_analysis_) return;
    bool is_on_main = !sub_analysis_;
    if (sub_analysis_ && is_sub_absent_) {
        is_on_main = true;
        progress_.is_detecting_on_main = false;
        sub_analysis_->setDetecting(false);
        sub_analysis_->setJudging(false);
    } else if (sub_analysis_) {
        const auto now = Monotonic::now();
        const std::int64_t last_us = std::max(progress_.sub.last_sample_us.load(), monotonicUs(set_up_at_));
        is_on_main = monotonicUs(now) - last_us > setup_.frame_timeout_us;
        if (is_on_main != progress_.is_detecting_on_main)
            log(static_cast<std::uint8_t>(is_on_main ? base::LogLevel::Warning : base::LogLevel::Info), "sub",
                is_on_main ? "the sub stream is silent: detecting on the main stream"
                           : "the sub stream is back: detecting on it");
        progress_.is_detecting_on_main = is_on_main;
        sub_analysis_->setDetecting(is_detect_on_ && !is_on_main);
        sub_analysis_->setJudging(!is_on_main);
    }
    main_analysis_->setDetecting(is_detect_on_ && is_on_main);
    main_analysis_->setJudging(is_on_main);
}

HeartbeatMaker::Queues Worker::queues() const {
    HeartbeatMaker::Queues queues{channel_.outboxBytes() + outbox_.bytes(), limit::kChannelBytes};
    if (!is_set_up_) return queues;
    queues.bytes += recorder_->queueBytes();
    queues.max_bytes += 2 * setup_.queue_max_bytes;
    for (const auto* analysis : {main_analysis_.get(), sub_analysis_.get()}) {
        if (!analysis) continue;
        queues.bytes += analysis->queueBytes();
        queues.max_bytes += analysis_max_bytes_;
    }
    return queues;
}

void Worker::shutDown(Ending ending) {
    const Deadline deadline = Deadline::in(ending == Ending::PeerGone ? kOrphanDeadline : kStopDeadline);
    if (main_) main_->stop();
    if (sub_) sub_->stop();
    if (companion_) companion_->stop();
    if (main_ && !main_->waitEnded(deadline)) has_stuck_thread_ = true;
    if (sub_ && !sub_->waitEnded(deadline)) has_stuck_thread_ = true;
    if (companion_ && !companion_->waitEnded(deadline)) has_stuck_thread_ = true;
    if (ending == Ending::PeerGone) return;
    // The last fragment is on its way: the core reads until end of file.
    const Deadline flush = Deadline::in(kFlushDeadline);
    try {
        for (outbox_.pump(channel_); channel_.outboxBytes() > 0 && !flush.isPast(); outbox_.pump(channel_))
            base::waitFor(channel_.fd(), POLLOUT, flush);
    } catch (const Error&) {
        return;  // the core did not wait for the rest
    }
}

}  // namespace porchlight::worker
