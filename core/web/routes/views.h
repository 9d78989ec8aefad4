/// How things look in JSON; one function a thing, used by routes, the event stream and the command line
/// alike.
#pragma once

#include "camera/recovery_report.h"
#include "camera/status.h"
#include "http/exchange.h"
#include "plugin/loader.h"
#include "porchlight/json.h"
#include "store/store.h"

namespace porchlight::web {

/// What this caller may know: administrators everything, viewers words without places and details
/// (camera/discretion.h).
bool maySeeDetails(const http::Exchange& exchange) noexcept;
camera::Status shownTo(const http::Exchange& exchange, camera::Status status);
store::HealthRow shownTo(const http::Exchange& exchange, store::HealthRow row);
store::IncidentRow shownTo(const http::Exchange& exchange, store::IncidentRow row);
store::RecoveryRow shownTo(const http::Exchange& exchange, store::RecoveryRow row);
store::CoverageRow shownTo(const http::Exchange& exchange, store::CoverageRow row);

inline constexpr milliseconds kPartBudget{
    10'000};  ///< for a client to take one part of a long answer in JSON

void writeCamera(JsonWriter& json, const camera::Status& status);
void writeRecovery(JsonWriter& json, const camera::RecoveryReport& report);
void writeEvent(JsonWriter& json, const store::EventRow& event);
void writeEventMembers(JsonWriter& json, const store::EventRow& event);  ///< within an object of the caller's
void writeRecording(JsonWriter& json, const store::RecordingRow& row);
void writeHealth(JsonWriter& json, const store::HealthRow& row);
void writeIncident(JsonWriter& json, const store::IncidentRow& row);
void writeRecovery(JsonWriter& json, const store::RecoveryRow& row);
void writeCoverage(JsonWriter& json, const store::CoverageRow& row);

/// {plugins: [...]}, with what each can be set to.
void writePlugins(JsonWriter& json, const std::vector<plugin::Listing>& listings);

}  // namespace porchlight::web
