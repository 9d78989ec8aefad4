#include "app/cli/daemon_client.h"

#include <Poco/JSON/Parser.h>
#include <Poco/URI.h>

#include <cstdio>
#include <iostream>

#include "base/clock.h"
#include "base/text.h"
#include "http/local_client.h"

namespace porchlight::app {

DaemonClient::DaemonClient(const CommandContext& context, milliseconds timeout)
    : socket_(context.config().controlSocket()), timeout_(timeout) {}

Poco::JSON::Object::Ptr DaemonClient::parse(int status, const std::string& body) const {
    Poco::JSON::Object::Ptr object;
    try {
        if (!body.empty()) object = Poco::JSON::Parser().parse(body).extract<Poco::JSON::Object::Ptr>();
    } catch (const Poco::Exception& error) {
        throw Error(ErrorKind::Internal, "the daemon's answer is no JSON: " + error.displayText());
    }
    if (status < 300) return object.isNull() ? Poco::JSON::Object::Ptr(new Poco::JSON::Object()) : object;
    std::string message = "the daemon answered " + std::to_string(status);
    if (!object.isNull() && object->isObject("error"))
        message = textOf(object->getObject("error"), "message");
    throw Error(ErrorKind::Misconfigured, message);
}

Poco::JSON::Object::Ptr DaemonClient::get(const std::string& path) {
    const auto answer = http::LocalClient(socket_, timeout_).get("/api/v1" + path);
    return parse(answer.status, answer.body);
}

Poco::JSON::Object::Ptr DaemonClient::post(const std::string& path, const std::string& body) {
    const auto answer = http::LocalClient(socket_, timeout_).post("/api/v1" + path, body);
    return parse(answer.status, answer.body);
}

std::string timeQuery(const Arguments& arguments, const char* option, const char* key) {
    const auto text = arguments.value(option);
    if (!text) return "";
    const auto time = base::parseTime(*text, base::SystemClock().wallNow());
    if (!time)
        throw UsageError(std::string(option) + " must be a time such as 2026-11-21T02:00:00Z or -2h, not '" +
                         *text + "'");
    return std::string("&") + key + "=" + encodeQuery(base::formatTime(*time));
}

http::LocalAnswer DaemonClient::download(const std::string& path, const http::LocalClient::Sink& sink) {
    http::LocalClient client(socket_);
    client.setTimeout(std::chrono::minutes(3));  // a day of footage is looked through before the first byte
    return client.download("/api/v1" + path, sink);
}

std::string textOf(const Poco::JSON::Object::Ptr& object, const std::string& key) {
    const auto value = object->get(key);
    return value.isEmpty() ? "" : base::printable(value.convert<std::string>());
}

std::string ageOf(const Poco::JSON::Object::Ptr& object, const std::string& key) {
    const auto value = object->get(key);
    if (value.isEmpty()) return "never";
    char text[32];
    std::snprintf(text, sizeof text, "%.1f s", value.convert<double>() / 1e6);
    return text;
}

void printJson(const Poco::JSON::Object::Ptr& object) {
    object->stringify(std::cout);
    std::cout << "\n";
}

std::string encodeQuery(const std::string& text) {
    std::string out;
    Poco::URI::encode(text, "!?#/'\",;:$&()[]*+=@", out);
    return out;
}

}  // namespace porchlight::app
