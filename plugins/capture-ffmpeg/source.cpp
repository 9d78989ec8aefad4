#include "source.h"

#include <pthread.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "porchlight/host_lookup.h"
#include "porchlight/source_error.h"
#include "reach/vigil.h"

namespace porchlight::ffmpeg {
namespace {

constexpr std::size_t kMaxQueued = 512;             ///< eight seconds of 15 pictures and 47 packets of sound
constexpr std::size_t kMaxQueuedBytes = 4U << 20U;  ///< two keyframes of a 4K camera
constexpr seconds kSilence{125};  ///< beyond each frame_timeout: who reads is sooner in giving up
constexpr seconds kLate{2};       ///< a file this far behind goes on from here
constexpr int kMaxDamaged = 50;   ///< in a row; then the source is given up

std::size_t sizeOf(const Packet& packet) noexcept {
    return packet.data.size();
}

std::vector<std::string> checkHost(const Address& address, const std::atomic<bool>& stop) {
    return lookUpHost(address.host, "open " + address.shown + ": ", stop);
}

/// Where libav has to go for it: to the camera's `hosts`, and to the proxy that the environment names.
std::vector<std::string> withProxy(std::vector<std::string> hosts, const Address& address,
                                   const std::atomic<bool>& stop) {
    const char* proxy = address.kind == Address::Kind::Http ? std::getenv("http_proxy") : nullptr;
    if (proxy == nullptr || *proxy == '\0') return hosts;
    const std::vector<std::string> more = checkHost(parseAddress(proxy), stop);
    hosts.insert(hosts.end(), more.begin(), more.end());
    return hosts;
}

Transport transportOf(std::string_view word) noexcept {
    if (word == "tcp") return Transport::Tcp;
    if (word == "http") return Transport::Http;
    return word == "udp" ? Transport::Udp : Transport::Auto;
}

/// For a camera that may be a stranger (`never_basic`, which plugin onvif sets and nobody else can): RTSP
/// over TCP by our own session, which then answers nothing but Digest.
void barBasic(InputOptions& options) {
    const Address& address = options.address;
    if (address.scheme != "rtsp" && address.scheme != "rtsps")
        throw Error(ErrorKind::Misconfigured,
                    "open " + address.shown +
                        ": the camera was found by its id alone and gives no RTSP there, so that it is not "
                        "told the login: configure its present address");
    options.never_basic = true;
    if (options.transport != Transport::Http) options.transport = Transport::Tcp;
}

}  // namespace

FfmpegSource::~FfmpegSource() {
    interrupt();
    if (reader_.joinable()) reader_.join();
}

SourceInfo FfmpegSource::open(const Settings& settings, Deadline deadline) {
    InputOptions options;
    options.address = parseAddress(settings.text("url"));
    options.transport = transportOf(settings.text("transport"));
    if (settings.has("never_basic")) barBasic(options);
    options.wants_sound = settings.boolean("audio");
    options.is_looped = settings.boolean("loop");
    options.timeout = std::chrono::duration_cast<microseconds>(kSilence);
    is_paced_ = settings.boolean("realtime");
    address_ = options.address;
    const std::string shown = address_.shown;

    reader_ = std::thread([this, input = std::move(options)]() mutable { run(std::move(input)); });
    UniqueLock lock(mutex_);
    changed_.waitUntil(lock, deadline.at(), [this]() PORCHLIGHT_REQUIRES(mutex_) {
        return is_open_ || failure_ || is_interrupted_;
    });
    if (failure_) std::rethrow_exception(failure_);
    if (is_open_ && !is_interrupted_) return info_;
    stop_ = true;
    if (is_interrupted_) throw Error(ErrorKind::Unavailable, "open " + shown + ": interrupted");
    throw Error(ErrorKind::Unavailable,
                "open " + shown + ": no answer in time: is the camera on and reachable?");
}

void FfmpegSource::run(InputOptions options) noexcept {
    ::pthread_setname_np(::pthread_self(), "ffmpeg-read");
    try {
        if (options.address.isNetwork()) {
            options.hosts = checkHost(options.address, stop_);
            permit_ = HostPermit(withProxy(options.hosts, options.address, stop_));
        }
        has_host_ = true;
        Input input(std::move(options), stop_);
        pump(input);
    } catch (const Error& error) {
        const auto* named = dynamic_cast<const SourceError*>(&error);
        is_missing_ = named != nullptr && named->fault() == SourceFault::NotFound;
        fail(std::current_exception());
    } catch (const std::exception& error) {
        fail(std::make_exception_ptr(Error(ErrorKind::Internal, error.what())));
    }
}

void FfmpegSource::pump(Input& input) {
    forgetRestarts();
    {
        const LockGuard lock(mutex_);
        info_ = input.info();
        format_ = info_.format;
        is_live_ = info_.is_live;
        is_open_ = true;
        changed_.notifyAll();
    }
    int damaged = 0;
    while (!stop_) {
        try {
            std::optional<Packet> packet = input.next();
            if (!packet) break;
            damaged = 0;
            if (auto format = input.takeFormatChange(); format && !push(std::move(*format))) return;
            if (!push(std::move(*packet))) return;
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::BadData) throw;
            if (++damaged > kMaxDamaged)
                throw Error(ErrorKind::Unavailable, std::string(error.what()) + " only");
            if (!push(error)) return;
        }
    }
    const LockGuard lock(mutex_);
    is_at_end_ = true;
    changed_.notifyAll();
}

