/// Lets deleted events go for good once they can no longer be restored.
#pragma once

#include "web/backend.h"

namespace porchlight::web {

/// One round: the thumbnails and rows of at most 20 events. Writes nothing when there are none. The number that went.
/// Throws Error.
std::size_t removeDeletedEvents(store::Store& store, const std::filesystem::path& thumbnails_dir, WallTime now);

/// Rounds every half minute until the server stops; failures are logged and tried again. For a thread of its own.
void keepEventsTidy(Backend& backend);

}  // namespace porchlight::web
