/// The page through which a test tells the faulty camera what to do, and reads how far it got.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace porchlight::faulty {

/// A file of kControlBytes, mapped into the worker, little endian:
///
///     offset   0  64 bytes: name of the fault, padded with zeros; empty: none. "once:NAME" is taken once, by
///     the
///                 first call that meets it, which clears the name: a new worker is well
///             64  u64 packets delivered, by all workers together
///             72  u64 times the source was opened
///             80  u64 times a fault began
///             88  u64 monotonic microseconds when the last fault began
///             96  u64 microseconds by which a picture was late at most: what the host did to this camera
///
/// The file is mapped when the source opens: a sandbox that forbids open() later does not matter.
/// **Thread**: any thread, never blocks.
class Control {
  public:
    static constexpr std::size_t kControlBytes = 128;

    /// Throws Error(Misconfigured) when there is no such file, or it is too short.
    explicit Control(const std::string& path);
    ~Control();
    Control(const Control&) = delete;
    Control& operator=(const Control&) = delete;

    /// True while the fault is ordered: it begins, or goes on. Takes the order away when it was for once.
    bool begins(std::string_view fault) noexcept;

    /// True while the fault is ordered, also when nothing of it began yet.
    bool isOrdered(std::string_view fault) const noexcept;

    void noteDelivered() noexcept { add(8); }
    void noteOpened() noexcept { add(9); }
    void noteLate(std::uint64_t late_us) noexcept;

  private:
    void add(int index) noexcept;
    std::string_view ordered() const noexcept;
    void noteBegun() noexcept;

    char* page_ = nullptr;
    std::string current_;  ///< fault whose beginning is noted; read thread only
};

}  // namespace porchlight::faulty
