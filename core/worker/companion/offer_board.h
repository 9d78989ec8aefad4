/// What the camera offers, as the core was last told.
#pragma once

#include <optional>
#include <string>

#include "porchlight/companion.h"
#include "porchlight/mutex.h"
#include "worker/report/outbox.h"

namespace porchlight::worker {

/// The message for these abilities: lists and texts cut to what the core takes, secrets hidden. Pure but for
/// the secrets that this process keeps.
ipc::Offer offerOf(const CameraAbilities& abilities);

/// Nothing that somebody would want to know differs: a clock that moved by less than 2 s is no change. Pure.
bool isSameOffer(const ipc::Offer& a, const ipc::Offer& b) noexcept;

/// Tells the core what changed, and the log once when the camera goes and when it is back. Any thread, never
/// blocks.
class OfferBoard {
  public:
    explicit OfferBoard(Outbox& outbox) : outbox_(outbox) {}

    /// The camera answered.
    void there(const CameraAbilities& abilities);

    /// It does not; what it offered when it last did stays known.
    void gone(const std::string& problem);

    /// The plugin does not come back from a call: as gone(), until resume().
    void hang(const std::string& problem);

    /// It came back: what was told before hang() holds again, unless something else was told since.
    void resume();

    /// It answers, but its detections do not come; empty: they do.
    void setTrouble(const std::string& problem);

    /// As it last said.
    bool can(CameraAction action) const;

  private:
    void leave(const std::string& problem) PORCHLIGHT_REQUIRES(mutex_);
    void tell(ipc::Offer offer) PORCHLIGHT_REQUIRES(mutex_);

    Outbox& outbox_;
    mutable Mutex mutex_;
    ipc::Offer told_ PORCHLIGHT_GUARDED_BY(mutex_);
    bool is_told_ PORCHLIGHT_GUARDED_BY(mutex_) = false;
    std::optional<ipc::Offer> before_hang_ PORCHLIGHT_GUARDED_BY(mutex_);
    std::string trouble_ PORCHLIGHT_GUARDED_BY(mutex_);
};

}  // namespace porchlight::worker
