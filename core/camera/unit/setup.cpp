#include "camera/unit/setup.h"

#include "base/limits.h"
#include "config/memory_plan.h"

namespace porchlight::camera {

ipc::Setup setupOf(const Site& site, const Switches& switches, bool may_encode_in_hardware) {
    config::CameraConfig camera = site.camera;
    camera.record.mode = switches.recordMode();
    const auto memory = site.options.memory;
    ipc::Setup setup;
    setup.camera = camera.name;
    setup.plugin_folder = site.options.plugin_folder;
    setup.source_plugin = camera.source.plugin;
    setup.confinement = camera.traits.confinement;
    setup.source = camera.source.settings;
    setup.has_sub = camera.sub.has_value();
    if (camera.sub) setup.sub = *camera.sub;
    setup.detect_plugin = camera.detect.detector.plugin;
    setup.detect = camera.detect.detector.settings;
    setup.is_detect_on = switches.isDetectOn();
    setup.wants_camera_detections = camera.detect.camera_word != event::CameraWord::Ignored;
    setup.detect_rate_hz = camera.detect.rate_hz;
    setup.wants_fragments = switches.wantsFragments();
    setup.passes_mjpeg = camera.record.passes_mjpeg;
    setup.encode_kbit_s = camera.record.encode_kbit_s;
    setup.may_encode_in_hardware = may_encode_in_hardware;
    setup.frame_timeout_us = camera.health.frame_timeout.count();
    setup.open_timeout_us = camera.health.open_timeout.count();
    setup.queue_max_bytes = config::capFor(memory, limit::kWorkerQueue);
    setup.memory_max_bytes = config::workerMaxBytes(camera, memory);
    return setup;
}

}  // namespace porchlight::camera
