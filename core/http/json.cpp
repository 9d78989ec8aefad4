#include "http/json.h"

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Parser.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/text.h"
#include "http/http_error.h"
#include "porchlight/utf8.h"

namespace porchlight::http {
namespace {

bool standsAsItIs(char c) noexcept {
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\' && c != '<';
}

void appendQuoted(std::string& out, std::string_view text) {
    out += '"';
    for (std::size_t i = 0; i < text.size();) {
        // All of a picture in base64 at once.
        const auto* const odd = std::find_if_not(text.begin() + i, text.end(), standsAsItIs);
        out.append(text.begin() + i, odd);
        i = static_cast<std::size_t>(odd - text.begin());
        if (i == text.size()) break;
        const std::size_t length = utf8Length(text, i);
        const char c = text[i];
        if (length == 0) {
            out += "\\ufffd";
            ++i;
            continue;
        }
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (c == '\n') {
            out += "\\n";
        } else if (length == 1 && (static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '<')) {
            char escape[8];
            std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
            out += escape;
        } else {
            out.append(text.substr(i, length));
        }
        i += length;
    }
    out += '"';
}

}  // namespace

JsonWriter& JsonWriter::open(char bracket) {
    separate();
    out_ += bracket;
    needs_comma_ = false;
    return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
    out_ += bracket;
    needs_comma_ = true;
    return *this;
}

void JsonWriter::separate() {
    if (needs_comma_) out_ += ',';
    needs_comma_ = true;
}

JsonWriter& JsonWriter::key(std::string_view name) {
    separate();
    appendQuoted(out_, name);
    out_ += ':';
    needs_comma_ = false;
    return *this;
}

JsonWriter& JsonWriter::raw(std::string_view json) {
    separate();
    out_.append(json);
    return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
    separate();
    appendQuoted(out_, text);
    return *this;
}

JsonWriter& JsonWriter::value(bool is_true) {
    return raw(is_true ? "true" : "false");
}
JsonWriter& JsonWriter::null() {
    return raw("null");
}
JsonWriter& JsonWriter::value(WallTime time) {
    return value(base::formatTime(time, 6));
}

JsonWriter& JsonWriter::value(double number) {
    if (!std::isfinite(number)) return null();
    char text[40];
    std::snprintf(text, sizeof text, "%.6g", number);
    return raw(text);
}

JsonBody::JsonBody(const std::string& text, const std::vector<std::string>& allowed) {
    if (text.empty()) {
        object_ = new Poco::JSON::Object();
        return;
    }
    try {
        Poco::JSON::Parser parser;
        parser.setDepth(8);
        object_ = parser.parse(text).extract<Poco::JSON::Object::Ptr>();
    } catch (const Poco::Exception&) {
        throw HttpError(400, "bad_json", "the body is not a JSON object");
    }
    if (object_.isNull()) throw HttpError(400, "bad_json", "the body is not a JSON object");
    for (const std::string& name : object_->getNames())
        if (std::find(allowed.begin(), allowed.end(), name) == allowed.end())
            throw HttpError(400, "unknown_field", "unknown field", name);
}

std::optional<std::string> JsonBody::optionalText(const std::string& field, std::size_t max_length) const {
    if (!object_->has(field) || object_->isNull(field)) return std::nullopt;
    const auto var = object_->get(field);
    if (!var.isString()) throw HttpError(400, "bad_field", "must be a text", field);
    auto content = var.extract<std::string>();
    if (content.size() > max_length) throw HttpError(400, "bad_field", "is too long", field);
    return content;
}

std::string JsonBody::text(const std::string& field, std::size_t max_length) const {
    auto content = optionalText(field, max_length);
    if (!content || content->empty()) throw HttpError(400, "missing_field", "is missing", field);
    return *content;
}

std::optional<bool> JsonBody::optionalBoolean(const std::string& field) const {
    if (!object_->has(field) || object_->isNull(field)) return std::nullopt;
    const auto var = object_->get(field);
    if (!var.isBoolean()) throw HttpError(400, "bad_field", "must be true or false", field);
    return var.extract<bool>();
}

bool JsonBody::boolean(const std::string& field) const {
    const auto content = optionalBoolean(field);
    if (!content) throw HttpError(400, "missing_field", "is missing", field);
    return *content;
}

std::optional<double> JsonBody::optionalNumber(const std::string& field, double min, double max) const {
    if (!object_->has(field) || object_->isNull(field)) return std::nullopt;
    const auto var = object_->get(field);
    if (!var.isNumeric() || var.isBoolean()) throw HttpError(400, "bad_field", "must be a number", field);
    const auto number = var.convert<double>();
    if (!(number >= min && number <= max)) throw HttpError(400, "bad_field", "is out of range", field);
    return number;
}

std::vector<std::string> JsonBody::texts(const std::string& field, std::size_t max_entries) const {
    std::vector<std::string> out;
    if (!object_->has(field) || object_->isNull(field)) return out;
    const auto array = object_->getArray(field);
    if (array.isNull() || array->size() > max_entries)
        throw HttpError(400, "bad_field", "must be a list", field);
    for (const auto& entry : *array) {
        if (!entry.isString()) throw HttpError(400, "bad_field", "must be a list of texts", field);
        out.push_back(entry.extract<std::string>());
    }
    return out;
}

}  // namespace porchlight::http
