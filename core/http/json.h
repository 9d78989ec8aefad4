/// JSON out (a small writer) and in (bounded, checked key by key).
#pragma once

#include <Poco/JSON/Object.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "porchlight/time.h"

namespace porchlight::http {

/// Appends JSON to a string; commas and escapes are its business. **Thread**: thread-bound.
class JsonWriter {
  public:
    JsonWriter& beginObject() { return open('{'); }
    JsonWriter& endObject() { return close('}'); }
    JsonWriter& beginArray() { return open('['); }
    JsonWriter& endArray() { return close(']'); }
    JsonWriter& key(std::string_view name);

    JsonWriter& value(std::string_view text);
    JsonWriter& value(const char* text) { return value(std::string_view(text)); }
    JsonWriter& value(const std::string& text) { return value(std::string_view(text)); }
    JsonWriter& value(bool is_true);
    JsonWriter& value(double number);  ///< not finite: null
    JsonWriter& value(WallTime time);  ///< ISO 8601 UTC with microseconds
    JsonWriter& null();
    template <class T>
    requires std::is_integral_v<T> JsonWriter& value(T number) { return raw(std::to_string(number)); }
    template <class T>
    JsonWriter& value(const std::optional<T>& maybe) {
        return maybe ? value(*maybe) : null();
    }
    template <class T>
    JsonWriter& field(std::string_view name, const T& content) {
        return key(name).value(content);
    }
    JsonWriter& raw(std::string_view json);

    const std::string& text() const noexcept { return out_; }

  private:
    JsonWriter& open(char bracket);
    JsonWriter& close(char bracket);
    void separate();

    std::string out_;
    bool needs_comma_ = false;
};

/// A request body that must be one JSON object. All functions throw HttpError(400) naming the field.
class JsonBody {
  public:
    /// Fields other than `allowed` are refused. An empty text reads as {}.
    JsonBody(const std::string& text, const std::vector<std::string>& allowed);

    std::string text(const std::string& field, std::size_t max_length) const;
    std::optional<std::string> optionalText(const std::string& field, std::size_t max_length) const;
    bool boolean(const std::string& field) const;
    std::optional<bool> optionalBoolean(const std::string& field) const;
    std::optional<double> optionalNumber(const std::string& field, double min, double max) const;
    std::vector<std::string> texts(const std::string& field, std::size_t max_entries) const;

  private:
    Poco::JSON::Object::Ptr object_;
};

}  // namespace porchlight::http
