/// JSON out, for the core and for plugins that send some.
#pragma once

#include <algorithm>
#include <charconv>
#include <cmath>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "porchlight/time.h"
#include "porchlight/utf8.h"

namespace porchlight {

/// Appends JSON (RFC 8259) to a text; commas and escapes are its business, that brackets match is the
/// caller's. What comes out is valid UTF-8 and holds no "<", so that it may stand in a page.
/// **Thread**: thread-bound. Over 25 functions: a value and a field of each kind.
///
///     JsonWriter json;
///     json.beginObject().field("camera", "porch");
///     json.key("scores").beginArray().value(0.5).endArray();
///     json.endObject();
class JsonWriter {
  public:
    JsonWriter& beginObject() { return open('{'); }
    JsonWriter& endObject() { return close('}'); }
    JsonWriter& beginArray() { return open('['); }
    JsonWriter& endArray() { return close(']'); }
    JsonWriter& key(std::string_view name);

    /// Each byte that is no UTF-8 becomes U+FFFD.
    JsonWriter& value(std::string_view text);
    JsonWriter& value(const char* text) { return value(std::string_view(text)); }
    JsonWriter& value(const std::string& text) { return value(std::string_view(text)); }
    JsonWriter& value(bool is_true) { return raw(is_true ? "true" : "false"); }
    /// With so many decimals at most; from 10^15 on "1.5e+15", as short as reads as the same number. Not
    /// finite: null, for which JSON has no number.
    JsonWriter& value(double number, int decimals = 6);
    /// ISO 8601 UTC, with so many digits of the second.
    JsonWriter& value(WallTime time, int digits = 6) { return value(formatTime(time, digits)); }
    JsonWriter& value(std::integral auto number) { return raw(std::to_string(number)); }
    /// null when there is none.
    template <class T>
    JsonWriter& value(const std::optional<T>& maybe) {
        return maybe ? value(*maybe) : null();
    }
    JsonWriter& null() { return raw("null"); }
    /// `json` stands as it is: a value that a writer made.
    JsonWriter& raw(std::string_view json);

    /// `content` and what else value() takes.
    template <class... T>
    JsonWriter& field(std::string_view name, const T&... content) {
        return key(name).value(content...);
    }

    const std::string& text() const noexcept { return text_; }
    /// What was written since the last take, for answers that are sent in parts; the writer goes on behind
    /// it.
    std::string take() { return std::exchange(text_, {}); }

  private:
    JsonWriter& open(char bracket);
    JsonWriter& close(char bracket);
    void separate();
    void append(std::string_view text);

    std::string text_;
    bool needs_comma_ = false;
};

inline JsonWriter& JsonWriter::open(char bracket) {
    separate();
    text_ += bracket;
    needs_comma_ = false;
    return *this;
}

inline JsonWriter& JsonWriter::close(char bracket) {
    text_ += bracket;
    needs_comma_ = true;
    return *this;
}

inline void JsonWriter::separate() {
    if (needs_comma_) text_ += ',';
    needs_comma_ = true;
}

inline JsonWriter& JsonWriter::key(std::string_view name) {
    separate();
    append(name);
    text_ += ':';
    needs_comma_ = false;
    return *this;
}

inline JsonWriter& JsonWriter::raw(std::string_view json) {
    separate();
    text_.append(json);
    return *this;
}

inline JsonWriter& JsonWriter::value(std::string_view text) {
    separate();
    append(text);
    return *this;
}

inline JsonWriter& JsonWriter::value(double number, int decimals) {
    if (!std::isfinite(number)) return null();
    char text[48];
    char* const last = text + sizeof text;
    if (std::abs(number) >= 1e15)
        return raw({text, static_cast<std::size_t>(
                              std::to_chars(text, last, number, std::chars_format::scientific).ptr - text)});
    char* end = std::to_chars(text, last, number, std::chars_format::fixed, decimals).ptr;
    while (decimals > 0 && end[-1] == '0') --end;
    if (end[-1] == '.') --end;
    const std::string_view all(text, static_cast<std::size_t>(end - text));
    return raw(all == "-0" ? "0" : all);
}

/// In quotes.
inline void JsonWriter::append(std::string_view text) {
    static constexpr char kDigits[] = "0123456789abcdef";
    const auto isPlain = [](char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\' && c != '<'; };
    text_ += '"';
    while (!text.empty()) {
        // All of a picture in base64 at once.
        const auto* const odd = std::find_if_not(text.begin(), text.end(), isPlain);
        text_.append(text.begin(), odd);
        text.remove_prefix(static_cast<std::size_t>(odd - text.begin()));
        if (text.empty()) break;
        const std::size_t length = utf8Length(text, 0);
        const auto byte = static_cast<unsigned char>(text.front());
        if (length == 0)
            text_ += "\xef\xbf\xbd";
        else if (length > 1)
            text_.append(text.substr(0, length));
        else if (byte == '"' || byte == '\\')
            text_.append({'\\', text.front()});
        else if (byte == '\n')
            text_ += "\\n";
        else
            text_.append({'\\', 'u', '0', '0', kDigits[byte >> 4U], kDigits[byte & 15U]});
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    text_ += '"';
}

}  // namespace porchlight
