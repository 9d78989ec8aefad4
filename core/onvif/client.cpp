#include "onvif/client.h"

#include <charconv>

#include "base/secret/secrets.h"
#include "base/text.h"
#include "porchlight/percent.h"

namespace porchlight::onvif {
namespace {

constexpr std::size_t kNonceBytes = 16;
constexpr seconds kStillGood{2};  ///< a login that was accepted is not doubted for so long
constexpr milliseconds kHalfSecond{
    500};  ///< cameras tell the second that runs: that much is missing on average

/// Nothing where it is no number in [least, most].
std::optional<int> numberAt(const Node& node, std::string_view path, int least, int most) {
    const std::string_view text = node.textAt(path);
    int number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || failure != std::errc{} || end != text.data() + text.size() || number < least ||
        number > most)
        return std::nullopt;
    return number;
}

/// UTCDateTime of GetSystemDateAndTime; nothing where the camera leaves it out or it is no time.
std::optional<WallTime> timeIn(const Node& answer) {
    const Node* utc = answer.find("SystemDateAndTime/UTCDateTime");
    if (utc == nullptr) return std::nullopt;
    const auto year = numberAt(*utc, "Date/Year", 1970, 2200);
    const auto month = numberAt(*utc, "Date/Month", 1, 12);
    const auto day = numberAt(*utc, "Date/Day", 1, 31);
    const auto hour = numberAt(*utc, "Time/Hour", 0, 23);
    const auto minute = numberAt(*utc, "Time/Minute", 0, 59);
    const auto second = numberAt(*utc, "Time/Second", 0, 60);
    if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(*year),
                                           std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day))};
    if (!date.ok()) return std::nullopt;
    return std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
           seconds(*second);
}

}  // namespace

WallTime Client::wallNow() {
    return std::chrono::time_point_cast<microseconds>(std::chrono::system_clock::now());
}

Client::Client(ServiceAddress device, std::optional<Login> login, Deadline deadline, Waits waits, Now now)
    : device_(std::move(device)),
      login_(std::move(login)),
      password_(login_ ? login_->password : ""),
      deadline_(deadline),
      waits_(waits),
      now_(now) {
    if (!password_.empty()) base::keepSecrets({password_});
}

std::optional<seconds> Client::measureClock() {
    const Operation operation{kDevice, "GetSystemDateAndTime", ""};
    const WallTime before = now_();
    const Reply reply = ask(device_, operation, LoginWay::None);
    const WallTime middle = before + (now_() - before) / 2;
    if (reply.is_refused) return std::nullopt;  // it asks for a login even here: by our own clock then
    if (!reply.soap) {
        const std::string status = "HTTP " + std::to_string(reply.http.status);
        if (reply.http.status >= 300 && reply.http.status < 400)
            refuse(Refusal::NotOnvif, "it sends us elsewhere (" + status + "): try " +
                                          (device_.is_secure ? "http://" : "https://") + device_.host);
        if (reply.http.status >= 400)
            refuse(Refusal::OnvifOff, "a web server answers, but no ONVIF at " + device_.path + " (" +
                                          status +
                                          "): switch ONVIF on in the camera's own page, or give the "
                                          "address of its manual");
        refuse(Refusal::NotOnvif, "what answers is no ONVIF (" + reply.problem + "): is this the camera?");
    }
    if (const auto time = reply.soap->fault ? std::nullopt : timeIn(reply.soap->content))
        clock_ahead_ = std::chrono::round<seconds>(*time + kHalfSecond - middle);
    return clock_ahead_;
}

