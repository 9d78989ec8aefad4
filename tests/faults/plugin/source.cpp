#include "source.h"

#include <unistd.h>

#include <cstdlib>

namespace porchlight::faulty {
namespace {

constexpr std::size_t kGrowBytes = 8U << 20U;  // a picture; the limit of a worker is some hundred MiB
constexpr int kLeakedDescriptors = 8;          // a picture
constexpr int kSlowFactor = 20;
constexpr std::size_t kBabbleBytes = 256U << 10U;
constexpr std::size_t kGarbageBytes = 3000;

std::int64_t sinceBootUs(Monotonic::time_point at) noexcept {
    return std::chrono::duration_cast<microseconds>(at.time_since_epoch()).count();
}

}  // namespace

FaultySource::~FaultySource() {
    if (hangs_on_close_) hangForEver();
}

SourceInfo FaultySource::open(const Settings& settings, Deadline) {
    control_ = std::make_unique<Control>(std::string(settings.text("control")));
    if (control_->begins("hang-open")) hangForEver();
    if (control_->begins("refuse-open"))
        throw Error(ErrorKind::Unavailable, "open the faulty camera: connection refused");
    const std::string folder(settings.text("pictures"));
    moving_ = std::make_shared<const Pictures>(folder + "/moving.h264");
    frozen_ = std::make_shared<const Pictures>(folder + "/frozen.h264");
    black_ = std::make_shared<const Pictures>(folder + "/black.h264");
    format_.video = Codec::H264;
    format_.rate_hz = settings.number("fps");
    interval_ = std::chrono::round<microseconds>(std::chrono::duration<double>(1 / format_.rate_hz));
    due_at_ = Monotonic::now();
    shown_ = moving_.get();
    control_->noteOpened();
    return {format_, "faulty camera", true};
}

bool FaultySource::waitUntil(Monotonic::time_point at, Deadline deadline) {
    std::unique_lock lock(mutex_);
    woken_.wait_until(lock, std::min(at, deadline.at()), [this] { return is_interrupted_; });
    return !is_interrupted_ && Monotonic::now() >= at;
}

void FaultySource::sufferProcessFaults() {
    if (control_->begins("hang-read")) hangForEver();
    if (control_->begins("spin-read")) spinForEver();
    if (control_->begins("crash")) crash();
    if (control_->begins("abort")) std::abort();
    if (control_->begins("exit")) ::_exit(3);
    if (control_->begins("babble")) babbleOnSockets(kBabbleBytes);
    if (control_->begins("lie")) lieOnSockets();
    if (control_->begins("grow-memory")) leaks_.growMemory(kGrowBytes);
    if (control_->begins("leak-descriptors")) leaks_.leakDescriptors(kLeakedDescriptors);
    if (const bool burns = control_->begins("burn-cpu"); burns && !burning_)
        burning_.emplace();
    else if (!burns && burning_)
        burning_.reset();
    if (control_->begins("hang-close")) {
        hangs_on_close_ = true;
        throw Error(ErrorKind::Unavailable, "read the faulty camera: connection lost, closing will hang");
    }
    const bool opens_badly = control_->isOrdered("hang-open") || control_->isOrdered("refuse-open");
    if (opens_badly || control_->begins("disconnect"))
        throw Error(ErrorKind::Unavailable, "read the faulty camera: connection lost");
}

ReadStatus FaultySource::read(Sample& sample, Deadline deadline) {
    sufferProcessFaults();
    if (!control_->isOrdered("slow"))
        due_at_ = std::min(due_at_, Monotonic::now() + interval_);  // the fault ends at once
    if (control_->begins("stall")) {
        waitUntil(deadline.at(), deadline);
        due_at_ = Monotonic::now();
        return ReadStatus::Timeout;
    }
    if (!control_->begins("flood")) {
        if (!waitUntil(due_at_, deadline)) return ReadStatus::Timeout;
        const auto late = Monotonic::now() - due_at_;
        control_->noteLate(
            static_cast<std::uint64_t>(std::chrono::duration_cast<microseconds>(late).count()));
    } else {
        const std::lock_guard lock(mutex_);
        if (is_interrupted_) return ReadStatus::Timeout;
        due_at_ = Monotonic::now();
    }
    sample = nextPacket();
    control_->noteDelivered();
    return ReadStatus::Sample;
}

const Pictures& FaultySource::choosePictures() {
    const Pictures* wanted = moving_.get();
    if (control_->begins("frozen"))
        wanted = frozen_.get();
    else if (control_->begins("black"))
        wanted = black_.get();
    if (wanted != shown_) next_unit_ = wanted->keyFrom(0);
    shown_ = wanted;
    return *wanted;
}

Packet FaultySource::nextPacket() {
    const auto& unit = choosePictures().at(next_unit_++);
    const auto now = Monotonic::now();
    // A camera that was late goes on from now, as real ones do: its time stamps tell of the hole.
    if (now - due_at_ > 2 * interval_) due_at_ = now;
    Packet packet;
    packet.data = unit.bytes;
    packet.owner = shown_ == moving_.get() ? moving_ : shown_ == frozen_.get() ? frozen_ : black_;
    packet.is_key = unit.is_key;
    packet.pts_us = packet.dts_us = last_pts_us_ = std::max(sinceBootUs(due_at_), last_pts_us_ + 1);
    packet.duration_us = interval_.count();
    packet.arrived_at = now;
    due_at_ += control_->begins("slow") ? interval_ * kSlowFactor : interval_;
    return damaged(std::move(packet));
}

Packet FaultySource::damaged(Packet packet) {
    const bool is_garbage = control_->begins("garbage");
    if (is_garbage) {
        auto noise = std::make_shared<std::vector<std::uint8_t>>(kGarbageBytes);
        for (auto& byte : *noise) byte = static_cast<std::uint8_t>(random_() >> 7U);
        packet.data = *noise;
        packet.owner = noise;
    } else if (control_->begins("truncated")) {
        packet.data = packet.data.first(packet.data.size() / 3);
    }
    return packet;
}

void FaultySource::interrupt() noexcept {
    const std::lock_guard lock(mutex_);
    is_interrupted_ = true;
    woken_.notify_all();
}

}  // namespace porchlight::faulty
