#include "camera/proof/proof_desk.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/log.h"

namespace porchlight::camera {
namespace {

constexpr microseconds kProofSpan{1'000'000};
constexpr std::size_t kMaxGathered = 16;
constexpr std::size_t kMaxGatheredBytes = 16U << 20U;
constexpr seconds kReaderPatience{10};
constexpr seconds kProofAfterFailure{10};
constexpr seconds kProofAfterTrouble{30};
constexpr seconds kProofAgain{3600};
constexpr int kPlays = 0;
constexpr int kDoesNotPlay = 10;  ///< any other exit code is the reader's own trouble

/// A file in memory that holds them. Throws Error(Exhausted).
base::Fd fileOf(const std::vector<std::shared_ptr<const Fragment>>& fragments) {
    base::Fd file(::memfd_create("porchlight-proof", MFD_CLOEXEC));
    if (!file) throw base::errnoError("make a file in memory", errno);
    const auto put = [&file](const std::vector<std::uint8_t>& bytes) {
        std::size_t done = 0;
        while (done < bytes.size()) {
            const ssize_t n = ::write(file.get(), bytes.data() + done, bytes.size() - done);
            if (n < 0 && errno != EINTR) throw base::errnoError("write to a file in memory", errno);
            done += n > 0 ? static_cast<std::size_t>(n) : 0;
        }
    };
    put(fragments.front()->init->bytes);
    for (const auto& fragment : fragments) put(fragment->bytes);
    return file;
}

}  // namespace

ProofDesk::ProofDesk(const Site& site, ProofTurn& turn, Reaper& reaper)
    : site_(site), turn_(turn), reaper_(reaper) {}

ProofDesk::~ProofDesk() {
    if (reader_) turn_.is_taken = false;
}

bool ProofDesk::isNewStream(const Fragment& fragment) const noexcept {
    return epoch_ != fragment.init->epoch;
}

void ProofDesk::take(std::shared_ptr<const Fragment> fragment, Monotonic::time_point now) {
    if (isGathered()) return;
    if (!gathered_.empty() && fragment->init != gathered_.back()->init) {
        gathered_span_ = kProofSpan;  // a stream of few pictures is over: what there is of it must do
        return;
    }
    if (!gathered_.empty() && fragment->sequence != gathered_.back()->sequence + 1) forgetGathered();
    const bool is_begun = !gathered_.empty();
    const bool is_due = isNewStream(*fragment) || now >= due_at_;
    if (reader_ || fragment->init->bytes.empty() || (!is_begun && !(is_due && fragment->starts_with_key)))
        return;
    gather(std::move(fragment));
}

bool ProofDesk::isGathered() const noexcept {
    return gathered_span_ >= kProofSpan;
}

void ProofDesk::gather(std::shared_ptr<const Fragment> fragment) {
    gathered_span_ += fragment->duration;
    gathered_bytes_ += fragment->bytes.size();
    gathered_.push_back(std::move(fragment));
    // One that lasts nearly no time, or is huge: what is there must do.
    if (gathered_.size() >= kMaxGathered || gathered_bytes_ >= kMaxGatheredBytes) gathered_span_ = kProofSpan;
}

void ProofDesk::forgetGathered() noexcept {
    gathered_.clear();
    gathered_span_ = microseconds{0};
    gathered_bytes_ = 0;
}

std::optional<ProofResult> ProofDesk::tick(Monotonic::time_point now) {
    if (!reader_) {
        if (isGathered() && !turn_.is_taken) startReader(now);
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
    forgetGathered();
    epoch_.reset();
    due_at_ = {};
}

void ProofDesk::startReader(Monotonic::time_point now) {
    epoch_ = gathered_.front()->init->epoch;
    microseconds span{0};
    for (const auto& fragment : gathered_) span += fragment->duration;
    try {
        const base::Fd file = fileOf(gathered_);
        reader_ = std::make_unique<HelperProcess>(
            std::vector<std::string>{site_.options.program, "prove", std::to_string(span.count())},
            now + kReaderPatience, reaper_, file);
        turn_.is_taken = true;
    } catch (const Error& error) {
        fail(error.what(), now);
    }
    forgetGathered();
}

std::optional<ProofResult> ProofDesk::judge(const HelperProcess::End& end, Monotonic::time_point now) {
    if (end.code != kPlays && end.code != kDoesNotPlay) {
        fail(end.how + (end.output.empty() ? "" : ": " + end.output), now);
        return std::nullopt;
    }
    const bool plays = end.code == kPlays;
    due_at_ = now + (plays ? kProofAgain : kProofAfterFailure);
    trouble_.clear();
    trouble_pause_ = seconds(0);
    if (plays && !did_play_) base::logInfo(site_.component(), "read back, plays: " + end.output);
    did_play_ = plays;
    return ProofResult{plays, end.output};
}

/// Nothing is known of the camera.
void ProofDesk::fail(const std::string& why, Monotonic::time_point now) {
    trouble_pause_ = std::clamp(2 * trouble_pause_, kProofAfterTrouble, kProofAgain);
    due_at_ = now + trouble_pause_;
    if (why == trouble_) return;
    trouble_ = why;
    base::logWarning(site_.component(), "what is recorded could not be read back: " + why);
}

}  // namespace porchlight::camera
