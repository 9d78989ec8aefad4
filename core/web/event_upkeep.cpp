#include "web/event_upkeep.h"

#include "base/log.h"
#include "web/event_query.h"

namespace porchlight::web {
namespace {

constexpr milliseconds kRound{30'000};
constexpr std::size_t kMaxRound = 20;  // files removed while a connection of the pool is held

}  // namespace

std::size_t removeDeletedEvents(store::Store& store, const std::filesystem::path& thumbnails_dir,
                                WallTime now, const base::Cancel& cancel) {
    std::size_t removed = 0;
    const auto events = store.events.removed(now - kRestoreTime, kMaxRound);
    for (const store::EventRow& event : events) {
        if (cancel.isDue()) break;
        std::error_code ignored;  // a thumbnail that stays behind is found by `porchlight check`
        std::filesystem::remove(thumbnails_dir / event.camera / (event.id + ".jpg"), ignored);
        store.events.erase(event.id);
        ++removed;
    }
    return removed;
}

void keepEventsTidy(Backend& backend) {
    do {
        backend.accounts.tick();
        try {
            const base::Cancel cancel([&] { return backend.connections.isStopping(); });
            const auto round = [&] {
                return removeDeletedEvents(*backend.stores.lease(), backend.services.config.thumbnailsDir(),
                                           backend.services.clock.wallNow(), cancel);
            };
            while (round() == kMaxRound && !backend.connections.isStopping()) {
            }
        } catch (const std::exception& error) {
            base::logWarning("web", std::string("remove deleted events: ") + error.what());
        }
    } while (!backend.connections.waitForStop(kRound));
}

}  // namespace porchlight::web
