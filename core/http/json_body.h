/// JSON in: bounded, checked key by key.
#pragma once

#include <Poco/JSON/Object.h>

#include <optional>
#include <string>
#include <vector>

namespace porchlight::http {

/// A request body that must be one JSON object. All functions throw HttpError(400) naming the field.
/// **Thread**: thread-bound.
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
