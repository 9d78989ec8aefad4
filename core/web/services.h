/// Everything the web needs of the rest of the appliance.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/change_feed.h"
#include "base/clock.h"
#include "camera/control.h"
#include "config/config.h"
#include "plugin/discovery.h"
#include "plugin/loader.h"
#include "record/recorder.h"
#include "web/guard/password.h"

namespace porchlight::web {

/// An alert plugin as the system page shows it.
struct AlertStatus {
    std::string name;
    bool is_connected = false;
    std::uint64_t delivered = 0;
    std::uint64_t dropped = 0;
    std::string detail;  ///< what is wrong; empty when well
    std::uint64_t waiting = 0;
    std::uint64_t waiting_bytes = 0;
    std::uint64_t dropped_pictures = 0;
    std::uint64_t superseded = 0;
};

/// What came of a test of an alert target.
struct AlertTrial {
    bool is_ok = false;
    std::string answer;               ///< of the other side, or why there is none; for people
    std::vector<std::string> doubts;  ///< what does not work in full
};

/// One network camera to be asked for its streams.
struct OnvifQuestion {
    std::string address;
    std::string user;  ///< empty: without a login
    std::string password;
};

/// What only the composition root knows.
struct SystemInfo {
    std::vector<std::pair<std::string, std::string>> libraries;  ///< name, version found at run time
    std::vector<AlertStatus> alerts;
    std::vector<std::string> problems;  ///< for people: "disk full, recording paused"; empty when well
    /// Camera, fragments its recorder gave up.
    std::vector<std::pair<std::string, std::uint64_t>> recorder_drops;
    bool is_ok = true;  ///< what /healthz answers
    record::StorageStatus storage;
};

/// References must outlive the Server; the functions are called from any of its threads.
struct Services {
    config::Config config;
    camera::Control& cameras;
    base::ChangeFeed& changes;
    const base::Clock& clock;
    std::function<std::vector<plugin::Listing>()> plugins;
    std::function<SystemInfo()> system;
    std::filesystem::path webroot;
    std::string version;
    HashCost hash_cost{};
    std::function<plugin::Discovery()> find_sources{};  ///< looks for cameras; blocks 10 s at most
    /// Asks a camera as `porchlight sources --onvif` does, in a process of its own; gives the JSON that this
    /// printed: the camera, or {refusal, message}. One at a time: Throws Error(Exhausted) while another is
    /// asked, Error(Unavailable) where nothing came. Blocks 30 s at most.
    std::function<std::string(const OnvifQuestion&)> ask_onvif{};
    std::string node_id{};  ///< of this appliance: browsers keep its cookies apart from another's
    /// What waits for alert targets was changed in the database.
    std::function<void()> alerts_changed{};
    /// Tells a target a test; nothing: there is no such target. Blocks 9 s at most.
    std::function<std::optional<AlertTrial>(const std::string& target)> try_alert{};
};

}  // namespace porchlight::web
