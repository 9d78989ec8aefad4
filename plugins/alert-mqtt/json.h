/// The little JSON an MQTT payload needs, and times as Home Assistant reads them.
#pragma once

#include <string>
#include <string_view>

#include "porchlight/time.h"

namespace porchlight::mqtt {

/// `text` as a JSON string, quotes included; each byte that is no UTF-8 becomes U+FFFD.
std::string quoted(std::string_view text);

/// A number with at most 3 decimals, never "nan".
std::string number(double value);

/// "2026-11-21T02:03:04.567Z" as a JSON string.
std::string isoTime(WallTime time);

/// Builds {"a":1,"b":{...}} in order; values are JSON already.
class Object {
  public:
    Object& put(std::string_view key, std::string_view json) {
        text_ += (text_.size() > 1 ? "," : "") + mqtt::quoted(key) + ":" + std::string(json);
        return *this;
    }
    Object& text(std::string_view key, std::string_view value) { return put(key, mqtt::quoted(value)); }
    std::string str() const { return text_ + "}"; }

  private:
    std::string text_ = "{";
};

}  // namespace porchlight::mqtt
