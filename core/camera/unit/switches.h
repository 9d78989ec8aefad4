/// What is switched at run time, against the configuration.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "camera/worker/site.h"

namespace porchlight::camera {

/// What is in force is what was said last: the configuration, or a switch that says other than it, which is
/// remembered (FleetOptions::save_switch) until it says the same. **Thread**: thread-bound (supervisor);
/// never blocks.
class Switches {
  public:
    /// Begins with what was switched before the core was restarted.
    explicit Switches(const Site& site);

    bool isDetectOn() const noexcept { return is_detect_on_; }
    bool isEnabled() const noexcept { return is_enabled_; }
    config::RecordMode recordMode() const noexcept { return record_mode_; }
    bool wantsFragments() const noexcept { return record_mode_ != config::RecordMode::Off; }
    const std::string& disabledBy() const noexcept { return disabled_by_; }  ///< empty: the configuration

    // By user `by`; false: it is so already.
    bool setDetect(bool is_on, const std::string& by);
    bool setEnabled(bool is_on, const std::string& by);
    bool setRecordMode(config::RecordMode mode, const std::string& by);

    void describe(Status& out) const;

  private:
    enum class Key : std::uint8_t { Detect, Enabled, Record };
    static constexpr std::size_t kKeys = 3;
    static const char* nameOf(Key key) noexcept;
    static std::optional<Key> keyOf(const std::string& name) noexcept;

    void restore(const Switch& entry);
    void note(Key key, const std::string& value, const std::string& configured, const std::string& by);

    const Site& site_;
    bool is_detect_on_;
    bool is_enabled_;
    config::RecordMode record_mode_;
    std::string disabled_by_;
    std::array<std::optional<Switch>, kKeys> entries_;  ///< by key: those that say other
};

}  // namespace porchlight::camera
