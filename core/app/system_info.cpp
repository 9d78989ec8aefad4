#include "app/system_info.h"

#include <algorithm>

#include "base/text.h"

namespace porchlight::app {

std::vector<std::pair<std::string, std::string>> librariesOf(const std::vector<plugin::Listing>& listings) {
    std::vector<std::pair<std::string, std::string>> libraries;
    for (const auto& listing : listings)
        for (const auto& library : base::split(listing.runtime, ',')) {
            const auto space = library.rfind(' ');
            const auto begin = library.find_first_not_of(' ');
            if (space == std::string::npos || begin == std::string::npos || space <= begin) continue;
            const std::pair<std::string, std::string> entry{library.substr(begin, space - begin),
                                                            library.substr(space + 1)};
            if (std::find(libraries.begin(), libraries.end(), entry) == libraries.end())
                libraries.push_back(entry);
        }
    return libraries;
}

void addAlerts(web::SystemInfo& info, const std::vector<alert::SinkStatus>& sinks) {
    for (const auto& sink : sinks) {
        info.alerts.push_back({sink.plugin, sink.status.starts_with("connected"), sink.delivered,
                               sink.dropped, sink.status == "connected" ? "" : sink.status, sink.waiting,
                               sink.waiting_bytes, sink.dropped_pictures, sink.superseded});
        const std::string& detail = info.alerts.back().detail;
        if (!detail.empty() && detail != "starting" && detail != "connecting")
            info.problems.push_back("alerts over " + sink.plugin + ": " + detail);
    }
}

void addStorage(web::SystemInfo& info, record::StorageStatus storage) {
    info.problems.insert(info.problems.end(), storage.problems.begin(), storage.problems.end());
    if (!storage.is_clock_trusted)
        info.problems.push_back(
            "the clock is not set: footage is marked until it is, and nothing is deleted by age");
    info.storage = std::move(storage);
}

void addRecordings(web::SystemInfo& info, const std::map<std::string, record::RecordingStatus>& recordings) {
    for (const auto& [camera, status] : recordings) {
        info.recorder_drops.emplace_back(camera, status.dropped_fragments);
        if (!status.error.empty()) info.problems.push_back(camera + " is not recording: " + status.error);
    }
}

}  // namespace porchlight::app