Node Client::call(const ServiceAddress& service, const Operation& operation) {
    if (refused_) throw OnvifError(*refused_);
    Reply reply = ask(service, operation, way_);
    if (!reply.is_refused && !mayTokenHelp(reply)) {
        if (was_accepted_ && reply.soap) accepted_at_ = Monotonic::now();
        return contentOf(std::move(reply), service, operation);
    }
    if (!reply.is_refused) {  // something that cameras say instead of asking for a login
        did_try_token_ = true;
        Reply second = ask(service, operation, LoginWay::Token);
        if (second.is_refused || (!second.soap && second.http.status == 400)) tellRefusal(second, operation);
        if (second.soap && !second.soap->fault) way_ = LoginWay::Token;
        was_accepted_ |= way_ == LoginWay::Token;
        return contentOf(std::move(second), service, operation);
    }
    // Once more: with the login that it asks for, or with the nonce of today for a login that it took before.
    const bool did_ask = way_ == LoginWay::None;
    if (!chooseWay(reply)) tellRefusal(reply, operation);
    reply = ask(service, operation, way_);
    if (reply.is_refused && saysStale(reply) && chooseWay(reply)) reply = ask(service, operation, way_);
    if (reply.is_refused) tellRefusal(reply, operation);
    noteAccepted(did_ask, service, operation);
    return contentOf(std::move(reply), service, operation);
}

/// `did_ask`: the camera asked for the login first.
void Client::noteAccepted(bool did_ask, const ServiceAddress& service, const Operation& operation) {
    was_accepted_ = true;
    accepted_at_ = Monotonic::now();
    if (did_ask && operation.name.starts_with("Get") && operation.header.empty())
        proof_ =
            Proof{service, std::string(operation.service), std::string(operation.name), operation.arguments};
}

/// After a refusal of a login that was accepted before: whether the login is refused, as after a change of
/// the password, and not this question alone. What it was accepted for is asked once more, by the camera's
/// clock of now.
bool Client::isLoginOver(const Reply& refused) {
    const bool is_new = Monotonic::now() - accepted_at_ < kStillGood;
    if (!proof_ || (is_new && refused.http.status != 401)) return false;
    if (way_ == LoginWay::Token)
        measureClock();
    else
        chooseWay(refused);  // its nonce is the newest
    const Operation operation{proof_->space, proof_->name, proof_->arguments};
    Reply reply = ask(proof_->service, operation, way_);
    if (reply.is_refused && saysStale(reply) && chooseWay(reply))
        reply = ask(proof_->service, operation, way_);
    if (!reply.is_refused) accepted_at_ = Monotonic::now();
    return reply.is_refused;
}

Client::Reply Client::ask(const ServiceAddress& service, const Operation& operation, LoginWay way) {
    std::string fields = "Content-Type: application/soap+xml; charset=utf-8; action=\"" + operation.action() +
                         "\"\r\nAccept: application/soap+xml\r\n";
    if (!operation.action_told.empty()) fields += "SOAPAction: \"" + operation.action_told + "\"\r\n";
    std::string header = operation.header;
    if (way == LoginWay::Token) header += usernameToken(*login_, freshBytes(kNonceBytes), cameraTime());
    if (way == LoginWay::Digest) {
        const std::string answer =
            digestAnswer(challenge_, *login_, {"POST", service.path, client_nonce_, ++uses_}, digestHashes());
        if (answer.empty())
            refuse(Refusal::WrongPassword, "user " + base::printable(login_->user) +
                                               " holds a quote, a backslash or a control character, which "
                                               "HTTP Digest cannot carry: give the camera another user");
        fields += answer;
    }
    Reply out;
    out.http = post(service, fields, envelope(operation, header), waits_, deadline_);
    try {
        out.soap = readSoap(out.http.body);
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::BadData) throw;
        out.problem = error.what();
    }
    const bool is_fault_of_login =
        out.soap && out.soap->fault && (saysNotAuthorized(*out.soap->fault) || saysExpired(*out.soap->fault));
    out.is_refused = out.http.status == 401 || out.http.status == 423 || is_fault_of_login ||
                     (out.http.status == 403 && (out.soap || way != LoginWay::None));
    return out;
}

/// It offered a nonce that was over: nothing was said of the password.
bool Client::saysStale(const Reply& refused) {
    const auto offers = challengesIn(refused.http.head);
    const Challenge* best = bestOf(offers);
    return refused.http.status == 401 && best != nullptr && best->is_stale;
}

