/// What the doctor does with a broker: connects for real, and tells it a test.
#pragma once

#include <string>
#include <vector>

#include "connection.h"
#include "discovery.h"

namespace porchlight::mqtt {

/// Connects under an id of its own, so that a running appliance is not thrown out; publishes to BASE/doctor
/// (retained, and takes it back), a message as large as a picture, and one below Home Assistant's prefix that
/// is nobody's. Thread-bound.
class Trial {
  public:
    Trial(Access access, const Topics& topics, bool has_discovery);

    /// What does not work in full, in words. Throws Error with the cause when nothing can be published.
    std::vector<std::string> run(Deadline deadline);

  private:
    void enter(Deadline deadline);
    void settle(Deadline deadline);
    std::string tell(const std::string& topic, std::size_t bytes, bool is_retained, Deadline deadline);
    void tellPlainly(Deadline deadline);
    void tellHomeAssistant(Deadline deadline);
    void tellPicture(Deadline deadline);

    Access access_;
    const Topics topics_;
    const bool has_discovery_;
    std::unique_ptr<Connection> connection_;
    std::size_t echoes_ = 0;  ///< of what was told, as a reader gets it
    std::vector<std::string> doubts_;
};

}  // namespace porchlight::mqtt
