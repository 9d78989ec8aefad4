/// What routes about events read from a request.
#pragma once

#include "web/backend.h"

namespace porchlight::web {

/// The filters of the query: camera, zone, label, text, from, to, kept, reviewed. Throws HttpError(400).
store::EventFilter readEventFilter(const http::Exchange& exchange, WallTime now);

/// The event of that id. Throws HttpError: 404, and 410 when it was deleted and can still be restored.
store::EventRow eventOr404(Backend& backend, const std::string& id);

/// Names with commas between; the configured cameras when there are none. Throws HttpError(400) for more
/// than 32.
std::vector<std::string> readCameras(const std::string& text, Backend& backend);

/// A number of the query. Throws HttpError(400) naming it.
std::int64_t readNumber(const http::Exchange& exchange, const std::string& name, std::int64_t otherwise,
                        std::int64_t min, std::int64_t max);

}  // namespace porchlight::web
