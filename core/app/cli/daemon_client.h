/// Asks the running daemon over its local socket.
#pragma once

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>

#include <string>

#include "app/cli/commands.h"
#include "http/local_client.h"

namespace porchlight::app {

/// Answers of the daemon as JSON objects. Thread-bound.
class DaemonClient {
  public:
    /// Throws Error(Unavailable) from the calls below when no daemon runs with this configuration.
    explicit DaemonClient(const CommandContext& context, milliseconds timeout = seconds(30));

    Poco::JSON::Object::Ptr get(const std::string& path);
    Poco::JSON::Object::Ptr post(const std::string& path, const std::string& body);

    /// For calls that take long by their nature.
    void setTimeout(milliseconds timeout) { timeout_ = timeout; }

    /// The answer's bytes as they come; see http::LocalClient. Other answers than 200 are returned with their
    /// body.
    http::LocalAnswer download(const std::string& path, const http::LocalClient::Sink& sink);

  private:
    Poco::JSON::Object::Ptr parse(int status, const std::string& body) const;
    std::filesystem::path socket_;
    milliseconds timeout_;
};

/// "&key=TIME" for a time option, whatever notation it was given in; empty when absent. Throws UsageError.
std::string timeQuery(const Arguments& arguments, const char* option, const char* key);

/// A member as text, whatever cameras and networks put there fit for a terminal; empty when it is null or
/// absent.
std::string textOf(const Poco::JSON::Object::Ptr& object, const std::string& key);

/// A member in microseconds as seconds for people ("0.2 s"), "never" when null.
std::string ageOf(const Poco::JSON::Object::Ptr& object, const std::string& key);

/// Prints an object as JSON on one line.
void printJson(const Poco::JSON::Object::Ptr& object);

/// Percent-encodes a query value.
std::string encodeQuery(const std::string& text);

}  // namespace porchlight::app
