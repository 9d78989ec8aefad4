#include "onvif/events/subscription.h"

#include <algorithm>

#include "porchlight/head.h"
#include "porchlight/percent.h"

namespace porchlight::onvif {
namespace {

constexpr seconds kShortLife{10};
constexpr seconds kShortestLease{10};
constexpr seconds kLongestLease{3600};
constexpr seconds kLongConnection{5};
constexpr int kMaxMisses = 3;
constexpr milliseconds kMargin{2'000};       ///< from the end of the camera's wait to the end of ours
constexpr milliseconds kLeastFullPull{200};  ///< from one answer that held something to the next question
constexpr std::size_t kMaxParameters = 4096;

constexpr const char* kAddressing = "http://www.w3.org/2005/08/addressing";
constexpr const char* kEventPort = "http://www.onvif.org/ver10/events/wsdl/EventPortType/";
constexpr const char* kPullPort = "http://www.onvif.org/ver10/events/wsdl/PullPointSubscription/";
constexpr const char* kManager = "http://docs.oasis-open.org/wsn/bw-2/SubscriptionManager/";

std::string freshUuid() {
    std::string hex = hexText(freshBytes(16));
    for (const std::size_t at : {20U, 16U, 12U, 8U}) hex.insert(at, 1, '-');
    return "urn:uuid:" + hex;
}

std::string inSeconds(seconds span) {
    return "PT" + std::to_string(span.count()) + "S";
}

/// With its namespace, its text and what is in it.
void echo(const Node& node, bool is_outer, std::string& out) {
    out += "<" + node.name + " xmlns=\"" + xmlText(node.space) + "\"";
    if (is_outer) out += " xmlns:a=\"" + std::string(kAddressing) + "\" a:IsReferenceParameter=\"true\"";
    out += ">" + xmlText(node.text);
    for (const Node& child : node.children) echo(child, false, out);
    out += "</" + node.name + ">";
}

/// With the header of WS-Addressing: cameras that do not ask for it leave it out.
Operation addressed(Operation operation, const char* action, const std::string& to, const std::string& more) {
    operation.action_told = action + std::string(operation.name) + "Request";
    operation.header =
        xmlElement("Action", operation.action_told, kAddressing) +
        xmlElement("MessageID", freshUuid(), kAddressing) +
        xmlElement("ReplyTo", xmlElement("Address", std::string(kAddressing) + "/anonymous"), kAddressing) +
        xmlElement("To", xmlText(to), kAddressing) + more;
    return operation;
}

/// Where the camera names another host than we reached it at, its port may be true all the same.
std::optional<ServiceAddress> atToldPort(const ServiceAddress& asked, const std::string& told) {
    try {
        ServiceAddress out = parseServiceAddress(told);
        out.host = asked.host;
        out.is_secure = asked.is_secure;
        if (out != asked) return out;
    } catch (const Error&) {  // several addresses, or none
    }
    return std::nullopt;
}

}  // namespace

std::string echoed(const Node& parameters) {
    std::string out;
    for (const Node& one : parameters.children)
        if (out.size() <= kMaxParameters) echo(one, true, out);
    return out.size() <= kMaxParameters ? out : "";
}

std::vector<std::string> topicsOffered(Client& client, const ServiceAddress& service) {
    return topicsIn(
        client.call(service, addressed({kEvents, "GetEventProperties", ""}, kEventPort, service.text(), "")));
}

Operation Subscription::operation(std::string_view space, const char* name, std::string arguments,
                                  const char* action) const {
    return addressed({space, name, std::move(arguments)}, action,
                     reference_ ? reference_->told : service_.text(),
                     reference_ ? reference_->parameters : std::string());
}

/// Some take no duration, and some nothing else: the lease in both notations, then without.
Node Subscription::create() {
    const auto ask = [&](const std::string& lease) {
        const std::string arguments =
            lease.empty() ? "" : "<InitialTerminationTime>" + lease + "</InitialTerminationTime>";
        return client_.call(service_,
                            operation(kEvents, "CreatePullPointSubscription", arguments, kEventPort));
    };
    for (const std::string& lease : {inSeconds(kLease), formatTime(client_.cameraTime() + kLease, 0)}) {
        try {
            return ask(lease);
        } catch (const OnvifError& error) {
            if (error.refusal() != Refusal::Fault) throw;
        }
    }
    try {
        return ask("");
    } catch (const OnvifError& error) {
        if (error.refusal() != Refusal::Fault) throw;
        throw OnvifError(Refusal::Fault,
                         error.what() + std::string(": many cameras allow few subscriptions: end other "
                                                    "programs that watch it, or restart it"));
    }
}

void Subscription::subscribe() {
    reference_.reset();
    const Node answer = create();
    const Node* told = answer.find("SubscriptionReference");
    Reference reference;
    reference.told = told != nullptr ? std::string(told->textAt("Address").substr(0, 1024)) : "";
    reference.address = reference.told.empty() ? service_ : serviceAt(service_, reference.told);
    if (const Node* parameters = told != nullptr ? told->find("ReferenceParameters") : nullptr)
        reference.parameters = echoed(*parameters);
    if (reference.told.empty()) reference.told = service_.text();
    reference_ = std::move(reference);
    begun_ = Monotonic::now();
    misses_ = 0;
    takeLease(answer);
    renew_at_ = begun_ + std::max<Monotonic::duration>(ends_ - begun_, kShortestLease) / 2;
    synchronize();
}

/// Not all tell how things are without it, and not all know it. Who answers at the address that is tried
/// first is right; else it is the other one.
void Subscription::synchronize() {
    const ServiceAddress first = reference_->address;
    const auto other = atToldPort(first, reference_->told);
    try {
        client_.call(first, operation(kEvents, "SetSynchronizationPoint", "", kPullPort));
        return;
    } catch (const OnvifError& error) {
        const bool is_there = error.refusal() == Refusal::Fault || error.refusal() == Refusal::NoRights;
        if (!other && !isOfOneQuestion(error.refusal())) throw;
        if (is_there || !other) return;
    }
    try {
        client_.call(*other, operation(kEvents, "SetSynchronizationPoint", "", kPullPort));
        reference_->address = *other;
    } catch (const OnvifError& error) {
        if (error.refusal() == Refusal::Fault) reference_->address = *other;
        if (!isOfOneQuestion(error.refusal())) throw;
    }
}

/// From the camera's two times, whatever its clock is; as asked where it tells none or nonsense.
void Subscription::takeLease(const Node& answer) {
    const auto current = dateTime(answer.textAt("CurrentTime"));
    const auto end = dateTime(answer.textAt("TerminationTime"));
    seconds lease = kLease;
    if (end) lease = std::chrono::floor<seconds>(*end - current.value_or(client_.cameraTime()));
    if (lease < seconds{1} || lease > kLongestLease) lease = kLease;
    ends_ = Monotonic::now() + lease;
}

void Subscription::renewInTime() {
    const auto now = Monotonic::now();
    if (takes_renewals_ && now >= renew_at_) {
        try {
            const std::string lease = "<TerminationTime>" + inSeconds(kLease) + "</TerminationTime>";
            takeLease(client_.call(reference_->address, operation(kNotification, "Renew", lease, kManager)));
            renew_at_ = now + std::max<Monotonic::duration>(ends_ - now, kShortestLease) / 2;
        } catch (const OnvifError& error) {
            if (!isOfOneQuestion(error.refusal())) throw;
            takes_renewals_ = false;  // pulling is enough for many
        }
    }
    if (!takes_renewals_ && now + kLongestPull >= ends_ && now - begun_ >= kShortLife)
        leave(Deadline::in(seconds{2}));
}

/// Closed in the middle of the wait, or a little late: nothing has happened, but for the third time in a row.
bool Subscription::isMiss(const OnvifError& error, Monotonic::duration waited, Deadline deadline) {
    const bool is_silence = error.refusal() == Refusal::TimedOut || error.refusal() == Refusal::Unreachable ||
                            error.refusal() == Refusal::NotOnvif;
    if (error.refusal() == Refusal::TimedOut && deadline.isPast() && waited < kLongConnection) return true;
    return is_silence && waited >= kLongConnection && ++misses_ < kMaxMisses;
}

Subscription::Pulled Subscription::ask(Deadline deadline) {
    halt_.await(-1, 0, Deadline(std::min(deadline.at(), not_before_)));
    const auto begun = Monotonic::now();
    const seconds wait =
        std::clamp(std::chrono::floor<seconds>(deadline.remaining() - kMargin), seconds{1}, kLongestPull);
    Operation question = operation(kEvents, "PullMessages",
                                   "<Timeout>" + inSeconds(wait) + "</Timeout><MessageLimit>" +
                                       std::to_string(kMessageLimit) + "</MessageLimit>",
                                   kPullPort);
    client_.allow(deadline.within(wait + kMargin));
    Pulled out;
    try {
        const Node answer = client_.call(reference_->address, question);
        out.notifications = notificationsIn(answer);
        if (dateTime(answer.textAt("TerminationTime"))) takeLease(answer);
        misses_ = 0;
    } catch (const OnvifError& error) {
        if (!isMiss(error, Monotonic::now() - begun, deadline)) throw;
    }
    not_before_ = begun + (out.notifications.empty() ? kLeastPull : kLeastFullPull);
    return out;
}

Subscription::Pulled Subscription::pull(Deadline deadline) {
    Pulled out;
    bool is_new = false;
    do {
        client_.allow(deadline);
        if (reference_) renewInTime();
        if (!reference_) {
            subscribe();
            is_new = true;
        }
        try {
            out = ask(deadline);
        } catch (const OnvifError& error) {
            const bool is_lost = error.refusal() == Refusal::Fault || error.refusal() == Refusal::NotOnvif;
            if (!is_lost) throw;
            reference_.reset();
            if (Monotonic::now() - begun_ < kShortLife) throw;
        }
    } while (out.notifications.empty() && !halt_.isRaised() && deadline.remaining() >= 2 * kMargin);
    out.is_new = is_new;
    return out;
}

void Subscription::leave(Deadline deadline) noexcept {
    if (!reference_) return;
    try {
        client_.allow(deadline);
        client_.call(reference_->address, operation(kNotification, "Unsubscribe", "", kManager));
    } catch (const std::exception&) {  // it ends by itself
    }
    reference_.reset();
}

}  // namespace porchlight::onvif
