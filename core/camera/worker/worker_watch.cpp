#include "camera/worker/worker_watch.h"

#include <algorithm>

#include "base/text.h"
#include "camera/worker/budgets.h"

namespace porchlight::camera {
namespace {

using ipc::CapturePhase;

// Budgets; docs/health.md has the table.
constexpr seconds kFirstHeartbeat{15};  // loading plugins on a small board
constexpr milliseconds kHeartbeatLate{
    1500};  // later than this it is the worker that is silent, not the source
constexpr milliseconds kReadStuckLeast{2200};
constexpr milliseconds kReadBroken{1200};  // a read returns within 1 s + 100 ms: longer is a broken promise
constexpr seconds kExcuseMost{
    60};  // a host that has been slow for longer is a state, not a stall: faults are found again
constexpr seconds kExcuseRest{15};  // without a stall before it is excused anew
constexpr seconds kCloseStuck{3};   // its own deadline is 2 s
constexpr seconds kChangeStuck =
    budget::kSourceChange + budget::kSourceChangeStuck;  // CaptureSource::awaitChange
constexpr seconds kEncodeStuck{15};  // the first picture finds out which encoder works: up to 4 s for each
constexpr seconds kDetectStuck{10};
constexpr double kBurningPercent = 80;
constexpr seconds kLowRateFor{10};
constexpr double kFloodHz = 500;
constexpr double kFloodFactor = 10;
constexpr std::uint32_t kDescriptorGrowth = 64;
constexpr std::uint64_t kBadLeast = 5;
// Resident memory counts what libraries share between workers; the limit does not.
constexpr std::uint64_t kSharedBytes = 48U << 20U;

std::string spanText(Monotonic::duration span) {
    return base::formatDuration(std::chrono::duration_cast<microseconds>(span));
}

const char* nameOf(CapturePhase phase) {
    if (phase == CapturePhase::Opening) return "open";
    if (phase == CapturePhase::Resting) return "waiting for a change";
    return phase == CapturePhase::Closing ? "close" : "read";
}

std::string rateText(double rate_hz) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f", rate_hz);
    return text;
}

}  // namespace

WorkerWatch::WorkerWatch(const config::HealthConfig& limits, bool has_sub, Monotonic::time_point now)
    : limits_(limits), has_sub_(has_sub), beat_at_(now), stream_at_(now), cpu_(limits, now) {}

void WorkerWatch::onStream(double nominal_hz, Monotonic::time_point now) {
    nominal_hz_ = nominal_hz;
    stream_at_ = now;
    // It says so, sooner than the next heartbeat: what that told of was the open, which came back.
    beat_.phase = CapturePhase::Reading;
    beat_.capture_stuck_us = 0;
    low_since_.reset();
}

void WorkerWatch::onHeartbeat(const ipc::Heartbeat& beat, Monotonic::time_point now) {
    const bool is_steady = now - stream_at_ > seconds(6);  // its rate is a mean of 5 s
    // The mean of 5 s tells that it is slow; the last second, that it is over.
    const double since_s = std::chrono::duration<double>(now - beat_at_).count();
    const auto fresh = static_cast<double>(beat.packets - std::min(beat.packets, beat_.packets));
    const bool is_over = has_beat_ && !has_sub_ && since_s > 0.5 && fresh / since_s > nominal_hz_ / 2;
    if (nominal_hz_ > 0 && is_steady && beat.rate_hz < nominal_hz_ / 2 && !is_over) {
        if (!low_since_) low_since_ = now;
    } else {
        low_since_.reset();
    }
    flooding_beats_ = beat.rate_hz > std::max(kFloodHz, kFloodFactor * nominal_hz_) ? flooding_beats_ + 1 : 0;
    const bool has_pictures =
        beat.packet_age_us >= 0 && microseconds(beat.packet_age_us) < limits_.frame_timeout;
    if (has_pictures && beat.descriptors > 0)
        calm_descriptors_ =
            calm_descriptors_ == 0 ? beat.descriptors : std::min(calm_descriptors_, beat.descriptors);
    // Bad is a second in which at least a third of what came is: one bad packet now and then is the network's
    // nature.
    const auto bad = beat.bad_packets - std::min(beat.bad_packets, beat_.bad_packets);
    const auto all = beat.packets - std::min(beat.packets, beat_.packets);
    if (bad > 0 && bad * 3 >= all) {
        if (!bad_since_) bad_before_ = beat_.bad_packets;
        if (!bad_since_) bad_since_ = now;
    } else if (all > 0) {
        bad_since_.reset();
    }
    cpu_.note(has_beat_ ? beat.cpu_percent : 0, since_s, now);
    beat_ = beat;
    has_beat_ = true;
    beat_at_ = now;
    if (has_pictures)
        picture_at_ = std::max(picture_at_.value_or(now - microseconds(beat.packet_age_us)),
                               now - microseconds(beat.packet_age_us));
}

