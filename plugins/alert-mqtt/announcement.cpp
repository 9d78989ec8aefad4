#include "announcement.h"

#include <algorithm>
#include <filesystem>

#include "porchlight/json.h"

namespace porchlight::mqtt {

namespace {

constexpr char kMemory[] = "alert-mqtt.retained";

bool isReachable(const std::string& state) {
    return state == "running" || state == "degraded";
}

}  // namespace

void Announcement::configure(const AlertAppliance& appliance, const std::string& broker, bool has_discovery) {
    appliance_ = appliance;
    has_discovery_ = has_discovery;
    if (!appliance.state_dir.empty())
        remembered_ = Remembered(std::filesystem::path(appliance.state_dir) / kMemory, broker);
    readCameras();
}

bool Announcement::withdraw() {
    is_withdrawn_ = true;
    return remembered() > 0;
}

/// A camera whose file has problems is not announced: neither its name nor its title can be relied on. One
/// that was announced before stays known.
void Announcement::readCameras() {
    for (const AlertCamera& camera : appliance_.cameras) {
        const TopicSet& known = remembered_.topics();
        if (!camera.is_fit && !known.contains(topics_.camera(camera.name, "status"))) {
            unknown_cameras_.insert(camera.name);
            continue;
        }
        CameraState& state = cameras_[camera.name];
        state.is_fit = camera.is_fit;
        if (!camera.is_fit) state.state = "offline";
    }
}

TopicSet Announcement::wanted() const {
    if (is_withdrawn_) return {};
    TopicSet out{topics_.status(), topics_.problem(), topics_.problemAttributes()};
    if (has_discovery_) out.insert(topics_.applianceConfig());
    for (const auto& [name, camera] : cameras_) {
        for (const char* leaf : {"status", "state", "motion", "label", "snapshot", "snapshot/attributes"})
            out.insert(topics_.camera(name, leaf));
        if (has_discovery_) out.insert(topics_.cameraConfig(name));
    }
    for (const std::string& topic : remembered_.topics())
        if (isInDoubt(topic)) out.insert(topic);
    return out;
}

bool Announcement::isOurs(const std::string& status_topic) const {
    return std::any_of(cameras_.begin(), cameras_.end(), [&](const auto& camera) {
        return topics_.camera(camera.first, "status") == status_topic;
    });
}

/// As long as a file with problems may be that of a camera which seems to be gone, such a camera is only
/// offline.
bool Announcement::isInDoubt(const std::string& topic) const {
    if (unknown_cameras_.empty()) return false;
    return topic.starts_with(topics_.base + "/cam/") ||
           (has_discovery_ && topic.starts_with(topics_.cameraDevices()));
}

/// A stale one says nothing of the present.
void Announcement::noteEvent(CameraState& camera, const Alert& alert) {
    if (alert.kind == AlertKind::EventUpdate) {
        if (camera.event_id == alert.event_id) camera.label = labelOf(alert);
        return;
    }
    if (alert.is_stale) return;
    camera.is_moving = alert.kind == AlertKind::EventStart;
    camera.label = camera.is_moving ? labelOf(alert) : kNoLabel;
    camera.event_id = camera.is_moving ? alert.event_id : "";
}

bool Announcement::isRunning(const Alert& alert) const {
    const auto camera = cameras_.find(alert.camera);
    return camera != cameras_.end() && !alert.event_id.empty() && camera->second.event_id == alert.event_id;
}

bool Announcement::note(const Alert& alert) {
    if (alert.kind == AlertKind::Problem) {
        problems_ = alert.problems;
        return true;
    }
    if (unknown_cameras_.contains(alert.camera)) return false;
    CameraState& camera = cameras_[alert.camera];
    if (isEvent(alert)) {
        noteEvent(camera, alert);
        return true;
    }
    if (alert.kind != AlertKind::CameraState) return true;
    camera.state = alert.state;
    camera.health_percent = alert.health_percent;
    camera.reason = alert.reason;
    camera.fault_kind = alert.fault_kind;
    return true;
}

void Announcement::remember(TopicSet topics) {
    memory_problem_.clear();
    try {
        remembered_.replace(std::move(topics));
    } catch (const Error& error) {
        memory_problem_ = error.what();
    }
}

void Announcement::putAll() {
    const TopicSet topics = wanted();
    TopicSet all = remembered_.topics();
    all.insert(topics.begin(), topics.end());
    remember(std::move(all));
    takeBack(topics);
    if (is_withdrawn_) return;
    if (has_discovery_) putDevices();
    putStates();
    putProblem();
    courier_.put(topics_.status(), "online", true);
}

void Announcement::finish() {
    remember(wanted());
}

/// Empties what is retained and wanted no more; devices first, as Home Assistant wants it.
void Announcement::takeBack(const TopicSet& wanted) {
    const auto isDevice = [](const std::string& topic) { return topic.ends_with("/config"); };
    for (const bool is_device : {true, false})
        for (const std::string& topic : remembered_.topics())
            if (!wanted.contains(topic) && isDevice(topic) == is_device) courier_.put(topic, "", true);
}

void Announcement::putDevices() {
    courier_.put(topics_.applianceConfig(), applianceDevice(topics_, appliance_), true);
    for (const AlertCamera& camera : appliance_.cameras)
        if (camera.is_fit)
            courier_.put(topics_.cameraConfig(camera.name), cameraDevice(topics_, appliance_, camera), true);
}

void Announcement::putStates() {
    for (const std::string& topic : remembered_.topics())
        if (isInDoubt(topic) && topic.ends_with("/status") && !isOurs(topic))
            courier_.put(topic, "offline", true);
    for (const auto& [name, camera] : cameras_) {
        courier_.put(topics_.camera(name, "motion"), camera.is_moving ? "ON" : "OFF", true);
        courier_.put(topics_.camera(name, "label"), camera.label, true);
        putState(name);
    }
}

void Announcement::putState(const std::string& name) {
    const CameraState& camera = cameras_[name];
    JsonWriter state;
    state.beginObject().field("status", camera.state).field("health", camera.health_percent);
    state.field("reason", camera.reason).field("kind", camera.fault_kind).endObject();
    courier_.put(topics_.camera(name, "state"), state.take(), true);
    courier_.put(topics_.camera(name, "status"), isReachable(camera.state) ? "online" : "offline", true);
}

/// The attributes first: who reacts to ON reads them.
void Announcement::putProblem() {
    if (!problems_) return;
    JsonWriter attributes;
    attributes.beginObject().key("reasons").beginArray();
    for (const std::string& problem : *problems_) attributes.value(problem);
    courier_.put(topics_.problemAttributes(), attributes.endArray().endObject().text(), true);
    courier_.put(topics_.problem(), problems_->empty() ? "OFF" : "ON", true);
}

void Announcement::put(const Alert& alert) {
    if (alert.kind == AlertKind::Problem)
        putProblem();
    else
        putState(alert.camera);
}

void Announcement::putGoodbye() {
    for (auto& [name, camera] : cameras_) {
        camera.state = "offline";
        camera.health_percent.reset();
        camera.reason = "Porchlight was stopped";
        courier_.put(topics_.camera(name, "motion"), "OFF", true);
        courier_.put(topics_.camera(name, "label"), kNoLabel, true);
        putState(name);
    }
    courier_.put(topics_.status(), "offline", true);
}

}  // namespace porchlight::mqtt
