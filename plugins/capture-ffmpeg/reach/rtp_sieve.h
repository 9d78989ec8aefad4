/// What the network brings over UDP, looked at before libav reads it.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <vector>

namespace porchlight::ffmpeg {

/// The numbers of one RTP source (RFC 3550, 5.1), as far as they tell what came twice. Pure state.
class RtpNumbers {
  public:
    enum class Verdict { Fresh = 1, Twice, NewSource };

    /// The next packet. NewSource: the numbers begin anew below those before; a source that goes on above
    /// them is fresh.
    Verdict note(std::uint32_t source, std::uint16_t number) noexcept;

  private:
    bool has_source_ = false;
    std::uint32_t source_ = 0;
    std::uint16_t highest_ = 0;
    std::uint64_t came_ = 0;  ///< bit n: highest_ - n
};

/// libavformat reads RTP packets from sockets of its own. One that comes twice it puts into its picture
/// twice, and those of a source that begins anew with lower numbers (an encoder that restarted within the
/// session) it drops as late, for good. But it asks its interrupt callback before each read. There what waits
/// is looked at without being taken; a packet that came already is taken away, and a new source is told.
///
/// Borrows libav's descriptors between attach() and detach(). Thread: thread-bound (the one libav runs on).
class RtpSieve {
  public:
    /// Before libav opens: the sockets there are already are none of ours.
    void begin();

    /// After that: the RTP sockets are those that are new, if they are `count`; else other threads opened
    /// some, and nothing is looked at.
    void attach(std::size_t count);
    void detach() noexcept { tracks_.clear(); }

    /// Before a read. True: nothing is to be read now.
    bool sift() noexcept;

    /// A new source began, of which libav has read nothing yet. Once.
    bool takeNewSource() noexcept;
    bool hasNewSource() const noexcept { return has_new_source_; }

  private:
    struct Track {
        int fd;
        std::int64_t looked_at_ns = 0;  ///< when the packet that was looked at last came
        RtpNumbers numbers;
    };
    bool empties(Track& track) noexcept;

    std::set<ino_t> old_;
    std::vector<Track> tracks_;
    bool has_new_source_ = false;
};

}  // namespace porchlight::ffmpeg
