#include "camera/worker/stream_desk.h"

#include "base/log.h"

namespace porchlight::camera {

void StreamDesk::begin(ipc::StreamStarted message) {
    end();
    auto init = std::make_shared<StreamInit>();
    init->epoch = message.epoch;
    init->video = message.video;
    init->width_px = message.width_px;
    init->height_px = message.height_px;
    init->has_audio = message.has_audio;
    init->bytes = std::move(message.init);
    init_ = std::move(init);
    message.init.clear();
    base::logInfo(site_.component(), "stream: " + message.description);
    stream_ = std::move(message);
    parts_.begin(site_.camera.name, init_);
}

std::shared_ptr<const Fragment> StreamDesk::take(ipc::FragmentReady message) {
    if (!stream_) return nullptr;
    auto fragment = std::make_shared<Fragment>();
    fragment->init = init_;
    fragment->sequence = message.sequence;
    fragment->started_at = WallTime(microseconds(message.started_at_us));
    fragment->duration = microseconds(message.duration_us);
    fragment->starts_with_key = message.starts_with_key;
    fragment->bytes = std::move(message.bytes);
    site_.listener.onFragment(site_.camera.name, fragment);
    parts_.addFragment(site_.camera.name, fragment);
    return fragment;
}

void StreamDesk::takePart(ipc::LivePart part) {
    if (stream_) parts_.addPart(site_.camera.name, std::move(part));
}

void StreamDesk::end() {
    if (!stream_) return;
    parts_.end(site_.camera.name);
    stream_.reset();
    init_.reset();
    site_.listener.onStreamEnded(site_.camera.name);
}

void StreamDesk::describe(Status& out) const {
    if (!stream_) return;
    out.source = stream_->description;
    out.codec = nameOf(stream_->video);
    out.width_px = stream_->width_px;
    out.height_px = stream_->height_px;
}

}  // namespace porchlight::camera
