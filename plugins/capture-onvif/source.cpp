#include "source.h"

#include <string>

#include "porchlight/source_error.h"

namespace porchlight::onvif {
namespace {

/// The settings of plugin ffmpeg for it.
Settings streamSettings(const KnownStream& known, const Settings& settings) {
    Settings out;
    out.set("url", known.url);
    out.set("transport", std::string(settings.text("transport")));
    out.set("audio", std::string(settings.text("audio")));
    out.set("loop", "false");
    out.set("realtime", "true");
    if (known.is_elsewhere) out.set("never_basic", "true");
    return out;
}

}  // namespace

SourceInfo OnvifSource::open(const Settings& settings, Deadline deadline) {
    knowledge_ = Knowledge::of(settings);
    const std::string wanted(settings.text("stream"));
    const std::string main(settings.has("main_stream") ? settings.text("main_stream") : wanted);
    const KnownStream known = knowledge_->stream(wanted, main, deadline, halt_);
    try {
        return openStream(known, settings, deadline);
    } catch (const Error& error) {
        knowledge_->forgetStreams();
        // One that cannot be reached may be starting; it is asked at the next attempt.
        if (!known.is_remembered || error.kind() == ErrorKind::Unavailable || halt_.isRaised()) throw;
    }
    return openStream(knowledge_->stream(wanted, main, deadline, halt_), settings, deadline);
}

SourceInfo OnvifSource::openStream(const KnownStream& known, const Settings& settings, Deadline deadline) {
    auto stream = std::make_unique<ffmpeg::FfmpegSource>();
    {
        const LockGuard lock(mutex_);
        open_stream_ = stream.get();
        if (halt_.isRaised()) open_stream_->interrupt();
    }
    stream_ = std::move(stream);  // what is interrupted from now on; the one before goes
    SourceInfo info = stream_->open(streamSettings(known, settings), deadline);
    info.description = known.description + ": " + info.description;
    return info;
}

bool OnvifSource::awaitChange(Deadline deadline) {
    if (stream_) return stream_->awaitChange(deadline);
    return knowledge_ && knowledge_->awaitRestart(deadline, halt_);
}

void OnvifSource::interrupt() noexcept {
    halt_.raise();
    const LockGuard lock(mutex_);
    if (open_stream_ != nullptr) open_stream_->interrupt();
}

}  // namespace porchlight::onvif
