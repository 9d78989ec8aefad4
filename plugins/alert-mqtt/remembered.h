/// Topics at brokers that hold retained messages of ours, remembered on disk: a camera that was removed while
/// the broker or this program was away is still known here, and its messages can be taken back.
///
/// The file: a line "porchlight retained 1", then "HOST:PORT<TAB>TOPIC" lines. It is replaced as a whole.
#pragma once

#include <filesystem>
#include <set>
#include <string>

namespace porchlight::mqtt {

using TopicSet = std::set<std::string>;

/// The topics of one broker; those of others stay in the file. Thread-bound.
class Remembered {
  public:
    Remembered() = default;  ///< remembers nothing over a restart

    /// Reads the file; what is not of this form is left out.
    Remembered(std::filesystem::path file, std::string broker);

    const TopicSet& topics() const { return topics_; }

    /// Durable before it returns, so that a crash right after publishing forgets nothing. Throws
    /// Error(Unavailable).
    void replace(TopicSet topics);

  private:
    void write() const;

    std::filesystem::path file_;
    std::string broker_;
    TopicSet topics_;
    bool is_saved_ = true;
    std::set<std::string> other_lines_;  ///< of other brokers, as they stand
};

}  // namespace porchlight::mqtt