/// -> whether to ask again.
bool Client::chooseWay(const Reply& refused) {
    if (!login_ || saysLocked(refused.http.body)) return false;
    const auto offers = challengesIn(refused.http.head);
    const Challenge* best = bestOf(offers);
    const bool is_digest =
        refused.http.status == 401 && best != nullptr && best->kind >= Challenge::Kind::Md5;
    // After a login: only for another nonce, which the camera says, or may have forgotten to say.
    if (way_ == LoginWay::Token ||
        (way_ == LoginWay::Digest && (!is_digest || !(best->is_stale || was_accepted_))))
        return false;
    way_ = is_digest ? LoginWay::Digest : LoginWay::Token;
    if (is_digest) challenge_ = *best;
    uses_ = 0;
    client_nonce_ = hexText(freshBytes(kNonceBytes));
    return true;
}

/// Cameras that know no "not authorized" answer a stranger with failures of other kinds.
bool Client::mayTokenHelp(const Reply& reply) const {
    if (!login_ || way_ != LoginWay::None || did_try_token_) return false;
    if (!reply.soap) return reply.http.status == 400;
    return reply.soap->fault && !saysNotSupported(*reply.soap->fault);
}

Node Client::contentOf(Reply reply, const ServiceAddress& service, const Operation& operation) const {
    const std::string what = std::string(operation.name) + " at " + service.path;
    if (!reply.soap)
        refuse(Refusal::NotOnvif, what + ": the answer (HTTP " + std::to_string(reply.http.status) +
                                      ") is no ONVIF: " + reply.problem);
    if (reply.soap->fault)
        refuse(Refusal::Fault, what + ": the camera says: " + base::hideSecrets(reply.soap->fault->text()));
    if (reply.soap->content.name != std::string(operation.name) + "Response")
        refuse(Refusal::NotOnvif, what + ": it answers something else: " +
                                      base::printable(reply.soap->content.name.substr(0, 64)));
    return std::move(reply.soap->content);
}

void Client::tellRefusal(const Reply& reply, const Operation& operation) {
    const std::string who = "user " + (login_ ? base::printable(login_->user) : std::string());
    const std::optional<Fault> fault = reply.soap ? reply.soap->fault : std::nullopt;
    if (reply.http.status == 423 || saysLocked(reply.http.body)) {
        refused_.emplace(Refusal::AccountLocked, "ask " + device_.hostAndPort() +
                                                     ": the camera has locked the account after wrong "
                                                     "passwords: wait half an hour or restart it, then "
                                                     "try once with the right one");
        throw OnvifError(*refused_);
    }
    if (!login_)
        refuse(Refusal::PasswordAsked,
               "the camera asks for a login: give --user NAME, the password is asked for");
    if (was_accepted_ && !isLoginOver(reply))
        refuse(Refusal::NoRights, who + " may not ask for " + std::string(operation.name) +
                                      ": give it the rights of an operator in the camera's own page");
    std::string why;
    Refusal refusal = Refusal::WrongPassword;
    if (fault && saysExpired(*fault)) {
        refusal = Refusal::WrongClock;
        why =
            "the camera takes the login for an old one, its clock is wrong or was just set: set its time by "
            "NTP in its own page";
    } else if (was_accepted_) {
        why = who + " or its password is refused now and was good before: was it changed at the camera?";
    } else {
        why = who +
              " or its password is refused, and was tried once only, since cameras lock accounts: look "
              "both up in the camera's own page, where many have users of their own for ONVIF";
        if (way_ != LoginWay::Digest && !clock_ahead_)
            why += "; a wrong clock, which it does not tell, looks the same";
    }
    refused_.emplace(refusal, "ask " + device_.hostAndPort() + ": " + why);
    throw OnvifError(*refused_);
}

void Client::refuse(Refusal refusal, const std::string& why) const {
    throw OnvifError(refusal, "ask " + device_.hostAndPort() + ": " + why);
}

}  // namespace porchlight::onvif
