/// A recorder over real files and a real database, driven step by step under a clock that is moved by hand.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "faults.h"
#include "record/recorder_core.h"
#include "support/fake_clock.h"
#include "unit/media/footage.h"

namespace inject {

using namespace porchlight;
using namespace std::chrono_literals;

inline constexpr WallTime kStart{microseconds{1'790'000'000'000'000}};  // where the clock starts
inline constexpr microseconds kStep{500'000};                           // one fragment of each camera
inline constexpr const char* kAlways = "always";                        // records all the time
inline constexpr const char* kMoving = "moving";                        // records events

/// What the core does with an exception is what Recorder does: commands and ticks may throw std::exception,
/// nothing else may. **Owns** the core.
class World {
  public:
    /// `folder` is there, empty or as an earlier world left it.
    World(std::filesystem::path folder, const footage::Stream& stream);

    /// Opens the recorder. A database that cannot be opened ends the process; whoever started it does so
    /// again.
    bool tryStart();
    void start();  ///< until it does, a second later each time

    /// Both cameras give the next half second, and the recorder looks at what is due.
    void step();
    void run(microseconds span);
    void idle(microseconds span);  ///< no footage comes

    void beginEvent(const std::string& id);
    void endEvent(const std::string& id);
    void streamEnds();               ///< the workers go on with another stream
    void finish();                   ///< ends properly
    void skipTo(microseconds span);  ///< before the start: so much later, and no footage until then

    record::RecorderOptions options() const;
    record::RecorderCore& core() { return *core_; }
    test::FakeClock& clock() { return clock_; }
    const std::filesystem::path& folder() const { return folder_; }
    WallTime fedUntil() const { return kStart + fed_; }

    microseconds segment_length = 20s;
    std::uint64_t max_bytes = 0;

    bool was_told = false;             ///< of something wrong, by problems or a camera's error, since arm()
    std::vector<std::string> finals;   ///< events
    std::size_t changes_of_state = 0;  ///< storage issues told

  private:
    template <class Action>
    void guarded(Action action);
    void tick();
    std::shared_ptr<const Fragment> fragmentOf(std::size_t camera, std::size_t index);

    const std::filesystem::path folder_;
    const footage::Stream& stream_;
    test::FakeClock clock_;
    record::RecorderOptions options_;
    record::RecorderEvents events_;
    std::unique_ptr<record::RecorderCore> core_;
    std::shared_ptr<const StreamInit> inits_[2];
    std::uint64_t epoch_ = 0;
    microseconds fed_{0};
    bool gives_pictures_ = false;  ///< since the start
    std::map<std::string, store::EventRow> rows_;
};

/// Footage made once: two and a half minutes.
footage::Stream makeStream(const std::filesystem::path& folder);

}  // namespace inject
