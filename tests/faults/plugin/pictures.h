/// An H.264 elementary stream from a file, cut into pictures, repeated for ever.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace porchlight::faulty {

/// Immutable; any thread.
class Pictures {
  public:
    struct Unit {
        std::span<const std::uint8_t> bytes;
        bool is_key = false;
    };

    /// Reads an Annex B stream in which each access unit begins with a delimiter, the first one with a
    /// keyframe. Throws Error(Misconfigured).
    explicit Pictures(const std::string& path);

    /// Picture n of the endless stream.
    const Unit& at(std::uint64_t n) const noexcept { return units_[n % units_.size()]; }

    /// The first picture not before n that is a keyframe: where a stream may begin.
    std::uint64_t keyFrom(std::uint64_t n) const noexcept;

    std::size_t count() const noexcept { return units_.size(); }

  private:
    std::vector<std::uint8_t> bytes_;
    std::vector<Unit> units_;
};

}  // namespace porchlight::faulty
