/// What is wrong with one camera: counted, scored, and told no more often than people can read.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "camera/fault_kind.h"
#include "config/config.h"

namespace porchlight::camera {

/// What a person is called for.
enum class Call : std::uint8_t { Owner = 1, Wedged, GivenUp, Reboot };

/// **Thread**: thread-bound (supervisor). All times come from outside.
///
/// An **episode** lasts from the first failure to the next good picture. In it one more failure is counted
/// for each frame_timeout without a picture, and for each worker that ends (not faster than once a second),
/// whatever the kind: two kinds that take turns are one episode, not two. consecutive_failures is the
/// episode's count; score = 100 - 10 x it.
class Condition {
  public:
    explicit Condition(const config::HealthConfig& limits) : limits_(limits) {}

    /// A fault happened. Returns whether it is worth telling: each of the first ten failures since the last
    /// ten healthy minutes, afterwards each kind once a minute; of an issue (nothing restarts) its beginning,
    /// once a minute.
    bool noteEvent(FaultKind kind, const std::string& detail, Monotonic::time_point now);

    /// A fault is still there (found anew ten times a second): counted where it begins and once a
    /// frame_timeout. Returns whether it is worth telling.
    bool noteFound(FaultKind kind, const std::string& detail, Monotonic::time_point now);

    /// No good picture has come yet: counts the next failure of the same kind when frame_timeout has passed.
    bool noteStillSilent(const std::string& detail, Monotonic::time_point now);

    /// Good pictures flow. Returns the number of failures this ends; 0 when it was well.
    std::uint32_t noteHealthy(Monotonic::time_point now);

    /// The fault that only degraded is over.
    void clearIssue() noexcept;

    /// True once, when ten healthy minutes have passed: failures of the past are forgotten.
    bool takeHealthyReset(Monotonic::time_point now);

    /// Whether a person should be called: for each call, with each kind of fault, once an hour.
    bool takeCritical(Call call, Monotonic::time_point now);

    bool isFailing() const noexcept { return consecutive_failures_ > 0; }
    std::optional<FaultKind> kind() const noexcept { return kind_; }
    const std::string& detail() const noexcept { return detail_; }
    std::uint32_t consecutiveFailures() const noexcept { return consecutive_failures_; }
    std::uint32_t failures() const noexcept { return failures_; }  ///< since the last ten healthy minutes
    /// Last event or finding.
    std::optional<Monotonic::time_point> failedAt() const noexcept { return failed_at_; }
    bool isFlapping() const noexcept;  ///< so many failures lately that single changes are no news
    int score() const noexcept;
    const char* level() const noexcept;
    const std::map<FaultKind, std::uint64_t>& faults() const noexcept { return faults_; }

    /// The host stood still: times of failures move with it.
    void forgive(microseconds span, Monotonic::time_point now);

  private:
    bool count(Monotonic::time_point now, microseconds spacing);
    bool isWorthTelling(FaultKind kind, Monotonic::time_point now, bool is_counted);

    const config::HealthConfig& limits_;
    std::optional<FaultKind> kind_;
    std::string detail_;
    std::uint32_t consecutive_failures_ = 0;
    std::uint32_t failures_ = 0;
    std::optional<Monotonic::time_point> failed_at_;
    std::optional<Monotonic::time_point> counted_at_;
    std::optional<Monotonic::time_point> healthy_since_;
    std::map<FaultKind, std::uint64_t> faults_;
    std::map<FaultKind, Monotonic::time_point> told_;
    std::map<std::pair<Call, std::optional<FaultKind>>, Monotonic::time_point> called_;
};

}  // namespace porchlight::camera
