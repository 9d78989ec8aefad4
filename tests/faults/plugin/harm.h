/// The faults that harm the process itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace porchlight::faulty {

/// Never returns and hears nobody, like a driver that waits for an interrupt which does not come.
[[noreturn]] void hangForEver() noexcept;

/// The same, at 100 % CPU.
[[noreturn]] void spinForEver() noexcept;

[[noreturn]] void crash() noexcept;

/// Writes random bytes into every socket of the process, as a hijacked decoder might: the core's channel
/// among them.
void babbleOnSockets(std::size_t bytes) noexcept;

/// Writes well-formed lies into every socket of the process, as a hijacked decoder might that knows the
/// protocol: numbers that are none, texts and lists without end, log lines by the hundred. Each call some 200
/// KB.
void lieOnSockets();

/// Memory and descriptors that are never given back. Both stop at a limit that saves the machine under test.
class Leaks {
  public:
    /// Allocates and touches. Throws std::bad_alloc at the limit of the process.
    void growMemory(std::size_t bytes);

    /// Opens descriptors until the process may have no more.
    void leakDescriptors(int count) noexcept;

  private:
    std::vector<std::unique_ptr<std::uint8_t[]>> blocks_;
    std::size_t grown_bytes_ = 0;
};

/// Threads that burn CPU from construction to destruction.
class Burning {
  public:
    Burning();
    ~Burning();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace porchlight::faulty
