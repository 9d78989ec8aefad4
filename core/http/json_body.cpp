#include "http/json_body.h"

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Parser.h>

#include <algorithm>

#include "http/http_error.h"

namespace porchlight::http {

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
