/// What this process knows of its camera, shared by all that ask it: main and sub stream, watcher, performer.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "onvif/camera.h"
#include "porchlight/error.h"
#include "porchlight/mutex.h"
#include "porchlight/settings.h"

namespace porchlight::onvif {

/// What the owner says of the camera.
struct Access {
    ServiceAddress address;
    std::optional<Login> login;
    std::string id;  ///< of its WS-Discovery endpoint, or a part of it; empty: it is not searched for

    bool operator==(const Access& other) const;
};

/// Throws Error(Misconfigured).
Access accessOf(const Settings& settings);

/// A stream to open.
struct KnownStream {
    std::string url;             ///< with the login: never shown
    std::string description;     ///< for people: "Maker IPC-7, firmware 1.0, profile main"
    bool is_remembered = false;  ///< asked for earlier: the camera may have another one now
    bool is_elsewhere = false;   ///< at a host that the search found: it may be a stranger's
};

/// What the host does about a refusal: a Misconfigured that names the login is a SourceError(AuthRefused).
[[noreturn]] void throwAsSource(const OnvifError& error);

/// One camera and its login. One asks at a time, the others wait for what it learns: a login that was
/// refused is not made again for an hour, by nobody, unless the camera was away meanwhile. A camera that does
/// not answer where it was is searched for by its id, at most every 10 s; who is found and fails is left for
/// the configured address.
///
/// Over 25 functions: a step of each conversation stands alone, as the lock does not last over it.
/// **Thread**: any. What blocks does until its deadline, or 100 ms after `halt`.
class Knowledge {
  public:
    /// The only right to make the first login: the others wait for what becomes of it. **Thread**:
    /// thread-bound.
    class Turn {
      public:
        /// `Always` waits for everybody who asks; `UntilAdmitted` not where a login is known to be good.
        /// Throws Error(Unavailable) when the turn does not come in time.
        enum class Hold : std::uint8_t { Always = 1, UntilAdmitted };
        Turn(Knowledge& knowledge, Deadline deadline, const base::Halt& halt, Hold hold = Hold::Always);
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;
        ~Turn();

      private:
        Knowledge& knowledge_;
        bool is_held_;
    };

    explicit Knowledge(Access access) : access_(std::move(access)), address_(access_.address) {}

    /// The one of this process for these settings. Throws Error(Misconfigured).
    static std::shared_ptr<Knowledge> of(const Settings& settings);

    /// The stream that `wanted` names: "main" or "sub" of what is proposed, or the token of a profile.
    /// `main`: which is recorded; its sub is of the same sensor. Asks the camera when that is not known.
    /// Throws Error(NotSupported: there is no such stream, for sub), as throwAsSource() otherwise.
    KnownStream stream(const std::string& wanted, const std::string& main, Deadline deadline,
                       const base::Halt& halt);

    /// They did not open: they are asked for again.
    void forgetStreams();

    /// Where it answered last.
    ServiceAddress address() const;

    const std::optional<Login>& login() const noexcept { return access_.login; }

    /// Throws what refused the login, while that holds.
    void checkLogin() const;
    void checkLogin(const ServiceAddress& asked) const;

    /// What a conversation came to: a refused login is remembered, and an accepted one.
    void note(const OnvifError& error, const ServiceAddress& asked);
    void noteAdmitted();

    /// After a refused login: true when the camera was away and is back. False at once without one.
    bool awaitRestart(Deadline deadline, const base::Halt& halt);

    /// Looks for the camera where it may have gone, if that may be why it failed; true: address() is another
    /// one now. Blocks 2 s.
    bool searchAfter(const OnvifError& error, Deadline deadline, const base::Halt& halt);

  private:
    /// All that is learnt in a conversation.
    struct Told {
        Device device;
        int media_version = 0;
        Services services;
        std::vector<Profile> profiles;  ///< `stream`: as told, may hold a login; only of those asked for
        ServiceAddress address;
    };
    std::optional<KnownStream> known(const std::string& wanted, const std::string& main) const;
    void ask(const ServiceAddress& address, const std::string& wanted, const std::string& main,
             Deadline deadline, const base::Halt& halt);
    bool isRefusedAt(const std::string& host) const PORCHLIGHT_REQUIRES(mutex_);
    void leaveFound();
    void moveTo(const ServiceAddress& address) PORCHLIGHT_REQUIRES(mutex_);
    bool search(Deadline deadline, const base::Halt& halt);
    Told askDevice(Client& client) const;
    bool takeTurn(Turn::Hold hold, Deadline deadline, const base::Halt& halt);
    void endTurn() noexcept;
    void learn(Told told);
    std::string describe(const Told& told, const Profile& profile) const PORCHLIGHT_REQUIRES(mutex_);

    const Access access_;
    mutable Mutex mutex_;
    ConditionVariable changed_;
    bool is_asking_ PORCHLIGHT_GUARDED_BY(mutex_) = false;
    bool is_admitted_ PORCHLIGHT_GUARDED_BY(mutex_) = false;  ///< the login is good
    ServiceAddress address_ PORCHLIGHT_GUARDED_BY(mutex_);
    std::optional<Told> told_ PORCHLIGHT_GUARDED_BY(mutex_);
    std::string first_firmware_ PORCHLIGHT_GUARDED_BY(mutex_);
    std::string earlier_firmware_ PORCHLIGHT_GUARDED_BY(mutex_);  ///< before it changed; empty: it did not
    std::optional<OnvifError> refused_ PORCHLIGHT_GUARDED_BY(mutex_);
    std::string refused_host_ PORCHLIGHT_GUARDED_BY(mutex_);  ///< by whom
    Monotonic::time_point refused_at_ PORCHLIGHT_GUARDED_BY(mutex_){};
    std::optional<Monotonic::time_point> searched_at_ PORCHLIGHT_GUARDED_BY(mutex_);
};

}  // namespace porchlight::onvif