bool FfmpegSource::hasRoom() const noexcept {
    return queue_.size() < kMaxQueued && queued_bytes_ < kMaxQueuedBytes;
}

/// False when the source is being ended.
bool FfmpegSource::push(Item item) {
    if (!enqueue(std::move(item))) return !stop_;
    changed_.notifyAll();  // not under the lock, which who wakes up takes first
    return true;
}

/// False when it was left out.
bool FfmpegSource::enqueue(Item item) {
    UniqueLock lock(mutex_);
    const auto* packet = std::get_if<Packet>(&item);
    if (is_live_ && packet != nullptr) {
        const bool is_video_key = packet->is_key && packet->track == Track::Video;
        if (!hasRoom()) is_dropping_ = true;
        if (is_dropping_ && !(is_video_key && hasRoom())) {
            ++dropped_;
            return false;
        }
        is_dropping_ = false;
    } else {
        changed_.wait(lock, [this]() PORCHLIGHT_REQUIRES(mutex_) { return hasRoom() || stop_; });
    }
    if (stop_) return false;
    if (packet != nullptr) queued_bytes_ += sizeOf(*packet);
    queue_.push_back(std::move(item));
    return true;
}

void FfmpegSource::fail(std::exception_ptr why) {
    const LockGuard lock(mutex_);
    failure_ = std::move(why);
    changed_.notifyAll();
}

/// When the item is to be handed out; nothing for a live source: at once.
std::optional<Monotonic::time_point> FfmpegSource::dueAt(const Item& item) {
    const auto* packet = std::get_if<Packet>(&item);
    if (is_live_ || !is_paced_ || packet == nullptr) return std::nullopt;
    const auto now = Monotonic::now();
    const microseconds dts{packet->dts_us};
    if (!pace_zero_ || *pace_zero_ + dts < now - kLate) pace_zero_ = now - dts;
    return *pace_zero_ + dts;
}

/// Hands the first item out.
ReadStatus FfmpegSource::take(Sample& sample) {
    Item item = std::move(queue_.front());
    queue_.pop_front();
    changed_.notifyAll();
    if (auto* format = std::get_if<StreamFormat>(&item)) {
        format_ = std::move(*format);
        return ReadStatus::FormatChanged;
    }
    if (const auto* error = std::get_if<Error>(&item)) throw Error(*error);
    Packet& packet = std::get<Packet>(item);
    queued_bytes_ -= sizeOf(packet);
    if (!is_live_) packet.arrived_at = Monotonic::now();
    sample = std::move(packet);
    return ReadStatus::Sample;
}

ReadStatus FfmpegSource::read(Sample& sample, Deadline deadline) {
    UniqueLock lock(mutex_);
    while (!is_interrupted_) {
        Monotonic::time_point until = deadline.at();
        if (!queue_.empty()) {
            const auto due = dueAt(queue_.front());
            if (!due || *due <= Monotonic::now()) return take(sample);
            until = std::min(until, *due);
        } else if (failure_) {
            std::rethrow_exception(failure_);
        } else if (is_at_end_) {
            return ReadStatus::EndOfStream;
        }
        if (deadline.isPast()) return ReadStatus::Timeout;
        changed_.waitUntil(lock, until);
    }
    return ReadStatus::Timeout;
}

bool FfmpegSource::awaitChange(Deadline deadline) {
    if (!address_.isNetwork() || address_.port <= 0 || !has_host_) return false;
    const bool is_awaited = is_missing_ && address_.scheme == "rtsp";
    return is_awaited ? awaitStream(address_, deadline, stop_) : awaitRestart(address_, deadline, stop_);
}

StreamFormat FfmpegSource::format() const {
    const LockGuard lock(mutex_);
    return format_;
}

void FfmpegSource::interrupt() noexcept {
    stop_ = true;
    const LockGuard lock(mutex_);
    is_interrupted_ = true;
    changed_.notifyAll();
}

}  // namespace porchlight::ffmpeg
