/// The text of one YAML file, judged as a whole before any value in it counts.
#pragma once

#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "config/yaml/problem.h"
#include "config/yaml/secrets.h"

namespace porchlight::config {

/// A YAML file. What YAML would drop or turn round in silence is a problem with its place: bytes that are no
/// UTF-8, a key that stands twice, a tag, an anchor that nobody uses, a merge key, a second document. When
/// the file is no YAML at all, root() is empty. Keys name places ("web.bind") once they were read.
/// Thread-bound. **Owns** the text.
class Document {
  public:
    /// Throws nothing for what the text holds. `problems` outlives the document.
    Document(std::string text, std::filesystem::path file, Problems& problems);

    const YAML::Node& root() const noexcept { return root_; }
    const std::filesystem::path& file() const noexcept { return file_; }
    Problems& problems() noexcept { return problems_; }
    /// False: root() is empty because of a problem.
    bool isReadable() const noexcept { return is_readable_; }

    /// secrets.yaml, where `!secret NAME` is looked up: beside the file, or above cameras.d.
    Secrets& secrets() noexcept { return secrets_; }

    Place placeOf(const YAML::Node& node) const;
    void problemAt(const YAML::Node& where, const std::string& text) { add(placeOf(where), text); }
    void add(Place place, const std::string& text);

    /// The comment behind a plain value in its line, from the '#' on; empty when there is none.
    std::string_view commentBehind(const YAML::Node& scalar) const;

    void notePlace(const std::string& key, Place place) { places_[key] = place; }
    const Places& places() const noexcept { return places_; }

  private:
    Place placeAt(const YAML::Mark& mark) const;
    Place placeAt(std::size_t offset) const;
    bool judgeBytes();
    bool judgeYaml();

    std::string text_;
    std::filesystem::path file_;
    Problems& problems_;
    Secrets secrets_;
    YAML::Node root_;
    bool is_readable_ = false;
    Places places_;
};

/// The text of a file of at most 1 MiB and a little more (which is then too large). Throws
/// Error: Misconfigured when it cannot be opened.
std::string readText(const std::filesystem::path& file);

}  // namespace porchlight::config
