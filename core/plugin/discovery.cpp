#include "plugin/discovery.h"

#include <cctype>

#include "base/text.h"

namespace porchlight::plugin {
namespace {

constexpr std::size_t kMaxFields = 32;
constexpr std::size_t kMaxNameLength = 36;

std::string plain(std::string_view text) {
    std::string out(text);
    for (char& letter : out)
        if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f) letter = ' ';
    return out;
}

bool isPluginName(std::string_view text) {
    return !text.empty() && text.size() < 32 &&
           text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_") == std::string_view::npos;
}

/// As a double-quoted YAML scalar.
std::string yamlText(std::string_view text) {
    std::string out = "\"";
    for (const char letter : plain(text)) {
        if (letter == '"' || letter == '\\') out += '\\';
        out += letter;
    }
    return out + "\"";
}

}  // namespace

std::string lineOf(const FoundSource& found) {
    const FoundCamera& camera = found.camera;
    std::string line = plain(found.plugin);
    for (const std::string* field : {&camera.id, &camera.title, &camera.offers, &camera.problem})
        line += "\t" + plain(*field);
    for (const auto& [name, value] : camera.settings) line += "\t" + plain(name) + "=" + plain(value);
    return line;
}

std::optional<FoundSource> parseLine(std::string_view line) {
    const auto fields = base::split(line, '\t');
    if (fields.size() < 5 || fields.size() > kMaxFields || fields[1].empty() || !isPluginName(fields[0]))
        return std::nullopt;
    FoundSource found{fields[0], {fields[1], fields[2], fields[3], fields[4], {}}};
    for (std::size_t i = 5; i < fields.size(); ++i) {
        const auto equals = fields[i].find('=');
        if (equals == std::string::npos || equals == 0) return std::nullopt;
        found.camera.settings.emplace_back(fields[i].substr(0, equals), fields[i].substr(equals + 1));
    }
    return found;
}

std::string sourceYaml(const FoundSource& found) {
    std::string out = "{plugin: " + found.plugin;
    for (const auto& [name, value] : found.camera.settings) out += ", " + name + ": " + yamlText(value);
    return out + "}";
}

std::string cameraYaml(const FoundSource& found, const std::string& name) {
    return "name: " + name + "\ntitle: " + yamlText(found.camera.title) + "\nsource: " + sourceYaml(found) +
           "\n";
}

std::string nameFor(const FoundSource& found) {
    std::string name;
    for (const char letter : found.camera.title.empty() ? found.camera.id : found.camera.title) {
        if (std::isalnum(static_cast<unsigned char>(letter)))
            name += static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
        else if (!name.empty() && name.back() != '-')
            name += '-';
        if (name.size() >= kMaxNameLength) break;
    }
    while (name.ends_with('-')) name.pop_back();
    return name.empty() ? "camera" : name;
}

}  // namespace porchlight::plugin
