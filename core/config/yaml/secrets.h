/// Secrets that stand in files of their own: secrets.yaml and `password_file`.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace porchlight::config {

/// The texts of secrets.yaml (`NAME: text`), read when the first one is asked for, and those that are the
/// only line of a file. Thread-bound.
class Secrets {
  public:
    explicit Secrets(std::filesystem::path file) : file_(std::move(file)) {}

    /// The secret of that name. Throws Error(Misconfigured) that says what to write; never with a secret in
    /// its text.
    std::string get(const std::string& name);

    /// The one line that stands in a file. Throws Error(Misconfigured); never with the line in its text.
    std::string lineOf(const std::filesystem::path& file);

    /// What was read: whoever may write these decides what is believed, as with the configuration itself.
    const std::set<std::filesystem::path>& filesRead() const noexcept { return files_read_; }

  private:
    void read();

    std::filesystem::path file_;
    std::optional<std::map<std::string, std::string>> values_;
    std::set<std::filesystem::path> files_read_;
};

}  // namespace porchlight::config
