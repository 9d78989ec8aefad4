/// An alert as one HTTP request, in the words of whoever takes it. Pure.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "porchlight/alert.h"

namespace porchlight::webhook {

/// One part of a form; `file_name` empty: a plain field.
struct Part {
    std::string name;
    std::string content;
    std::string file_name;
};

struct Request {
    std::string method = "POST";
    std::string url;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    std::vector<Part> form;  ///< in place of the body, as multipart/form-data
};

/// What the owner set.
struct Target {
    std::string url;
    std::string preset = "generic";  ///< generic ntfy gotify telegram pushover slack discord home_assistant
    std::string method = "POST";
    std::string token;
    std::string recipient;  ///< Telegram's chat, Pushover's user
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;  ///< a template with {fields}; empty: all fields as JSON. Of generic only
    std::string content_type;
    bool has_picture = false;
    std::string dashboard;                      ///< begins the links; empty: they are paths
    std::map<std::string, std::string> titles;  ///< of cameras
};

/// The settings as text: "Name: value | Name: value". Throws Error(Misconfigured), also for what would end a
/// header line.
std::vector<std::pair<std::string, std::string>> readHeaders(const std::string& text);

/// Throws Error(Misconfigured) when the preset lacks something, or the template names an unknown field.
void check(const Target& target);

/// The request that tells it.
Request requestOf(const Target& target, const Alert& alert);

/// "Motion in path", for people.
std::string sentenceOf(const Alert& alert);

}  // namespace porchlight::webhook
