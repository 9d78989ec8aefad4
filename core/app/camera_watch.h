/// From what cameras are at each moment to what is remembered of them: conditions for the ledger, samples,
/// incidents.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "base/clock.h"
#include "camera/status.h"
#include "ledger/coverage_ledger.h"
#include "store/store.h"

namespace porchlight::app {

/// Why a camera in this state delivers nothing that could be recorded; nothing while it does.
ledger::CameraCondition conditionOf(const camera::Status& status);

/// **Thread**: thread-bound (supervisor). Never blocks.
///
/// Sees every published status (ten a second) and writes little of it: a health sample when state, score or
/// kind of fault changed (30 at once, then one each five minutes) and one each 15 minutes; an incident when
/// it begins, when its kind changes and when it ends. A camera that never changes costs 96 samples a day.
class CameraWatch {
  public:
    using Statements = std::function<void(store::Store&)>;
    struct Outlets {
        std::function<void(const std::string& camera, const ledger::CameraCondition&)> condition;
        std::function<bool(Statements)> post;  ///< false: not now, try again
    };
    CameraWatch(const base::Clock& clock, Outlets outlets) : clock_(clock), outlets_(std::move(outlets)) {}

    void see(const camera::Status& status);

  private:
    struct Camera {
        std::optional<ledger::CameraCondition> condition;
        store::HealthRow sample;  ///< the last one written
        std::optional<Monotonic::time_point> sampled_at;
        int samples_left = 0;
        Monotonic::time_point samples_at{};
        bool has_incident = false;
        bool is_looked_for = false;  ///< an incident that a crash left open
        std::string incident;        ///< kind and issue as written
        std::int64_t failures = 0;   ///< most of the running incident
    };
    void sample(Camera& camera, const camera::Status& status);
    void followIncident(Camera& camera, const camera::Status& status);

    const base::Clock& clock_;
    const Outlets outlets_;
    std::map<std::string, Camera> cameras_;
};

}  // namespace porchlight::app
