/// A stream of an RTSP camera, asked for by ourselves.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "description.h"
#include "porchlight/time.h"
#include "reach/address.h"
#include "reach/wire.h"
#include "rtsp_login.h"
#include "rtsp_message.h"
#include "rtsp_talk.h"

namespace porchlight::ffmpeg {

struct RtspTrack {
    std::string description;  ///< its lines in the camera's SDP
    int channel = 0;          ///< of its packets; its reports come and go on the next one
};

/// RTSP over one TCP connection (RFC 2326), packets included, under TLS where the address is rtsps://,
/// through HTTP where that is wished: libavformat's own asks the kernel three times for each packet, and
/// answers no digest with SHA-256. Redirects are followed to the camera's own hosts, from TLS to TLS only.
///
/// open() once, then next(). Results are averrors, or 0; refusals have those that libavformat gives them.
/// Owns: the connection; ends the session at the camera in its destructor, which sends (2 s at most) and
/// waits for no answer. Thread: thread-bound (reader); `stop` may be set by any thread and ends every wait
/// within 100 ms. Throws std::bad_alloc and Error(Exhausted), open() more.
class RtspSession {
  public:
    /// `hosts`: the camera's addresses as numbers, the only ones that are connected to. `silence`: the
    /// longest between two packets, and that an answer may take. `is_tunnelled`: through HTTP.
    RtspSession(Address address, std::vector<std::string> hosts, Monotonic::duration silence,
                const std::atomic<bool>& stop, bool is_tunnelled = false);
    ~RtspSession();
    RtspSession(const RtspSession&) = delete;
    RtspSession& operator=(const RtspSession&) = delete;

    /// Before open(): the camera is never told the password itself.
    void neverAnswerBasic() noexcept {
        login_.neverAnswerBasic();
        http_login_.neverAnswerBasic();
    }

    /// Until the camera plays. Blocks 10 s to connect (each of two connections through HTTP), `silence` for
    /// an answer, thrice where the camera asks for a login, and as long as a name that a redirect leads to is
    /// looked up. Throws Error(Misconfigured: it refers to no place; Unavailable: to one that is not found).
    int open(bool wants_sound);

    /// Those that the camera gives, in the order of its description; empty before open().
    const std::vector<RtspTrack>& tracks() const noexcept { return tracks_; }

    /// The next packet; keeps the session alive meanwhile. The data is valid until the next call of anything.
    /// Blocks for `silence`, and 2 s for what it sends, at most.
    int next(RtspPacket& packet);

    /// The camera told what it has: what it refused is no question of login or path.
    bool isDescribed() const noexcept { return is_described_; }

    /// Whether it may be asked once more by somebody else without being told a refused password again.
    bool isLoginFree() const noexcept { return login_.isFree() && http_login_.isFree(); }

    /// "404", what the camera answered to its sound track; empty: nothing was refused.
    const std::string& refusedSound() const noexcept { return refused_sound_; }

    /// "SHA-256", the algorithm that the camera asked for, as it writes it; empty: it named none.
    std::string_view askedFor() const noexcept { return login_.algorithm(); }

    /// Libavformat has no answer for that.
    bool isLoginOurs() const noexcept {
        return !askedFor().empty() && askedFor() != "MD5" && askedFor() != "MD5-sess";
    }

    /// "192.0.2.7:554", another machine, where the camera refers to; empty: nowhere.
    const std::string& steeredTo() const noexcept { return steered_to_; }

  private:
    int describe(RtspMessage& answer);
    int connect();
    int connectTo(const Address& place, std::unique_ptr<Wire>& wire);
    bool isOurs(const std::string& host) const;
    int setUp(const Description& description, bool wants_sound);
    int setUp(const DescribedTrack& track, RtspMessage& answer);
    int play();
    bool takeSession(std::string_view field);
    int keepAlive();
    int takeAnswer(const RtspMessage& answer);
    std::string sessionField() const { return session_.empty() ? "" : "Session: " + session_ + "\r\n"; }

    const Address address_;
    const std::vector<std::string> hosts_;
    const Monotonic::duration silence_;
    const std::atomic<bool>& stop_;
    const bool is_tunnelled_;
    RtspLogin login_;
    RtspLogin http_login_;  ///< through HTTP
    std::optional<RtspTalk> talk_;
    std::string url_;   ///< of the stream, behind all redirects
    std::string base_;  ///< of its tracks
    std::string session_;
    seconds timeout_;  ///< of the session, as the camera told it
    std::vector<RtspTrack> tracks_;
    std::string refused_sound_;
    std::string steered_to_;
    bool is_described_ = false;
    bool has_get_parameter_ = false;
    Monotonic::time_point keep_alive_at_{};
    Monotonic::time_point heard_at_{};
};

}  // namespace porchlight::ffmpeg
