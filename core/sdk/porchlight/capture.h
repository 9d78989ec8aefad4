/// The interface of a capture plugin: one object is one attempt to open and read one stream.
#pragma once

#include <string>
#include <variant>

#include "porchlight/media.h"
#include "porchlight/settings.h"

namespace porchlight {

/// What a source turned out to be once it was open.
struct SourceInfo {
    StreamFormat format;
    std::string description;  ///< for people, without secrets: "rtsp tcp h264 1280x720"
    bool is_live = true;      ///< false: a file that ends
};

enum class ReadStatus : std::uint8_t {
    Sample = 1,     ///< `sample` was filled
    Timeout,        ///< nothing until the deadline; not an error
    EndOfStream,    ///< a file ended; the host decides what next
    FormatChanged,  ///< `sample` untouched; ask format() and go on reading
};

using Sample = std::variant<Packet, Picture>;

/// A source of packets or pictures.
///
/// The host owns the thread, the retries and the object: after any failure it destroys the object and makes a
/// new one. open() is called once, then read() until destruction, all on one thread; interrupt() comes from
/// any thread. No function sleeps, retries, logs more than once a state, or blocks past its deadline.
class PORCHLIGHT_EXPORT CaptureSource {
  public:
    CaptureSource() = default;
    CaptureSource(const CaptureSource&) = delete;
    CaptureSource& operator=(const CaptureSource&) = delete;

    /// Releases everything within 2 s, also after a failed open().
    virtual ~CaptureSource() = default;

    /// Opens the source. Blocks until deadline. Throws Error: Unavailable (missing device, refused
    /// connection, deadline), Misconfigured (refused password, not a video, unknown host), NotSupported.
    virtual SourceInfo open(const Settings& settings, Deadline deadline) = 0;

    /// The next packet or picture. The first packet of a stream is a keyframe. Returns within
    /// deadline + 100 ms. Throws Error: Unavailable (connection lost, unplugged), BadData.
    virtual ReadStatus read(Sample& sample, Deadline deadline) = 0;

    /// After open() threw Misconfigured: waits for a sign that the source is another one now (a camera that
    /// restarts), which makes a further attempt worth while. Tries nothing itself, least of all a password.
    /// True at such a sign; false at the deadline, after interrupt(), or at once where a source cannot tell:
    /// the host then waits on its own.
    virtual bool awaitChange(Deadline /*deadline*/) { return false; }

    /// The format after ReadStatus::FormatChanged.
    virtual StreamFormat format() const = 0;

    /// Frames that the source knows to be lost since open(): holes in the driver's numbering, buffers that
    /// came back cancelled. Not those for which read() threw BadData: the host counts these. Asked on the
    /// thread of read().
    virtual std::uint64_t lostFrames() const noexcept { return 0; }

    /// Makes a blocked open() or read() return within 100 ms; sticky. Any thread, never blocks.
    virtual void interrupt() noexcept = 0;
};

}  // namespace porchlight
