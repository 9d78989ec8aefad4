// What a unit tells: to its worker (setup) and to everybody else (status).
#include <algorithm>

#include "camera/unit/unit.h"
#include "config/memory_plan.h"

namespace porchlight::camera {

const char* nameOf(State state) noexcept {
    switch (state) {
        case State::Starting:
            return "starting";
        case State::Running:
            return "running";
        case State::Degraded:
            return "degraded";
        case State::Offline:
            return "offline";
        case State::Wedged:
            return "wedged";
        case State::Disabled:
            return "disabled";
    }
    return "offline";
}

ipc::Setup Unit::setup() const {
    ipc::Setup setup;
    setup.camera = camera_.name;
    setup.plugin_folder = options_.plugin_folder;
    setup.source_plugin = camera_.source.plugin;
    setup.source = camera_.source.settings;
    setup.has_sub = camera_.sub.has_value();
    if (camera_.sub) setup.sub = *camera_.sub;
    setup.detect_plugin = camera_.detect.detector.plugin;
    setup.detect = camera_.detect.detector.settings;
    setup.is_detect_on = is_detect_on_;
    setup.detect_rate_hz = camera_.detect.rate_hz;
    setup.wants_fragments = record_mode_ != config::RecordMode::Off;
    setup.passes_mjpeg = camera_.record.passes_mjpeg;
    setup.encode_kbit_s = camera_.record.encode_kbit_s;
    setup.may_encode_in_hardware = !avoids_hardware_encoder_;
    setup.frame_timeout_us = camera_.health.frame_timeout.count();
    setup.open_timeout_us = camera_.health.open_timeout.count();
    setup.queue_max_bytes = options_.memory == config::MemoryProfile::Lite ? 2U << 20U : 6U << 20U;
    config::CameraConfig now = camera_;
    now.record.mode = record_mode_;
    setup.memory_max_bytes = config::workerMaxBytes(now, options_.memory);
    return setup;
}

Status Unit::status() const {
    const auto now = clock_.now();
    Status out;
    out.name = camera_.name;
    out.title = camera_.title;
    out.state = state_;
    out.state_since = state_since_;
    out.reason = reason_;
    out.action = action_;
    out.score = condition_.score();
    out.level = condition_.level();
    out.consecutive_failures = condition_.consecutiveFailures();
    if (condition_.kind()) out.kind = nameOf(*condition_.kind());
    for (const auto& [kind, count] : condition_.faults()) out.faults.emplace(nameOf(kind), count);
    // Before the ladder begins the worker tries again by itself.
    if (attempt_)
        out.rung = nameOf(attempt_->report.rung);
    else
        out.rung = condition_.isFailing() ? nameOf(std::max(rung_, Rung::Retry)) : "none";
    if (stream_) {
        out.source = stream_->description;
        out.codec = nameOf(stream_->video);
        out.width_px = stream_->width_px;
        out.height_px = stream_->height_px;
    }
    if (last_picture_at_) out.packet_age = std::chrono::duration_cast<microseconds>(now - *last_picture_at_);
    const auto since_beat =
        watch_ ? std::chrono::duration_cast<microseconds>(now - watch_->beatAt()) : microseconds(0);
    if (watch_ && watch_->beat().distinct_age_us >= 0)
        out.distinct_age = microseconds(watch_->beat().distinct_age_us) + since_beat;
    else
        out.distinct_age = out.packet_age;
    if (watch_ && watch_->beat().black_age_us >= 0)
        out.black_age = microseconds(watch_->beat().black_age_us) + since_beat;
    out.is_detect_on = is_detect_on_;
    out.record_mode = config::nameOf(record_mode_);
    for (const auto& [key, entry] : switches_) out.switches.push_back(entry);
    out.viewers = live_.viewers(camera_.name);
    out.worker_pid = process_ ? process_->pid() : 0;
    out.worker_starts = worker_starts_;
    if (process_) {
        out.rate_hz = heartbeat_.rate_hz;
        out.rss_bytes = heartbeat_.rss_bytes;
        out.cpu_percent = heartbeat_.cpu_percent;
        out.memory_max_bytes = heartbeat_.memory_max_bytes;
        out.descriptors = heartbeat_.descriptors;
        out.descriptors_max = heartbeat_.descriptors_max;
        out.threads = heartbeat_.threads;
        out.queue_bytes = heartbeat_.queue_bytes;
        out.queue_max_bytes = heartbeat_.queue_max_bytes;
        out.is_detecting_on_main = heartbeat_.is_detecting_on_main;
    }
    out.packets = heartbeat_.packets;
    out.pictures_analysed = heartbeat_.pictures_analysed;
    out.dropped_fragments = heartbeat_.dropped_fragments;
    out.dropped_packets = heartbeat_.dropped_packets;
    out.bad_packets = heartbeat_.bad_packets;
    out.dropped_messages = heartbeat_.dropped_messages;
    out.lost_frames = heartbeat_.lost_frames;
    return out;
}

}  // namespace porchlight::camera
