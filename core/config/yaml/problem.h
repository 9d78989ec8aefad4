/// What is wrong with a configuration file, and where.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace porchlight::config {

/// A place in a file: line and column from 1, the column in characters; 0: the file as a whole.
struct Place {
    int line = 0;
    int column = 0;
    bool operator==(const Place&) const = default;
};

/// Places of the values that were given, by their keys: "web.bind".
using Places = std::map<std::string, Place>;

/// One thing wrong with a configuration file. `text` is fit for people: valid UTF-8 without control
/// characters.
struct Problem {
    std::filesystem::path file;
    int line = 0;
    int column = 0;
    std::string text;

    /// "file:line:column: text", fit for a terminal, JSON and MQTT whatever the file's name holds.
    std::string format() const;
};

using Problems = std::vector<Problem>;

}  // namespace porchlight::config
