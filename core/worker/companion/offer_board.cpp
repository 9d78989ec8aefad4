#include "worker/companion/offer_board.h"

#include <algorithm>
#include <cstdlib>

#include "base/log.h"
#include "worker/companion/words.h"

namespace porchlight::worker {
namespace {

constexpr std::size_t kMaxPresets = 64;
constexpr std::size_t kMaxOutputs = 16;
constexpr std::size_t kMaxNameBytes = 96;
constexpr std::size_t kMaxTextBytes = 1'024;
constexpr std::int64_t kClockChangeUs = 2'000'000;

/// A token goes back to the camera as it came: one that is too long is of no use in part.
std::vector<CameraItem> itemsOf(const std::vector<CameraItem>& items, std::size_t most) {
    std::vector<CameraItem> out;
    for (const CameraItem& item : items) {
        if (out.size() == most) break;
        if (item.token.empty() || item.token.size() > kMaxItemTokenBytes) continue;
        out.push_back({item.token, shownWords(item.name, kMaxNameBytes), item.is_on});
    }
    return out;
}

bool isSame(const std::vector<CameraItem>& a, const std::vector<CameraItem>& b) noexcept {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const CameraItem& x, const CameraItem& y) {
        return x.token == y.token && x.name == y.name && x.is_on == y.is_on;
    });
}

}  // namespace

ipc::Offer offerOf(const CameraAbilities& abilities) {
    ipc::Offer offer;
    offer.is_there = true;
    offer.actions = abilities.actions;
    offer.is_detecting = abilities.is_detecting;
    offer.is_clock_known = abilities.clock_ahead.has_value();
    offer.clock_ahead_us = microseconds(abilities.clock_ahead.value_or(milliseconds{0})).count();
    offer.infrared = shownWords(abilities.infrared, kMaxNameBytes);
    offer.description = shownWords(abilities.description, kMaxTextBytes);
    offer.advice = shownWords(abilities.advice, kMaxTextBytes);
    offer.presets = itemsOf(abilities.presets, kMaxPresets);
    offer.outputs = itemsOf(abilities.outputs, kMaxOutputs);
    return offer;
}

bool isSameOffer(const ipc::Offer& a, const ipc::Offer& b) noexcept {
    return a.is_there == b.is_there && a.problem == b.problem && a.actions == b.actions &&
           a.is_detecting == b.is_detecting && a.is_clock_known == b.is_clock_known &&
           std::abs(a.clock_ahead_us - b.clock_ahead_us) < kClockChangeUs && a.infrared == b.infrared &&
           a.description == b.description && a.advice == b.advice && isSame(a.presets, b.presets) &&
           isSame(a.outputs, b.outputs);
}

void OfferBoard::there(const CameraAbilities& abilities) {
    ipc::Offer offer = offerOf(abilities);
    const LockGuard lock(mutex_);
    if (is_told_ && !told_.is_there)
        base::logInfo("companion", "the camera answers again: " + offer.description);
    offer.problem = trouble_;
    before_hang_.reset();
    tell(std::move(offer));
}

void OfferBoard::gone(const std::string& problem) {
    const LockGuard lock(mutex_);
    before_hang_.reset();
    leave(problem);
}

void OfferBoard::hang(const std::string& problem) {
    const LockGuard lock(mutex_);
    if (is_told_) before_hang_ = told_;
    leave(problem);
}

void OfferBoard::resume() {
    const LockGuard lock(mutex_);
    if (!before_hang_) return;
    ipc::Offer offer = std::move(*before_hang_);
    before_hang_.reset();
    if (offer.is_there) {
        base::logInfo("companion", "the plugin came back: " + offer.description);
        offer.problem = trouble_;
    }
    tell(std::move(offer));
}

void OfferBoard::leave(const std::string& problem) {
    ipc::Offer offer = told_;
    offer.is_there = false;
    offer.problem = shownWords(problem, kMaxTextBytes);
    if (!is_told_ || told_.is_there) base::logWarning("companion", offer.problem);
    tell(std::move(offer));
}

void OfferBoard::setTrouble(const std::string& problem) {
    const LockGuard lock(mutex_);
    std::string now = shownWords(problem, kMaxTextBytes);
    if (now == trouble_) return;
    if (trouble_.empty()) base::logWarning("companion", "the camera's detections do not come: " + now);
    if (now.empty()) base::logInfo("companion", "the camera's detections come again");
    trouble_ = std::move(now);
    if (!is_told_ || !told_.is_there) return;
    ipc::Offer offer = told_;
    offer.problem = trouble_;
    tell(std::move(offer));
}

bool OfferBoard::can(CameraAction action) const {
    const LockGuard lock(mutex_);
    return told_.is_there && (told_.actions & (1U << static_cast<std::uint32_t>(action))) != 0;
}

void OfferBoard::tell(ipc::Offer offer) {
    if (is_told_ && isSameOffer(offer, told_)) return;
    told_ = offer;
    is_told_ = true;
    outbox_.put(std::move(offer));
}

}  // namespace porchlight::worker
