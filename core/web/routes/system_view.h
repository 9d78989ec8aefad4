/// How the appliance itself looks in JSON.
#pragma once

#include <iosfwd>

#include "porchlight/json.h"

namespace porchlight::web {

class Backend;

/// Space on the data volume: {"total_bytes","free_bytes","recorded_bytes","max_bytes","min_free_bytes"}.
/// `has_details`: for administrators, who are told sentences with paths in them.
void writeStorage(JsonWriter& json, Backend& backend, bool has_details);

/// Prometheus families of the coverage ledger and of incidents.
void writeLedgerMetrics(std::ostream& out, Backend& backend);

}  // namespace porchlight::web
