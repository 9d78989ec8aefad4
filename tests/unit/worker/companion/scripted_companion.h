/// A companion that behaves as told, for the tests of its host.
#pragma once

#include <atomic>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

#include "porchlight/companion.h"
#include "porchlight/interrupt.h"

namespace porchlight::test {

/// What the camera of one test offers and does; shared by both companions, and by the test.
struct ScriptedCamera {
    std::atomic<int> opens{0};
    std::atomic<int> watches{0};
    std::atomic<int> interrupts{0};
    std::atomic<bool> hangs{false};            ///< any call ignores deadline and interrupt
    std::atomic<bool> is_slow{false};          ///< perform waits for its deadline, and throws then
    std::atomic<bool> throws_no_error{false};  ///< perform throws what is no Error

    std::mutex mutex;
    CameraAbilities abilities;
    std::optional<ErrorKind> open_error, watch_error, perform_error;
    std::deque<CameraDetection> detections;
    std::vector<CameraCommand> performed;

    template <class Change>
    void change(const Change& change) {
        const std::lock_guard lock(mutex);
        change(*this);
    }
    std::vector<CameraCommand> seen() {
        const std::lock_guard lock(mutex);
        return performed;
    }
};

class ScriptedCompanion final : public CameraCompanion {
  public:
    explicit ScriptedCompanion(ScriptedCamera& camera) : camera_(camera) {}

    CameraAbilities open(const Settings&, Deadline) override {
        ++camera_.opens;
        hang();
        const std::lock_guard lock(camera_.mutex);
        if (camera_.open_error) throw Error(*camera_.open_error, "ask the camera: no");
        return camera_.abilities;
    }

    std::vector<CameraDetection> watch(Deadline deadline) override {
        ++camera_.watches;
        while (!deadline.isPast() && !interrupt_.flag()) {
            hang();
            {
                const std::lock_guard lock(camera_.mutex);
                if (camera_.watch_error) throw Error(*camera_.watch_error, "watch: subscription lost");
                std::vector<CameraDetection> out(camera_.detections.begin(), camera_.detections.end());
                camera_.detections.clear();
                if (!out.empty()) return out;
            }
            interrupt_.sleepUntil(Monotonic::now() + milliseconds(5), deadline);
        }
        return {};
    }

    void perform(const CameraCommand& command, Deadline deadline) override {
        hang();
        if (camera_.throws_no_error) throw std::runtime_error("vector::_M_range_check");
        if (camera_.is_slow) {
            interrupt_.sleepUntil(deadline.at(), deadline);
            throw Error(ErrorKind::Unavailable, "move: no answer in time");
        }
        const std::lock_guard lock(camera_.mutex);
        if (camera_.perform_error) throw Error(*camera_.perform_error, "perform: refused");
        camera_.performed.push_back(command);
    }

    void interrupt() noexcept override {
        ++camera_.interrupts;
        interrupt_.raise();
    }

  private:
    void hang() {
        while (camera_.hangs) std::this_thread::sleep_for(milliseconds(5));
    }

    ScriptedCamera& camera_;
    Interrupt interrupt_;
};

}  // namespace porchlight::test
