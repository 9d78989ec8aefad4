#include "camera/proof/proof_desk.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/log.h"
#include "ipc/proof_exit.h"

namespace porchlight::camera {
namespace {

constexpr microseconds kProofSpan{1'000'000};
constexpr std::size_t kMaxSampleBytes = 8U << 20U;  ///< what is there must do
constexpr seconds kReaderPatience{10};
constexpr seconds kLongPatience{60};  ///< where that was not enough
constexpr seconds kAgainUnplayable{10};
constexpr seconds kAgainTrouble{30};
constexpr seconds kAgain{3600};
constexpr seconds kAgainAlike{60};  ///< of a new stream that is described like one that played
constexpr seconds kLeastPause{5};   ///< between two readers, however often streams begin
constexpr int kTroublesToTell = 2;

void put(const base::Fd& file, const std::vector<std::uint8_t>& bytes) {
    std::size_t done = 0;
    while (done < bytes.size()) {
        const ssize_t n = ::write(file.get(), bytes.data() + done, bytes.size() - done);
        if (n < 0 && errno != EINTR) throw base::errnoError("write to a file in memory", errno);
        done += n > 0 ? static_cast<std::size_t>(n) : 0;
    }
}

}  // namespace

ProofDesk::ProofDesk(const Site& site, ProofTurn& turn, Reaper& reaper)
    : site_(site), turn_(turn), reaper_(reaper) {}

ProofDesk::~ProofDesk() {
    if (reader_) turn_.is_taken = false;
}

void ProofDesk::take(const Fragment& fragment, Monotonic::time_point now) {
    if (fragment.init->bytes.empty()) return;
    // A stream that is over: what there is of it must do.
    if (gathering_ && gathering_->init != fragment.init) keep();
    if (gathering_ && fragment.sequence != gathering_->sequence + 1) {
        gathering_.reset();
        gathered_.reset();
    }
    if (!gathering_ && !mayBegin(fragment, now)) return;
    try {
        gather(fragment);
    } catch (const Error& error) {
        gathering_.reset();
        pending_ = noteTrouble(error.what(), false, now);
    }
}

/// The begin of each stream is kept: another keyframe may never come.
bool ProofDesk::mayBegin(const Fragment& fragment, Monotonic::time_point now) const noexcept {
    if (!fragment.starts_with_key) return false;
    return fragment.init != gathered_ || (!ready_ && now >= due_at_);
}

void ProofDesk::gather(const Fragment& fragment) {
    if (!gathering_) {
        gathered_ = fragment.init;
        gathering_ = Sample{fragment.init, base::Fd(::memfd_create("porchlight-proof", MFD_CLOEXEC))};
        if (!gathering_->file) throw base::errnoError("make a file in memory", errno);
        put(gathering_->file, fragment.init->bytes);
    }
    put(gathering_->file, fragment.bytes);
    gathering_->span += fragment.duration;
    gathering_->bytes += fragment.bytes.size();
    gathering_->sequence = fragment.sequence;
    if (gathering_->span >= kProofSpan || gathering_->bytes >= kMaxSampleBytes) keep();
}

/// The newest is the one to be read.
void ProofDesk::keep() {
    ready_ = std::move(gathering_);
    gathering_.reset();
}

/// A camera that begins a stream with every picture, or loses its connection all the time, costs no more.
bool ProofDesk::isDue(Monotonic::time_point now) const noexcept {
    if (!latest_) return true;
    if (troubles_ > 0 || ready_->init == latest_) return now >= due_at_;
    const bool is_alike = did_play_ && ready_->init->bytes == latest_->bytes;
    return now >= read_at_ + (is_alike ? kAgainAlike : kLeastPause);
}

std::optional<ProofResult> ProofDesk::tick(Monotonic::time_point now) {
    if (pending_) return std::exchange(pending_, std::nullopt);
    if (!reader_) {
        if (ready_ && !turn_.is_taken && isDue(now)) startReader(now);
        return std::nullopt;
    }
    const auto end = reader_->ended(now);
    if (!end) return std::nullopt;
    reader_.reset();
    turn_.is_taken = false;
    return judge(*end, now);
}

void ProofDesk::forget() noexcept {
    if (reader_) turn_.is_taken = false;
    reader_.reset();
    gathering_.reset();
    ready_.reset();
    gathered_.reset();
    latest_.reset();
    pending_.reset();
    troubles_ = crashes_ = 0;
}

void ProofDesk::startReader(Monotonic::time_point now) {
    latest_ = ready_->init;
    read_at_ = now;
    const seconds patience = troubles_ > 0 ? kLongPatience : kReaderPatience;
    due_at_ = now + 2 * patience;
    try {
        reader_ = std::make_unique<HelperProcess>(
            std::vector<std::string>{site_.options.program, "prove", std::to_string(ready_->span.count())},
            now + patience, reaper_, ready_->file);
        turn_.is_taken = true;
    } catch (const Error& error) {
        pending_ = noteTrouble(error.what(), false, now);
    }
}

std::optional<ProofResult> ProofDesk::judge(const HelperProcess::End& end, Monotonic::time_point now) {
    const bool plays = end.code == ipc::kProofPlays;
    if (!plays && end.code != ipc::kProofDoesNotPlay)
        return noteTrouble(end.how + (end.output.empty() ? "" : ": " + end.output), end.is_crash, now);
    if (ready_ && ready_->init == latest_) ready_.reset();
    due_at_ = now + (plays ? kAgain : kAgainUnplayable);
    troubles_ = crashes_ = 0;
    trouble_.clear();
    if (plays && !did_play_) base::logInfo(site_.component(), "read back, plays: " + end.output);
    did_play_ = plays;
    return ProofResult{plays ? ProofResult::Verdict::Plays : ProofResult::Verdict::Unplayable, end.output};
}

/// What waits stays: another reader gets it. Of the camera nothing is known - but that readers crash on it.
std::optional<ProofResult> ProofDesk::noteTrouble(const std::string& why, bool is_crash,
                                                  Monotonic::time_point now) {
    ++troubles_;
    crashes_ = is_crash ? crashes_ + 1 : 0;
    const auto pause = is_crash ? kAgainUnplayable : kAgainTrouble * (1 << std::min(troubles_ - 1, 7));
    due_at_ = now + std::min<seconds>(pause, kAgain);
    if (why != trouble_)
        base::logWarning(site_.component(), "what is recorded could not be read back: " + why);
    trouble_ = why;
    if (crashes_ >= kTroublesToTell)
        return ProofResult{ProofResult::Verdict::Unplayable, "readers crash on it (" + why + ")"};
    if (troubles_ < kTroublesToTell) return std::nullopt;
    return ProofResult{ProofResult::Verdict::Unknown, why};
}

}  // namespace porchlight::camera
