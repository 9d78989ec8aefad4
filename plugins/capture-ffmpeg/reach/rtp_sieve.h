/// What the network brings over UDP, looked at before libav reads it.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "porchlight/time.h"

namespace porchlight::ffmpeg {

/// The numbers of one RTP source (RFC 3550, 5.1), as far as they tell what came twice. Pure state. Thread:
/// thread-bound.
class RtpNumbers {
  public:
    enum class Verdict { Fresh = 1, Twice, Doubtful, NewSource };

    /// The next packet. Doubtful: the first one of another source, or of numbers that begin anew; it may be a
    /// stray one, and counts for nothing until a second one follows it. NewSource: that second one, where the
    /// numbers begin anew below those before; a source that goes on above them is fresh.
    Verdict note(std::uint32_t source, std::uint16_t number) noexcept;

    /// Whether this packet would be that second one, behind the doubtful one that was noted last.
    bool isSecond(std::uint32_t source, std::uint16_t number) const noexcept;

    /// The second one was seen before its turn: the doubtful one counts. -> Fresh or NewSource
    Verdict believe() noexcept { return begin(doubtful_source_, doubtful_); }

  private:
    Verdict begin(std::uint32_t source, std::uint16_t number) noexcept;

    bool has_source_ = false;
    std::uint32_t source_ = 0;
    std::uint16_t highest_ = 0;
    std::uint64_t came_ = 0;  ///< bit n: highest_ - n
    bool is_in_doubt_ = false;
    std::uint32_t doubtful_source_ = 0;
    std::uint16_t doubtful_ = 0;
};

/// libavformat reads RTP packets from sockets of its own. One that comes twice it puts into its picture
/// twice, and those of a source that begins anew with lower numbers (an encoder that restarted within the
/// session) it drops as late, for good. But it asks its interrupt callback before each read. There what waits
/// is looked at without being taken; a packet that came already is taken away, and a new source is told. The
/// first packet of a new source waits there for a second one, or for any that tells that it is a stray one;
/// that is taken away as well, as after half a second in which none follows it.
///
/// Borrows libav's descriptors between attach() and detach(). Thread: thread-bound (the one libav runs on).
/// Only begin() and attach() allocate memory.
class RtpSieve {
  public:
    /// Before libav opens: the sockets there are already are none of ours.
    void begin();

    /// After that: the RTP sockets are those that are new, if they are `count`; else other threads opened
    /// some, and nothing is looked at.
    void attach(std::size_t count);

    /// Nothing is looked at any more.
    void detach() noexcept { tracks_.clear(); }

    /// Before a read. True: nothing is to be read now. Blocks for 2 ms at most, and only while a packet waits
    /// for its second.
    bool sift() noexcept;

    /// A new source began, of which libav has read nothing yet. Once.
    bool takeNewSource() noexcept;

    /// The same, any number of times.
    bool hasNewSource() const noexcept { return has_new_source_; }

  private:
    struct Track {
        int fd;
        std::int64_t looked_at_ns = 0;  ///< when the packet that was looked at last came
        bool is_waiting = false;        ///< that packet, for its second
        Monotonic::time_point waits_since{};
        RtpNumbers numbers;
    };
    struct Head;
    enum class Fate { Read = 1, Take, Wait };

    static std::optional<Head> headAt(int fd) noexcept;
    static std::optional<Head> headBehind(int fd, int bytes) noexcept;
    Fate fateOf(Track& track, const Head& head) noexcept;
    Fate fateOfDoubtful(Track& track, const Head& head) noexcept;
    bool empties(Track& track) noexcept;

    std::set<ino_t> old_;
    std::vector<Track> tracks_;
    bool has_new_source_ = false;
};

}  // namespace porchlight::ffmpeg
