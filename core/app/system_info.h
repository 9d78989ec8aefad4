/// What the parts of the appliance say of themselves, as one answer for people. Pure.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "alert/alert_hub.h"
#include "plugin/loader.h"
#include "record/recorder.h"
#include "web/services.h"

namespace porchlight::app {

/// Name and version of what plugins found at run time, each once.
std::vector<std::pair<std::string, std::string>> librariesOf(const std::vector<plugin::Listing>& listings);

/// Adds how alerts are delivered. An owner who is told nothing must be able to see why: what is wrong with a
/// sink is a problem as well.
void addAlerts(web::SystemInfo& info, const std::vector<alert::SinkStatus>& sinks);

/// Adds the state of the data volume and its problems.
void addStorage(web::SystemInfo& info, record::StorageStatus storage);

/// Adds what recording gave up, and which camera is not recording.
void addRecordings(web::SystemInfo& info, const std::map<std::string, record::RecordingStatus>& recordings);

}  // namespace porchlight::app
