#include "camera/unit/health.h"

#include <algorithm>

#include "base/log.h"
#include "base/text.h"
#include "camera/worker/budgets.h"

namespace porchlight::camera {
namespace {

constexpr seconds kFrozenProof{1};
constexpr seconds kReconnect{5};  // beyond frame_timeout, after the host stood still

microseconds since(Monotonic::time_point at, Monotonic::time_point now) {
    return std::chrono::duration_cast<microseconds>(now - at);
}

}  // namespace

Health::Health(const Site& site, WorkerSlot& slot, FootageWatch& footage, const Testimony& testimony,
               Condition& condition, Board& board, Monotonic::time_point first_spawn_at)
    : site_(site),
      slot_(slot),
      footage_(footage),
      testimony_(testimony),
      condition_(condition),
      board_(board),
      waiting_since_(first_spawn_at),
      pictureless_since_(first_spawn_at) {}

void Health::noteEvent(FaultKind kind, const std::string& detail) {
    if (condition_.noteEvent(kind, detail, site_.clock.now())) board_.tellIssue();
}

bool Health::noteFault(FaultKind kind, const std::string& text) {
    needs_owner_ = factsOf(kind).severity == Severity::Owner;
    const bool is_excusable = kind == FaultKind::FrameTimeout || kind == FaultKind::ConnectionError;
    if (is_excusable && site_.clock.now() < excused_until_) {
        base::logInfo(site_.component(), "after the host stood still: " + text);
        return false;
    }
    noteEvent(kind, text);
    return true;
}

bool Health::check(Monotonic::time_point now) {
    if (slot_.isRunning()) {
        if (const auto at = slot_.watch()->pictureAt())
            last_picture_at_ = std::max(last_picture_at_.value_or(*at), *at);
        const auto finding = find(now);
        if (finding && slot_.killIfFatal(*finding, now)) return false;
        if (finding && condition_.noteFound(finding->kind, finding->detail, now)) board_.tellIssue();
        if (!finding) condition_.clearIssue();
        if (isHealthy(now)) return true;
    }
    noteSilence(now);
    return false;
}

/// The worst: what is only an issue of the pictures does not hide that nothing of them plays. Of issues the
/// camera's own word comes first: it says why a picture is black.
std::optional<Finding> Health::find(Monotonic::time_point now) {
    footage_.noteFlow(slot_.watch()->isDelivering(now), now);
    auto of_pictures = slot_.watch()->judge(now);
    auto of_footage = footage_.problem();
    const auto isIssue = [](const std::optional<Finding>& finding) {
        return !finding || factsOf(finding->kind).severity == Severity::Issue;
    };
    if (!isIssue(of_pictures)) return of_pictures;
    if (!isIssue(of_footage)) return of_footage;
    if (auto said = testimony_.problem(now)) return said;
    return of_pictures ? of_pictures : of_footage;
}

bool Health::lacksFootage() const {
    const auto problem = footage_.problem();
    return problem && problem->kind == FaultKind::Unplayable;
}

bool Health::isHealthy(Monotonic::time_point now) const {
    const WorkerWatch* watch = slot_.watch();
    if (!slot_.isRunning() || !watch->isDelivering(now) || lacksFootage()) return false;
    // A picture from before the failure proves nothing.
    if (condition_.isFailing() && condition_.failedAt() && *watch->pictureAt() <= *condition_.failedAt())
        return false;
    if (condition_.kind() == FaultKind::FrozenPicture) {
        // The first picture of a new stream always differs from nothing: only a later one proves that time
        // passes in it.
        const auto distinct_at = watch->distinctAt();
        return distinct_at && *distinct_at > watch->streamAt() + kFrozenProof &&
               now - *distinct_at < site_.camera.health.unresponsive_after;
    }
    return true;
}

/// Nothing came although nobody told why: a failure begins when even opening the source cannot take so long,
/// and goes on once a frame_timeout.
void Health::noteSilence(Monotonic::time_point now) {
    if (needs_owner_ || now < excused_until_ || hasEnded()) return;
    const auto& limits = site_.camera.health;
    const auto silence = since(std::max(last_picture_at_.value_or(waiting_since_), waiting_since_), now);
    const bool is_news =
        condition_.isFailing() || silence > limits.frame_timeout + limits.open_timeout + kOpenSilence;
    if (!is_news || silence <= limits.frame_timeout) return;
    if (condition_.noteStillSilent("no picture for " + base::formatDuration(silence), now))
        board_.tellIssue();
}

std::uint32_t Health::noteHealthy(Monotonic::time_point now) {
    needs_owner_ = false;
    const auto ended = condition_.noteHealthy(now);
    // Short troubles of a camera that flaps are no news.
    const bool is_news = !condition_.isFlapping() || ended >= site_.camera.health.max_consecutive_failures;
    return is_news ? ended : 0;
}

bool Health::hasEnded() const noexcept {
    return slot_.watch() && slot_.watch()->hasEnded();
}

void Health::noteWorkerStart(Monotonic::time_point now) noexcept {
    waiting_since_ = now;
    needs_owner_ = false;
}

/// What is switched off has no fault.
void Health::noteSwitchedOff(Monotonic::time_point now) {
    footage_.forget();
    condition_.noteHealthy(now);
    condition_.clearIssue();
}

void Health::noteSwitchedOn(Monotonic::time_point now) noexcept {
    waiting_since_ = pictureless_since_ = now;
    last_picture_at_.reset();
}

void Health::forgive(microseconds span, bool is_host, Monotonic::time_point now) {
    footage_.forgive(span, now);
    condition_.forgive(span, now);
    waiting_since_ = std::min(waiting_since_ + span, now);
    pictureless_since_ = std::min(pictureless_since_ + span, now);
    if (last_picture_at_) last_picture_at_ = std::min(*last_picture_at_ + span, now);
    if (is_host) excused_until_ = now + site_.camera.health.frame_timeout + kReconnect;
}

void Health::fill(ShownFacts& facts, Monotonic::time_point now) const {
    facts.has_ended = hasEnded();
    facts.is_flowing =
        slot_.isRunning() && last_picture_at_ && now - *last_picture_at_ <= site_.camera.health.frame_timeout;
    facts.had_picture = last_picture_at_.has_value();
    facts.silence = since(last_picture_at_.value_or(pictureless_since_), now);
    facts.is_failing = condition_.isFailing();
    facts.has_fault = condition_.kind().has_value();
    facts.fault = condition_.detail();
    facts.needs_owner = needs_owner_;
}

void Health::describe(Status& out, Monotonic::time_point now) const {
    if (footage_.playedAt()) out.played_age = since(*footage_.playedAt(), now);
    if (last_picture_at_) out.packet_age = since(*last_picture_at_, now);
    out.distinct_age = out.packet_age;
    const WorkerWatch* watch = slot_.watch();
    if (!watch) return;
    const auto since_beat = since(watch->beatAt(), now);
    if (watch->beat().distinct_age_us >= 0)
        out.distinct_age = microseconds(watch->beat().distinct_age_us) + since_beat;
    if (watch->beat().black_age_us >= 0)
        out.black_age = microseconds(watch->beat().black_age_us) + since_beat;
}

}  // namespace porchlight::camera
