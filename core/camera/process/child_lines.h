/// What our processes print themselves: libraries' warnings, a last word before an abort, what a hijacked
/// worker makes up.
#pragma once

#include <cstdint>
#include <string>

#include "base/fd.h"
#include "porchlight/time.h"

namespace porchlight::camera {

/// A pipe for the standard output and error of all workers and the fork server. It is read once a round; a
/// few lines a second go into our log under a name of their own, with what log.h does to every line, and the
/// rest is counted. Whoever prints more than is read loses it and waits for nobody.
///
/// **Owns** the pipe. **Thread**: thread-bound (supervisor); never blocks.
class ChildLines {
  public:
    static constexpr std::size_t kLongest = 500;  ///< bytes of a line; the rest of it is left out
    static constexpr int kLinesPerMinute = 60;

    ChildLines();  ///< Throws Error(Exhausted).

    /// For spawnWithSocket(). Invalid in builds with a sanitizer, whose reports go to the terminal whole.
    const base::Fd& writeEnd() const noexcept { return write_end_; }

    void tick(Monotonic::time_point now);

  private:
    void take(std::string_view piece);
    void endLine();
    void tellCounted();

    base::Fd read_end_;
    base::Fd write_end_;
    std::string line_;
    Monotonic::time_point minute_ = Monotonic::now();  ///< when it began
    int told_ = 0;                                     ///< within it
    std::uint64_t left_out_ = 0;
};

}  // namespace porchlight::camera
