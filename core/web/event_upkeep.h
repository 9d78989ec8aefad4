/// Lets deleted events go for good once they can no longer be restored.
#pragma once

#include "base/cancel.h"
#include "web/backend.h"

namespace porchlight::web {

/// One round: the thumbnails and rows of at most 20 events. Writes nothing when there are none. The number
/// that went. Ends after the event that is under way when `cancel` is due. Throws Error.
std::size_t removeDeletedEvents(store::Store& store, const std::filesystem::path& thumbnails_dir,
                                WallTime now, const base::Cancel& cancel = {});

/// Rounds every half minute until the server stops; failures are logged and tried again. For a thread of its
/// own.
void keepEventsTidy(Backend& backend);

}  // namespace porchlight::web
