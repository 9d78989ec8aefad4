/// A Worker in a thread, the core's end of its socket, and sources that behave as told.
#pragma once

#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "clip.h"
#include "ipc/channel.h"
#include "worker/worker.h"

namespace porchlight::test {

/// What the sources of one test do; shared by all of them.
struct Script {
    Clip clip;                      ///< looped in real time at `rate_hz`
    std::vector<Picture> pictures;  ///< instead of packets, when not empty
    std::vector<Packet> sounds;     ///< 20 ms each, beside the packets when not empty
    double rate_hz = 50;
    std::atomic<bool> fails_to_open{false};
    std::atomic<ErrorKind> open_error{ErrorKind::Unavailable};
    std::atomic<bool> loses_connection{false};  ///< the next read throws
    std::atomic<bool> goes_silent{false};       ///< reads time out
    std::atomic<bool> hangs{false};             ///< read ignores deadline and interrupt
    std::atomic<bool> hangs_in_detector{false};
    std::atomic<bool> hangs_in_change{false};  ///< awaitChange ignores deadline and interrupt
    std::atomic<bool> is_sound_only{false};    ///< sound in place of each picture
    std::atomic<bool> repeats_picture{false};  ///< the same payload again and again
    std::atomic<int> opens{0};
    std::atomic<std::int64_t> ends_after{0};  ///< packets; 0: a live source that never ends
    std::atomic<bool> has_no_sub{false};  ///< the source opened with `role: sub` does not open: NotSupported
    std::atomic<bool> sub_goes_silent{false};  ///< the source opened with `role: sub` times out
};

class ScriptedSource final : public CaptureSource {
  public:
    explicit ScriptedSource(Script& script) : script_(script) {}

    SourceInfo open(const Settings& settings, Deadline) override {
        is_sub_ = settings.has("role");
        if (is_sub_ && script_.has_no_sub) throw Error(ErrorKind::NotSupported, "no smaller stream");
        if (script_.fails_to_open) throw Error(script_.open_error, "open the test camera: refused");
        ++script_.opens;
        SourceInfo info;
        info.format = script_.clip.format;
        info.format.rate_hz = script_.rate_hz;
        info.description = "scripted";
        info.is_live = script_.ends_after == 0;
        began_at_ = Monotonic::now();
        return info;
    }

    ReadStatus read(Sample& sample, Deadline deadline) override {
        while (script_.hangs) std::this_thread::sleep_for(milliseconds(5));
        if (script_.loses_connection.exchange(false)) throw Error(ErrorKind::Unavailable, "connection lost");
        const auto due =
            began_at_ + std::chrono::duration_cast<Monotonic::duration>(
                            std::chrono::duration<double>(static_cast<double>(count_) / script_.rate_hz));
        std::unique_lock lock(mutex_);
        const bool is_silent = script_.goes_silent || (is_sub_ && script_.sub_goes_silent);
        if (script_.ends_after > 0 && count_ >= script_.ends_after) return ReadStatus::EndOfStream;
        if (woken_.wait_until(lock, is_silent ? deadline.at() : std::min(due, deadline.at()),
                              [this] { return is_interrupted_; }))
            throw Error(ErrorKind::Unavailable, "interrupted");
        if (is_silent || Monotonic::now() < due) return ReadStatus::Timeout;
        const auto pts = static_cast<std::int64_t>(static_cast<double>(count_) * 1e6 / script_.rate_hz);
        if (!script_.sounds.empty() && sounds_ * kSoundUs <= pts) return giveSound(sample);
        if (!script_.pictures.empty()) {
            Picture picture = script_.pictures[static_cast<std::size_t>(count_) % script_.pictures.size()];
            picture.pts_us = pts;
            picture.arrived_at = Monotonic::now();
            sample = picture;
        } else {
            const auto index =
                script_.repeats_picture ? 0 : static_cast<std::size_t>(count_) % script_.clip.packets.size();
            Packet packet = script_.clip.packets[index];
            packet.pts_us = packet.dts_us = pts;
            packet.arrived_at = Monotonic::now();
            if (script_.is_sound_only) packet.track = Track::Audio;
            sample = packet;
        }
        ++count_;
        return ReadStatus::Sample;
    }

    bool awaitChange(Deadline) override {
        while (script_.hangs_in_change) std::this_thread::sleep_for(milliseconds(5));
        return false;
    }

    StreamFormat format() const override { return script_.clip.format; }

    void interrupt() noexcept override {
        const std::lock_guard lock(mutex_);
        is_interrupted_ = true;
        woken_.notify_all();
    }

  private:
    static constexpr std::int64_t kSoundUs = 20'000;

    ReadStatus giveSound(Sample& sample) {
        Packet packet = script_.sounds[static_cast<std::size_t>(sounds_) % script_.sounds.size()];
        packet.track = Track::Audio;
        packet.pts_us = packet.dts_us = sounds_++ * kSoundUs;
        packet.arrived_at = Monotonic::now();
        sample = packet;
        return ReadStatus::Sample;
    }

