#include "session.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "pictures.h"
#include "porchlight/error.h"

namespace porchlight::libcamera_source {
namespace {

using libcamera::CameraConfiguration;
using libcamera::StreamRole;

[[noreturn]] void fail(const std::string& what, int result) {
    const int number = result < 0 ? -result : EIO;
    std::string why = std::strerror(number);
    if (number == EBUSY) why = "busy: another program uses it";
    if (number == ENODEV) why = "gone: unplugged?";
    throw Error(number == ENOMEM ? ErrorKind::Exhausted : ErrorKind::Unavailable, what + ": " + why);
}

}  // namespace

Session::Session(std::shared_ptr<libcamera::Camera> camera, const Wanted& wanted, Completions& completions)
    : camera_(std::move(camera)), completions_(completions) {
    if (const int result = camera_->acquire(); result < 0) fail("open " + name(), result);
    try {
        configure(wanted);
        makeBuffers(wanted.buffers);
        makeRequests();
    } catch (...) {
        tearDown();
        throw;
    }
}

Session::~Session() {
    tearDown();
}

void Session::configure(const Wanted& wanted) {
    // The second output is a bonus: a camera or driver that has none gives the first alone.
    if (!(wanted.low_width_px > 0 && propose(wanted, true)) && !propose(wanted, false))
        throw Error(ErrorKind::NotSupported, name() + " refuses every configuration near " +
                                                 std::to_string(wanted.width_px) + "x" +
                                                 std::to_string(wanted.height_px) + ' ' + wanted.format);
    if (!isKnown(main().pixelFormat))
        throw Error(ErrorKind::NotSupported, name() + " delivers " + main().pixelFormat.toString() +
                                                 ", which is not understood; it offers " +
                                                 offeredFormats(main()));
    judge(wanted);
}

/// libcamera gives something near instead, in silence.
void Session::judge(const Wanted& wanted) const {
    const auto refuse = [this](const std::string& setting, const std::string& why) {
        throw Error(ErrorKind::Misconfigured, "setting " + setting + ": " + name() + ' ' + why);
    };
    const libcamera::Size size(wanted.width_px, wanted.height_px);
    if (!isOfKind(main().pixelFormat, wanted.format))
        refuse("format", "has no " + wanted.format + "; it offers " + offeredFormats(main()));
    if (wanted.is_size_given && main().size != size)
        refuse("width and height", "has no " + size.toString() + ", nearest is " + main().size.toString() +
                                       "; it offers " + offeredSizes(main()));
    if (!is_turned_ && wanted.turn != Turn::None) refuse("orientation", "cannot turn its pictures");
}

bool Session::propose(const Wanted& wanted, bool with_low) {
    configuration_ =
        with_low ? camera_->generateConfiguration({StreamRole::VideoRecording, StreamRole::Viewfinder})
                 : camera_->generateConfiguration({StreamRole::VideoRecording});
    if (!with_low && (!configuration_ || configuration_->empty()))
        configuration_ = camera_->generateConfiguration({StreamRole::Viewfinder});
    if (!configuration_ || configuration_->size() < (with_low ? 2U : 1U)) return false;
    libcamera::StreamConfiguration& first = configuration_->at(0);
    first.size = libcamera::Size(wanted.width_px, wanted.height_px);
    first.pixelFormat = chooseFormat(first, wanted.format);
    first.stride = 0;
    first.bufferCount = wanted.buffers;
    if (with_low) shapeLow(wanted);
    turnOf(*configuration_) = turnValue(wanted.turn);
    if (configuration_->validate() == CameraConfiguration::Invalid) return false;
    if (with_low &&
        (!isKnown(configuration_->at(1).pixelFormat) || isCompressed(configuration_->at(1).pixelFormat)))
        return false;
    is_turned_ = turnOf(*configuration_) == turnValue(wanted.turn);
    if (const int result = camera_->configure(configuration_.get()); result < 0) {
        if (with_low) return false;
        fail("configure " + name(), result);
    }
    return true;
}

void Session::shapeLow(const Wanted& wanted) {
    const libcamera::StreamConfiguration& first = configuration_->at(0);
    libcamera::StreamConfiguration& second = configuration_->at(1);
    const unsigned width = std::min(wanted.low_width_px, wanted.width_px) & ~1U;
    second.size = libcamera::Size(width, (width * wanted.height_px / wanted.width_px) & ~1U);
    second.pixelFormat = libcamera::formats::YUV420;
    second.colorSpace = first.colorSpace;
    second.stride = 0;
    second.bufferCount = first.bufferCount;
}

/// Contiguous memory is short on small boards: fewer buffers are better than none.
void Session::makeBuffers(unsigned wanted_buffers) {
    for (unsigned count = wanted_buffers;; --count) {
        allocator_ = std::make_unique<libcamera::FrameBufferAllocator>(camera_);
        int result = 0;
        for (auto& stream : *configuration_)
            if (result >= 0) result = allocator_->allocate(stream.stream());
        if (result >= 0) break;
        allocator_.reset();
        if (result != -ENOMEM || count <= 2) fail("allocate the buffers of " + name(), result);
        for (auto& stream : *configuration_) stream.bufferCount = count - 1;
        if (configuration_->validate() == CameraConfiguration::Invalid ||
            camera_->configure(configuration_.get()) < 0)
            fail("allocate the buffers of " + name(), -ENOMEM);
    }
    for (auto& stream : *configuration_)
        for (const auto& buffer : allocator_->buffers(stream.stream()))
            mapped_.emplace(buffer.get(), std::make_unique<MappedBuffer>(*buffer));
}

void Session::makeRequests() {
    std::size_t count = SIZE_MAX;
    for (auto& stream : *configuration_) count = std::min(count, allocator_->buffers(stream.stream()).size());
    for (std::size_t i = 0; i < count; ++i) {
        auto request = camera_->createRequest(i);
        if (!request) fail("make the requests of " + name(), -ENOMEM);
        for (auto& stream : *configuration_)
            if (const int result =
                    request->addBuffer(stream.stream(), allocator_->buffers(stream.stream())[i].get());
                result < 0)
                fail("make the requests of " + name(), result);
        requests_.push_back(std::move(request));
    }
}

void Session::start(const libcamera::ControlList& controls) {
    completions_.orderBy(main().stream());
    camera_->requestCompleted.connect(&completions_, &Completions::onCompleted);
    camera_->disconnected.connect(&completions_, &Completions::onDisconnected);
    if (const int result = camera_->start(&controls); result < 0) fail("start " + name(), result);
    is_running_ = true;
    for (const auto& request : requests_)
        if (const int result = camera_->queueRequest(request.get()); result < 0)
            fail("queue a request to " + name(), result);
}

void Session::giveBack(libcamera::Request* request) {
    request->reuse(libcamera::Request::ReuseBuffers);
    if (const int result = camera_->queueRequest(request); result < 0)
        fail("queue a request to " + name(), result);
}

void Session::tearDown() noexcept {
    completions_.close();
    if (is_running_) camera_->stop();
    is_running_ = false;
    camera_->requestCompleted.disconnect(&completions_);
    camera_->disconnected.disconnect(&completions_);
    requests_.clear();
    mapped_.clear();
    allocator_.reset();
    configuration_.reset();
    camera_->release();
    camera_.reset();
}

}  // namespace porchlight::libcamera_source
