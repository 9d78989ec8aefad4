/// Secrets that stand in files of their own: secrets.yaml and `password_file`.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace porchlight::config {

/// The texts of secrets.yaml (`NAME: text`), read when the first one is asked for. Thread-bound.
class Secrets {
  public:
    explicit Secrets(std::filesystem::path file) : file_(std::move(file)) {}

    /// The secret of that name. Throws Error(Misconfigured) that says what to write; never with a secret in
    /// its text.
    std::string get(const std::string& name);

    const std::filesystem::path& file() const noexcept { return file_; }

  private:
    void read();

    std::filesystem::path file_;
    std::optional<std::map<std::string, std::string>> values_;
};

/// The one line that stands in a file. Throws Error(Misconfigured); never with the line in its text.
std::string readSecretFile(const std::filesystem::path& file);

}  // namespace porchlight::config
