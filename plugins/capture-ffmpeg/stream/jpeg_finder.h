/// Finds JPEG pictures in bytes by their own markers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace porchlight::ffmpeg {

/// Tells pictures that were cut short, which decode to gray, of a camera that sends others with their end;
/// some send none with it. Pure state. Thread: thread-bound.
class JpegEnds {
  public:
    bool isCut(std::span<const std::uint8_t> jpeg) noexcept;

  private:
    bool has_whole_ = false;
};

/// Takes bytes as they come and gives the pictures in them, whatever stands between: heads and boundaries of
/// multipart, right or wrong, rubbish, nothing. Segments are stepped over by their lengths, so a small
/// picture within a picture, or a boundary in its comment, ends nothing. A picture that another one cuts
/// short is given as it is: JpegEnds tells.
///
/// Pure state. Thread: thread-bound. Bytes may be hostile.
class JpegFinder {
  public:
    void push(std::span<const std::uint8_t> bytes);

    /// The next picture that is complete, or nothing. Lives until the next call of anything.
    std::optional<std::span<const std::uint8_t>> next();

    /// Bytes since the last picture that belong to none.
    std::size_t rubbishBytes() const noexcept { return rubbish_bytes_; }

  private:
    enum class State : std::uint8_t { Between = 1, Segments, Scan, Broken };

    void drop(std::size_t size);
    void forget(std::size_t size);
    void giveUp() noexcept;
    bool findStart();
    bool stepSegment();
    bool stepScan();
    bool seekMarker();
    bool findNextStart();
    bool isStartAt(std::size_t at) const noexcept;

    std::span<const std::uint8_t> bytes() const noexcept { return std::span(held_).subspan(begin_); }

    std::vector<std::uint8_t> held_;
    std::size_t begin_ = 0;  ///< of what is looked at: the picture's start, once there is one
    std::size_t at_ = 0;     ///< looked at until here
    std::size_t end_ = 0;    ///< behind the picture; 0: not known yet
    State state_ = State::Between;
    std::size_t rubbish_bytes_ = 0;
};

}  // namespace porchlight::ffmpeg