void WorkerWatch::forgive(microseconds span, Monotonic::time_point now) {
    beat_at_ = std::min(beat_at_ + span, now);
    if (picture_at_) picture_at_ = std::min(*picture_at_ + span, now);
    stream_at_ = std::min(stream_at_ + span, now);
    if (now >= excused_until_ && now - forgiven_at_ > kExcuseRest) excusing_since_ = now;
    const bool is_new = now >= excused_until_;
    forgiven_at_ = now;
    if (now - excusing_since_ > kExcuseMost) return;
    low_since_.reset();
    cpu_.clear();
    stall_ = is_new ? span : stall_ + span;
    excused_until_ = now + limits_.frame_timeout + seconds(5);
}

bool WorkerWatch::isNearMemoryLimit() const noexcept {
    return has_beat_ && beat_.memory_max_bytes > 0 && beat_.rss_bytes > beat_.memory_max_bytes / 4 * 3;
}

std::optional<Finding> WorkerWatch::judge(Monotonic::time_point now) const {
    if (auto finding = judgeProcess(now)) return finding;
    if (!has_beat_) return std::nullopt;
    if (hasEnded()) return Finding{FaultKind::Ended, "the file has ended and is not repeated (loop: false)"};
    if (auto finding = judgeStuck(now, beat_.phase, beat_.capture_stuck_us, "main")) return finding;
    if (has_sub_)
        if (auto finding = judgeStuck(now, beat_.sub_phase, beat_.sub_stuck_us, "sub")) return finding;
    if (auto finding = judgeWork(now)) return finding;
    return judgePictures(now);
}

std::optional<Finding> WorkerWatch::judgeProcess(Monotonic::time_point now) const {
    const auto patience = has_beat_ ? std::clamp<microseconds>(limits_.frame_timeout, budget::kHeartbeatLeast,
                                                               budget::kHeartbeatMost)
                                    : microseconds(kFirstHeartbeat);
    if (now - beat_at_ > patience)
        return Finding{FaultKind::HeartbeatMissing, "no heartbeat for " + spanText(now - beat_at_)};
    if (flooding_beats_ >= 2)
        return Finding{FaultKind::WorkerFlood,
                       "the source delivers " + rateText(beat_.rate_hz) + " pictures a second"};
    if (beat_.memory_max_bytes > 0 && beat_.rss_bytes > beat_.memory_max_bytes + kSharedBytes)
        return Finding{FaultKind::MemoryLimit, base::formatSize(beat_.rss_bytes) +
                                                   " resident, the limit is " +
                                                   base::formatSize(beat_.memory_max_bytes)};
    if (cpu_.isOver() && !cpu_.isHonest()) return Finding{FaultKind::CpuLimit, cpu_.text()};
    const bool is_at_limit = beat_.descriptors_max > 0 && beat_.descriptors >= beat_.descriptors_max / 10 * 9;
    if (is_at_limit || (calm_descriptors_ > 0 && beat_.descriptors > calm_descriptors_ + kDescriptorGrowth))
        return Finding{FaultKind::DescriptorLeak, std::to_string(beat_.descriptors) + " open descriptors, " +
                                                      std::to_string(calm_descriptors_) + " are usual"};
    return std::nullopt;
}

/// Between heartbeats the clock runs on for a call that has broken its promise to return already.
std::optional<Finding> WorkerWatch::judgeStuck(Monotonic::time_point now, CapturePhase phase,
                                               std::int64_t stuck_us, const char* stream) const {
    const microseconds told(stuck_us);
    auto patience = std::max<microseconds>(limits_.frame_timeout, kReadStuckLeast);
    if (phase == CapturePhase::Opening) patience = limits_.open_timeout + budget::kOpenHang;
    if (phase == CapturePhase::Closing) patience = kCloseStuck;
    if (phase == CapturePhase::Resting) patience = kChangeStuck;
    patience += stallAllowance(
        now);  // a call that was under way when the host stood still is told with that time in it
    const auto stuck =
        told > kReadBroken ? told + std::chrono::duration_cast<microseconds>(now - beat_at_) : told;
    if (stuck <= patience) return std::nullopt;
    return hung(std::string(nameOf(phase)) + " of " + stream + " for " + base::formatDuration(stuck));
}

