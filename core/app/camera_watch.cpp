#include "app/camera_watch.h"

#include <algorithm>

#include "camera/fault_kind.h"
#include "porchlight/utf8.h"

namespace porchlight::app {
namespace {

using ledger::GapCause;

constexpr std::chrono::minutes kSampleInterval{15};
constexpr std::chrono::minutes kSampleEarned{5};
constexpr int kSampleBurst = 30;
constexpr std::size_t kMaxDetail = 300;

struct Row {
    std::string_view kind;  ///< camera::FaultKind's name, or the older names of issues
    std::optional<GapCause> cause;
};

constexpr Row kCauses[] = {
    {"frame_timeout", GapCause::NoFrames},
    {"connection_error", GapCause::ConnectionLost},
    {"frozen_picture", GapCause::FrozenPicture},
    {"black_picture", std::nullopt},
    {"low_rate", std::nullopt},
    {"buffer_error", GapCause::CaptureFailure},
    {"capture_failure", GapCause::CaptureFailure},
    {"auth_refused", GapCause::AuthRefused},
    {"misconfigured", GapCause::Misconfigured},
    {"not_found", GapCause::NotFound},
    {"not_supported", GapCause::NotSupported},
    {"ended", GapCause::Ended},
    {"heartbeat_missing", GapCause::WorkerRestart},
    {"hung", GapCause::WorkerRestart},
    {"worker_died", GapCause::WorkerRestart},
    {"worker_garbage", GapCause::WorkerRestart},
    {"worker_flood", GapCause::WorkerRestart},
    {"memory_limit", GapCause::WorkerRestart},
    {"cpu_limit", GapCause::WorkerRestart},
    {"cpu_busy", std::nullopt},
    {"descriptor_leak", GapCause::WorkerRestart},
    {"unplayable", GapCause::CaptureFailure},
    {"unproven", std::nullopt},
    {"tampered", std::nullopt},
    {"video_lost", std::nullopt},
};

/// As much of it as a row holds; no character is cut in two.
std::string detailOf(const std::string& text) {
    return asUtf8(text, kMaxDetail);
}

std::optional<GapCause> causeOf(const std::string& kind) {
    for (const Row& row : kCauses)
        if (row.kind == kind) return row.cause;
    return kind.empty() ? std::nullopt : std::optional(GapCause::CaptureFailure);
}

bool isTroubled(const camera::Status& status) {
    return status.state == camera::State::Degraded || status.state == camera::State::Offline ||
           status.state == camera::State::Wedged || status.consecutive_failures > 0;
}

}  // namespace

ledger::CameraCondition conditionOf(const camera::Status& status) {
    ledger::CameraCondition out;
    out.is_detect_on = status.is_detect_on;
    switch (status.state) {
        case camera::State::Starting:
            out.cause = GapCause::Starting;
            break;
        case camera::State::Wedged:
            out.cause = GapCause::Wedged;
            break;
        case camera::State::Disabled: {
            out.cause = GapCause::Disabled;
            const auto by = status.reason.find("disabled ");
            out.detail = detailOf(by == std::string::npos ? status.reason : status.reason.substr(by + 9));
            break;
        }
        case camera::State::Running:
            out.cause = causeOf(status.kind);
            break;
        case camera::State::Degraded:
            out.cause = causeOf(status.kind);
            break;
        case camera::State::Offline:
            if ((status.kind.empty() || status.kind == "misconfigured") && status.worker_starts == 0) {
                out.cause = GapCause::Misconfigured;
                out.detail = detailOf(status.reason);
            } else {
                out.cause = causeOf(status.kind).value_or(GapCause::NoFrames);
                if (status.kind.empty()) out.detail = detailOf(status.reason);
            }
            break;
    }
    return out;
}

void CameraWatch::see(const camera::Status& status) {
    Camera& camera = cameras_[status.name];
    if (auto condition = conditionOf(status); camera.condition != condition) {
        camera.condition = condition;
        outlets_.condition(status.name, condition);
    }
    sample(camera, status);
    followIncident(camera, status);
}

void CameraWatch::sample(Camera& camera, const camera::Status& status) {
    const auto now = clock_.now();
    if (!camera.sampled_at) {
        camera.samples_left = kSampleBurst;
        camera.samples_at = now;
    }
    const auto earned = (now - camera.samples_at) / kSampleEarned;
    if (earned > 0) {
        camera.samples_left =
            static_cast<int>(std::min<std::int64_t>(kSampleBurst, camera.samples_left + earned));
        camera.samples_at = now;
    }
    const std::string state = camera::nameOf(status.state);
    const bool has_changed = state != camera.sample.state || status.score != camera.sample.score ||
                             status.kind != camera.sample.issue;
    const bool is_due = !camera.sampled_at || now - *camera.sampled_at >= kSampleInterval;
    if (!is_due && (!has_changed || camera.samples_left == 0)) return;
    const store::HealthRow row{status.name,  clock_.wallNow(), state,
                               status.score, status.kind,      detailOf(status.reason)};
    if (!outlets_.post([row](store::Store& store) { store.health.insert(row); })) return;
    if (!is_due) --camera.samples_left;
    camera.sample = row;
    camera.sampled_at = now;
}

void CameraWatch::followIncident(Camera& camera, const camera::Status& status) {
    const bool is_well = status.state == camera::State::Running || status.state == camera::State::Disabled;
    if (!isTroubled(status)) {
        if (!is_well || (!camera.has_incident && camera.is_looked_for)) return;
        const auto end = [name = status.name, at = clock_.wallNow(), failures = camera.failures](
                             store::Store& store) { store.incidents.end(name, at, failures); };
        if (!outlets_.post(end)) return;
        camera.has_incident = false;
        camera.is_looked_for = true;
        camera.failures = 0;
        return;
    }
    const camera::FaultFacts* facts = camera::factsOf(status.kind);
    const bool is_for_owner = facts != nullptr && facts->severity == camera::Severity::Owner;
    const bool is_critical =
        status.state == camera::State::Wedged || is_for_owner ||
        (status.state == camera::State::Offline && conditionOf(status).cause == GapCause::Misconfigured);
    store::IncidentRow row;
    row.camera = status.name;
    row.started_at = clock_.wallNow();
    row.kind = is_critical ? "critical" : "issue";
    row.issue = status.kind;
    row.detail = detailOf(status.reason);
    row.failures = camera.failures = std::max<std::int64_t>(camera.failures, status.consecutive_failures);
    const std::string incident = row.kind + " " + row.issue;
    if (camera.has_incident && incident == camera.incident) return;
    if (!outlets_.post([row](store::Store& store) { store.incidents.note(row); })) return;
    camera.has_incident = camera.is_looked_for = true;
    camera.incident = incident;
}

}  // namespace porchlight::app