    Script& script_;
    Monotonic::time_point began_at_{};
    std::int64_t count_ = 0;
    std::int64_t sounds_ = 0;
    bool is_sub_ = false;
    std::mutex mutex_;
    std::condition_variable woken_;
    bool is_interrupted_ = false;
};

/// Motion whenever the test says so.
class ScriptedDetector final : public Detector {
  public:
    ScriptedDetector(std::atomic<bool>& has_motion, std::atomic<bool>& hangs)
        : has_motion_(has_motion), hangs_(hangs) {}
    void configure(const Settings&) override {}
    int preferredWidthPx() const noexcept override { return 160; }
    Detection analyse(const LumaPicture& luma) override {
        while (hangs_) std::this_thread::sleep_for(milliseconds(5));
        Detection detection;
        detection.pts_us = luma.pts_us;
        detection.is_motion = has_motion_;
        detection.brightness = static_cast<float>(luma.width_px);
        return detection;
    }
    void reset() noexcept override {}

  private:
    std::atomic<bool>& has_motion_;
    std::atomic<bool>& hangs_;
};

class ScriptedPlugins final : public worker::PluginSource {
  public:
    std::unique_ptr<CaptureSource> makeSource(const ipc::Setup&) override {
        return std::make_unique<ScriptedSource>(script);
    }
    std::unique_ptr<Detector> makeDetector(const ipc::Setup&) override {
        return std::make_unique<ScriptedDetector>(has_motion, script.hangs_in_detector);
    }
    bool hasCompanion(const ipc::Setup&) override { return static_cast<bool>(companion); }
    std::unique_ptr<CameraCompanion> makeCompanion(const ipc::Setup&) override { return companion(); }

    Script script;
    std::atomic<bool> has_motion{false};
    std::function<std::unique_ptr<CameraCompanion>()> companion;  ///< empty: the plugin has none
};

/// What came ten times a second at most, and one that waited.
inline int mostIn(Monotonic::duration span) {
    return 1 + static_cast<int>(std::chrono::ceil<milliseconds>(span).count() / 100);
}

class WorkerBench {
  public:
    explicit WorkerBench(const std::function<void(Script&)>& prepare = {}) {
        plugins.script.clip = makeClip(320, 240, 25, 25, 50);
        if (prepare) prepare(plugins.script);
        auto [ours, theirs] = ipc::Channel::socketPair();
        const int small = 16 << 10;  // so that a core that does not read is noticed soon
        ::setsockopt(theirs.get(), SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
        core_.emplace(std::move(ours), std::size_t{1} << 20U);
        worker_.emplace(std::move(theirs), plugins, clock_);
        setup.camera = "test";
        setup.source_plugin = "scripted";
        setup.confinement = Confinement::DeviceWithPrograms;
        setup.frame_timeout_us = 600'000;
    }
    ~WorkerBench() {
        plugins.script.hangs = plugins.script.hangs_in_detector = plugins.script.hangs_in_change = false;
        core_.reset();
        if (thread_.joinable()) thread_.join();
    }

    void start() {
        thread_ = std::thread([this] {
            exit_code = worker_->run();
            ended_at = Monotonic::now();
            has_ended = true;
        });
        core_->send(setup);
    }
    void send(const ipc::Message& message) { core_->send(message); }
    void hangUp() { core_.reset(); }

    /// The next message of that type that `fits`; fails the test after 5 s.
    template <class T>
    T await(const std::function<bool(const T&)>& fits = {}) {
        const Deadline deadline = Deadline::in(seconds(5));
        while (!deadline.isPast()) {
            while (const auto message = core_->receive())
                if (const auto* wanted = std::get_if<T>(&*message); wanted && (!fits || fits(*wanted)))
                    return *wanted;
            base::waitFor(core_->fd(), POLLIN, deadline);
        }
        throw std::runtime_error(std::string("no message came of ") + typeid(T).name());
    }

    /// Counts messages of a type during `span`.
    template <class T>
    int count(Monotonic::duration span) {
        int number = 0;
        const Deadline deadline = Deadline::in(span);
        while (!deadline.isPast()) {
            while (const auto message = core_->receive())
                number += std::holds_alternative<T>(*message) ? 1 : 0;
            base::waitFor(core_->fd(), POLLIN, deadline);
        }
        return number;
    }

    bool waitEnded(Monotonic::duration span) const {
        const Deadline deadline = Deadline::in(span);
        while (!has_ended && !deadline.isPast()) std::this_thread::sleep_for(milliseconds(5));
        return has_ended;
    }
    bool hasStuckThread() const { return worker_->hasStuckThread(); }

    ScriptedPlugins plugins;
    ipc::Setup setup;
    std::atomic<bool> has_ended{false};
    int exit_code = -1;
    Monotonic::time_point ended_at{};

  private:
    base::SystemClock clock_;
    std::optional<ipc::Channel> core_;
    std::optional<worker::Worker> worker_;
    std::thread thread_;
};

}  // namespace porchlight::test
