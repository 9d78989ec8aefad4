/// A subscription at a camera's event service, pulled by us (PullPoint): no port of ours is open for it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "onvif/client.h"
#include "onvif/events/notification.h"

namespace porchlight::onvif {

inline constexpr seconds kLease{120};  ///< asked for; told shorter by many
/// How long one question waits in the camera: some close a connection that is silent for 10 s.
inline constexpr seconds kLongestPull{8};
/// A camera that answers at once with nothing is not asked again before.
inline constexpr milliseconds kLeastPull{1'000};
inline constexpr int kMessageLimit = 50;

/// One subscription, kept as long as it is pulled. It is renewed in time, and by another one where the camera
/// takes no renewals or has ended it early; one that ends within kShortLife is an error. The camera's clock
/// counts for nothing but times to end it that it tells beside its own time. **Owns** the subscription at the
/// camera, which leave() ends. **Thread**: thread-bound; blocks until the deadline. Throws OnvifError.
class Subscription {
  public:
    /// `client` and `halt` outlive it; `service`: of events.
    Subscription(Client& client, ServiceAddress service, const base::Halt& halt)
        : client_(client), service_(std::move(service)), halt_(halt) {}

    /// What it has to tell; waits for it and gives nothing at the deadline, or when halted. Subscribes where
    /// there is no subscription; -> also whether that happened.
    struct Pulled {
        std::vector<Notification> notifications;
        bool is_new = false;
    };
    Pulled pull(Deadline deadline);

    /// Ends it at the camera, as well as can be done until the deadline; never throws.
    void leave(Deadline deadline) noexcept;

  private:
    /// Where it is pulled.
    struct Reference {
        ServiceAddress address;
        std::string told;        ///< the address as the camera told it, for its own eyes
        std::string parameters;  ///< XML that goes back with each question
    };

    void subscribe();
    Node create();
    void synchronize();
    void renewInTime();
    void takeLease(const Node& answer);
    bool isMiss(const OnvifError& error, Monotonic::duration waited, Deadline deadline);
    Pulled ask(Deadline deadline);
    Operation operation(std::string_view space, const char* name, std::string arguments,
                        const char* action) const;

    Client& client_;
    const ServiceAddress service_;
    const base::Halt& halt_;
    std::optional<Reference> reference_;
    Monotonic::time_point begun_{};
    Monotonic::time_point ends_{};  ///< by what the camera told
    Monotonic::time_point renew_at_{};
    Monotonic::time_point not_before_{};  ///< the next question
    bool takes_renewals_ = true;
    int misses_ = 0;  ///< questions in a row whose connection ended without an answer
};

/// The topics that the camera lists (GetEventProperties); it may tell others. Throws OnvifError.
std::vector<std::string> topicsOffered(Client& client, const ServiceAddress& service);

/// Reference parameters of CreatePullPointSubscriptionResponse as the header of what is asked of it. Pure.
std::string echoed(const Node& parameters);

}  // namespace porchlight::onvif
