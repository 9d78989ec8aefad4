#include "worker/capture_loop.h"

#include <malloc.h>

#include <algorithm>
#include <new>
#include <utility>

#include "base/budgets.h"
#include "porchlight/source_error.h"

namespace porchlight::worker {
namespace {

constexpr milliseconds kFirstRest{500};
constexpr seconds kLongestRest{2};    ///< a camera that is there again is found in under 3 s
constexpr seconds kHealthyAfter{10};  ///< of reading: earlier failures are forgotten
constexpr int kLeastBad = 3;          ///< in a row, for the whole frame timeout: the stream is given up
constexpr int kMaxBadInARow = 300;
constexpr seconds kSounding{2};  ///< sound that old still says that the camera is there

bool isSound(const Sample& sample) noexcept {
    const auto* packet = std::get_if<Packet>(&sample);
    return packet != nullptr && packet->track == Track::Audio;
}

}  // namespace

CaptureLoop::CaptureLoop(std::string name, Factory factory, Settings settings, Patience patience,
                         CaptureProgress& progress, Sinks sinks)
    : name_(std::move(name)),
      factory_(std::move(factory)),
      settings_(std::move(settings)),
      patience_(patience),
      progress_(progress),
      sinks_(std::move(sinks)),
      thread_("capture-" + name_, [this] { run(); }) {}

void CaptureLoop::restart() {
    const LockGuard lock(mutex_);
    wants_restart_ = true;
    if (current_) current_->interrupt();
    changed_.notifyAll();
}

void CaptureLoop::fail(ipc::Fault&& fault) {
    const LockGuard lock(mutex_);
    if (!current_ || failure_) return;
    failure_ = std::move(fault);
    current_->interrupt();
}

CaptureLoop::Outcome CaptureLoop::takeFailure(Outcome otherwise) {
    std::optional<ipc::Fault> failure;
    {
        const LockGuard lock(mutex_);
        failure = std::exchange(failure_, std::nullopt);
        if (is_stopping_ || wants_restart_) return Outcome::Again;
    }
    if (!failure) return otherwise;
    sinks_.fault(std::move(*failure));
    return Outcome::Failed;
}

void CaptureLoop::stop() {
    const LockGuard lock(mutex_);
    is_stopping_ = true;
    if (current_) current_->interrupt();
    changed_.notifyAll();
}

bool CaptureLoop::waitEnded(Deadline deadline) {
    UniqueLock lock(mutex_);
    return changed_.waitUntil(lock, deadline.at(),
                              [this]() PORCHLIGHT_REQUIRES(mutex_) { return has_ended_; });
}

bool CaptureLoop::isInterrupted() {
    const LockGuard lock(mutex_);
    return is_stopping_ || wants_restart_ || failure_;
}

void CaptureLoop::setCurrent(CaptureSource* source) {
    const LockGuard lock(mutex_);
    current_ = source;
    if (source && (is_stopping_ || wants_restart_)) source->interrupt();
}

void CaptureLoop::run() {
    for (;;) {
        {
            const LockGuard lock(mutex_);
            if (is_stopping_) break;
            wants_restart_ = false;
        }
        rest(attempt());
    }
    progress_.phase = ipc::CapturePhase::Closing;
    const LockGuard lock(mutex_);
    has_ended_ = true;
    changed_.notifyAll();
}

CaptureLoop::Outcome CaptureLoop::attempt() {
    std::unique_ptr<CaptureSource> source;
    Outcome outcome = Outcome::Again;
    bool was_open = false;
    try {
        progress_.phase = ipc::CapturePhase::Opening;
        source = factory_();
        setCurrent(source.get());
        SourceInfo info;
        {
            const UnderWay mark(progress_.call_since_us);
            info = source->open(settings_, Deadline::in(patience_.open));
        }
        was_open = true;
        ++progress_.opens;
        ::malloc_trim(0);  // probing allocates much that is not needed again
        sinks_.opened(info);
        progress_.phase = ipc::CapturePhase::Reading;
        outcome = readAll(*source, info.is_live);
    } catch (const Error& error) {
        outcome = isInterrupted() ? Outcome::Again : report(error);
    } catch (const std::bad_alloc&) {
        fault("capture_failure", ErrorKind::Exhausted,
              name_ + " stream: out of memory (the worker may use no more)");
        sinks_.exhausted();
        outcome = Outcome::Failed;
    } catch (const std::exception& error) {
        outcome = isInterrupted() ? Outcome::Again : report(Error(ErrorKind::Internal, error.what()));
    }
    if (outcome == Outcome::OwnersMatter && source && !was_open) outcome = awaitChange(*source);
    progress_.phase = ipc::CapturePhase::Closing;
    setCurrent(nullptr);
    {
        const UnderWay mark(progress_.call_since_us);
        source.reset();
    }
    if (was_open) sinks_.closed();
    return takeFailure(outcome);
}

/// A camera that refused is not asked again for a minute, unless it becomes another one.
CaptureLoop::Outcome CaptureLoop::awaitChange(CaptureSource& source) {
    progress_.phase = ipc::CapturePhase::Resting;
    const Deadline deadline = Deadline::in(budget::kSourceChange);
    const UnderWay mark(
        progress_.call_since_us);  // the core allows it a minute: a call that hangs is found like any other
    const bool has_changed = source.awaitChange(deadline);
    return has_changed || deadline.isPast() || isInterrupted() ? Outcome::Again : Outcome::OwnersMatter;
}

CaptureLoop::Outcome CaptureLoop::readAll(CaptureSource& source, bool is_live) {
    const auto opened_at = Monotonic::now();
    last_good_ = opened_at;
    std::uint64_t lost = 0;
    bad_samples_ = 0;
    bool has_sample = false;
    std::string damage;
    while (!isInterrupted()) {
        Sample sample;
        ReadStatus status = ReadStatus::Timeout;
        try {
            const UnderWay mark(progress_.call_since_us);
            status = source.read(sample,
                                 Deadline::in(std::min<microseconds>(budget::kReadSlice, patience_.frame)));
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::BadData) throw;
            ++progress_.bad;
            ++bad_samples_;
            damage = error.what();
        }
        if (isInterrupted()) break;
        if (const std::uint64_t now_lost = source.lostFrames(); now_lost > lost) {
            progress_.lost += now_lost - lost;
            lost = now_lost;
        }
        const auto now = Monotonic::now();
        if (status == ReadStatus::Sample) {
            has_sample = true;
            if (isSound(sample)) {
                takeSound(std::move(sample));
            } else {
                if (failures_ > 0 && now - opened_at > kHealthyAfter) failures_ = 0;
                if (takeSample(std::move(sample), damage)) last_good_ = now;
            }
        } else if (status == ReadStatus::FormatChanged) {
            sinks_.format_changed(source.format());
        } else if (status == ReadStatus::EndOfStream) {
            if (!is_live && has_sample) return Outcome::Ended;
            fault("connection_error", ErrorKind::Unavailable, name_ + " stream ended");
            return Outcome::Failed;
        }
        if (hasOnlyBadSamples(now)) {
            fault("buffer_error", ErrorKind::BadData,
                  name_ + " stream: " + damage + " (" + std::to_string(bad_samples_) + " times in a row)");
            return Outcome::Failed;
        }
        if (now - last_good_ >= patience_.frame) {
            const auto waited = std::chrono::duration_cast<milliseconds>(now - last_good_).count();
            const bool is_sounding = last_sound_ > last_good_ && now - last_sound_ < kSounding;
            fault("frame_timeout", ErrorKind::Unavailable,
                  name_ +
                      " stream: " + (is_sounding ? "sound comes, but no picture for " : "no picture for ") +
                      std::to_string(waited) + " ms");
            return Outcome::Failed;
        }
    }
    return Outcome::Again;
}

