#include "camera/unit/switches.h"

#include "base/log.h"

namespace porchlight::camera {
namespace {

const char* onOff(bool is_on) {
    return is_on ? "on" : "off";
}

}  // namespace

const char* Switches::nameOf(Key key) noexcept {
    if (key == Key::Detect) return "detect";
    return key == Key::Enabled ? "enabled" : "record";
}

std::optional<Switches::Key> Switches::keyOf(const std::string& name) noexcept {
    for (const Key key : {Key::Detect, Key::Enabled, Key::Record})
        if (name == nameOf(key)) return key;
    return std::nullopt;
}

Switches::Switches(const Site& site)
    : site_(site),
      is_detect_on_(site.camera.detect.is_enabled),
      is_enabled_(site.camera.is_enabled),
      record_mode_(site.camera.record.mode) {
    for (const Switch& entry : site.options.switches)
        if (entry.camera == site.camera.name) restore(entry);
}

void Switches::restore(const Switch& entry) {
    const auto key = keyOf(entry.key);
    if (!key) return;
    entries_[static_cast<std::size_t>(*key)] = entry;
    const bool is_on = entry.value == "on";
    switch (*key) {
        case Key::Detect:
            is_detect_on_ = is_on;
            break;
        case Key::Enabled:
            is_enabled_ = is_on;
            disabled_by_ = is_on ? "" : entry.by;
            break;
        case Key::Record:
            record_mode_ = config::recordModeOf(entry.value).value_or(record_mode_);
            break;
    }
}

void Switches::note(Key key, const std::string& value, const std::string& configured, const std::string& by) {
    const Switch entry{site_.camera.name, nameOf(key), value, configured, by, site_.clock.wallNow()};
    auto& kept = entries_[static_cast<std::size_t>(key)];
    if (value == configured)
        kept.reset();
    else
        kept = entry;
    if (site_.options.save_switch) site_.options.save_switch(entry);
}

bool Switches::setDetect(bool is_on, const std::string& by) {
    if (is_on == is_detect_on_) return false;
    note(Key::Detect, onOff(is_on), onOff(site_.camera.detect.is_enabled), by);
    is_detect_on_ = is_on;
    return true;
}

bool Switches::setEnabled(bool is_on, const std::string& by) {
    if (is_on == is_enabled_) return false;
    base::logInfo(site_.component(), std::string(is_on ? "enabled by " : "disabled by ") + by);
    note(Key::Enabled, onOff(is_on), onOff(site_.camera.is_enabled), by);
    is_enabled_ = is_on;
    disabled_by_ = is_on ? "" : by;
    return true;
}

bool Switches::setRecordMode(config::RecordMode mode, const std::string& by) {
    if (mode == record_mode_) return false;
    base::logInfo(site_.component(), std::string("record mode ") + config::nameOf(mode) + " by " + by);
    note(Key::Record, config::nameOf(mode), config::nameOf(site_.camera.record.mode), by);
    record_mode_ = mode;
    return true;
}

void Switches::describe(Status& out) const {
    out.is_detect_on = is_detect_on_;
    out.record_mode = config::nameOf(record_mode_);
    for (const auto& entry : entries_)
        if (entry) out.switches.push_back(*entry);
}

}  // namespace porchlight::camera