Finding WorkerWatch::hung(const std::string& where) const {
    if (beat_.cpu_percent >= kBurningPercent)
        return {FaultKind::CpuLimit,
                rateText(beat_.cpu_percent) + " % of a core without progress, in " + where};
    return {FaultKind::Hung, "stuck in " + where};
}

bool WorkerWatch::isStuckInEncoder(Monotonic::time_point now) const {
    return microseconds(beat_.encode_stuck_us) >
           std::max<microseconds>(limits_.frame_timeout, kEncodeStuck) + stallAllowance(now);
}

/// Pictures come, but what is done with them does not end.
std::optional<Finding> WorkerWatch::judgeWork(Monotonic::time_point now) const {
    if (isStuckInEncoder(now))
        return hung("the encoder for " + base::formatDuration(microseconds(beat_.encode_stuck_us)));
    const microseconds detecting(beat_.detect_stuck_us);
    if (detecting > std::max<microseconds>(limits_.frame_timeout, kDetectStuck) + stallAllowance(now))
        return hung("the detector for " + base::formatDuration(detecting));
    return std::nullopt;
}

std::optional<Finding> WorkerWatch::judgePictures(Monotonic::time_point now) const {
    const auto since_beat = std::chrono::duration_cast<microseconds>(now - beat_at_);
    const auto silent_since = std::max(picture_at_.value_or(stream_at_), stream_at_);
    const bool is_excused = now < excused_until_;
    // While it opens or rests the source has told why itself; this is for a source that is open and silent.
    const bool is_heard = since_beat < kHeartbeatLate;
    if (is_heard && beat_.phase == CapturePhase::Reading &&
        now - silent_since > limits_.frame_timeout + seconds(1) && !is_excused)
        return Finding{FaultKind::FrameTimeout, "no picture for " + spanText(now - silent_since)};
    const bool flows = picture_at_ && now - *picture_at_ <= limits_.frame_timeout;
    if (!flows) return std::nullopt;
    if (bad_since_ && now - *bad_since_ >= std::min<microseconds>(limits_.frame_timeout, seconds(5)) &&
        beat_.bad_packets - bad_before_ >= kBadLeast)
        return Finding{FaultKind::BufferError, std::to_string(beat_.bad_packets - bad_before_) +
                                                   " undecodable packets in " + spanText(now - *bad_since_)};
    const bool can_tell = !has_sub_ || beat_.sub_phase == CapturePhase::Reading ||
                          beat_.sub_phase == CapturePhase::Ended || beat_.is_detecting_on_main;
    // Counted within one stream, and only while packets come; a black picture is called black, not frozen.
    const auto open_for = std::chrono::duration_cast<microseconds>(now - stream_at_);
    const auto same = beat_.distinct_age_us >= 0
                          ? std::min(microseconds(beat_.distinct_age_us) + since_beat, open_for)
                          : open_for;
    const bool is_fresh = beat_.packet_age_us >= 0 && microseconds(beat_.packet_age_us) < kHeartbeatLate;
    if (can_tell && is_fresh && beat_.black_age_us < 0 && same > limits_.unresponsive_after && !is_excused)
        return Finding{FaultKind::FrozenPicture,
                       "the picture has not changed for " + base::formatDuration(same)};
    if (beat_.black_age_us >= 0 && microseconds(beat_.black_age_us) + since_beat > limits_.unresponsive_after)
        return Finding{
            FaultKind::BlackPicture,
            "black or covered for " + base::formatDuration(microseconds(beat_.black_age_us) + since_beat)};
    if (low_since_ && now - *low_since_ >= kLowRateFor && !is_excused)
        return Finding{FaultKind::LowRate,
                       rateText(beat_.rate_hz) + " pictures a second, nominal are " + rateText(nominal_hz_)};
    const bool still_burns =
        beat_.cpu_percent > limits_.cpu_limit_cores * 50;  // the mean lags behind the end
    if (cpu_.isHonest() && still_burns && cpu_.isOver()) return Finding{FaultKind::CpuBusy, cpu_.text()};
    return std::nullopt;
}

bool WorkerWatch::isDelivering(Monotonic::time_point now) const {
    if (!has_beat_ || !picture_at_ || now - *picture_at_ > limits_.frame_timeout) return false;
    // Its last pictures may look as if they came after the end of the stream: a heartbeat takes its time,
    // too.
    if (beat_.phase == CapturePhase::Closing || beat_.phase == CapturePhase::Resting ||
        beat_.phase == CapturePhase::Opening)
        return false;
    const auto finding = judge(now);
    return !finding || factsOf(finding->kind).severity == Severity::Issue;
}

}  // namespace porchlight::camera