bool CaptureLoop::hasOnlyBadSamples(Monotonic::time_point now) const {
    return bad_samples_ >= kMaxBadInARow ||
           (bad_samples_ >= kLeastBad && now - last_good_ >= patience_.frame);
}

/// False, and why, when it is no use.
bool CaptureLoop::takeSample(Sample&& sample, std::string& damage) {
    try {
        sinks_.sample(std::move(sample));
    } catch (const Error& error) {
        ++progress_.bad;
        if (error.kind() != ErrorKind::BadData) throw;
        ++bad_samples_;
        damage = error.what();
        return false;
    }
    ++progress_.samples;
    progress_.last_sample_us = monotonicUs(Monotonic::now());
    bad_samples_ = 0;
    return true;
}

/// Sound says nothing about pictures: it neither counts nor keeps a stream alive, and harms none if damaged.
void CaptureLoop::takeSound(Sample&& sample) {
    try {
        sinks_.sample(std::move(sample));
        last_sound_ = Monotonic::now();
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::BadData) throw;
        ++progress_.bad;
    }
}

CaptureLoop::Outcome CaptureLoop::report(const Error& error) {
    std::string issue = "capture_failure";
    if (const auto* named = dynamic_cast<const SourceError*>(&error))
        issue = nameOf(named->fault());
    else if (error.kind() == ErrorKind::BadData || error.kind() == ErrorKind::Exhausted)
        issue = "buffer_error";
    else if (error.kind() == ErrorKind::Unavailable)
        issue = "connection_error";
    fault(std::move(issue), error.kind(), error.what());
    const bool is_for_owner =
        error.kind() == ErrorKind::Misconfigured || error.kind() == ErrorKind::NotSupported;
    return is_for_owner ? Outcome::OwnersMatter : Outcome::Failed;
}

void CaptureLoop::fault(std::string issue, ErrorKind kind, std::string text) {
    sinks_.fault(ipc::Fault{std::move(issue), kind, std::move(text)});
}

void CaptureLoop::rest(Outcome outcome) {
    microseconds span{0};
    if (outcome == Outcome::OwnersMatter) {
        span = budget::kSourceChange;
    } else if (outcome == Outcome::Failed) {
        span = std::min<microseconds>(kFirstRest * (1 << std::min(failures_, 5)), kLongestRest);
        ++failures_;
    } else if (outcome == Outcome::Again) {
        return;
    }
    UniqueLock lock(mutex_);
    if (outcome == Outcome::Ended) {
        progress_.phase = ipc::CapturePhase::Ended;
        changed_.wait(lock, [this]() PORCHLIGHT_REQUIRES(mutex_) { return is_stopping_ || wants_restart_; });
        return;
    }
    progress_.phase = ipc::CapturePhase::Resting;
    changed_.waitFor(lock, span,
                     [this]() PORCHLIGHT_REQUIRES(mutex_) { return is_stopping_ || wants_restart_; });
}

}  // namespace porchlight::worker
