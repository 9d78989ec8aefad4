#include "knowledge.h"

#include <algorithm>
#include <cctype>
#include <chrono>

#include "base/dial.h"
#include "base/secret/secrets.h"
#include "choice.h"
#include "onvif/search.h"
#include "porchlight/head.h"
#include "porchlight/source_error.h"

namespace porchlight::onvif {
namespace {

constexpr std::chrono::hours kRefusedFor{1};
constexpr seconds kSearchEvery{10};
constexpr seconds kSearch{2};
constexpr seconds kConnect{3};    ///< so that there is time left to search
constexpr seconds kLookEvery{5};  ///< whether a camera that refused is there
constexpr seconds kLook{2};
constexpr milliseconds kSlice{50};
constexpr std::size_t kLeastId = 4;  ///< shorter would be in the endpoints of others

constinit Mutex shared_mutex;
constinit std::shared_ptr<Knowledge> shared PORCHLIGHT_GUARDED_BY(shared_mutex);

std::string inSmall(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

bool isOfLogin(Refusal refusal) noexcept {
    return refusal == Refusal::WrongPassword || refusal == Refusal::AccountLocked ||
           refusal == Refusal::PasswordAsked || refusal == Refusal::NoRights ||
           refusal == Refusal::WrongClock;
}

/// It would be refused again.
bool isForAll(Refusal refusal) noexcept {
    return refusal == Refusal::WrongPassword || refusal == Refusal::AccountLocked ||
           refusal == Refusal::WrongClock;
}

/// Nobody is there, or somebody else is.
bool mayBeElsewhere(Refusal refusal) noexcept {
    return refusal == Refusal::Unreachable || refusal == Refusal::TimedOut || refusal == Refusal::NotOnvif ||
           refusal == Refusal::OnvifOff;
}

/// Where who answered can be asked: at the address that the answer came from, whatever else it tells, and
/// under TLS where the camera was `configured` with it.
std::optional<ServiceAddress> addressOf(const Match& match, const std::string& sender,
                                        const ServiceAddress& configured) {
    std::optional<ServiceAddress> out;
    for (const std::string& told : match.addresses) {
        try {
            const ServiceAddress address = parseServiceAddress(told);
            if (!out || (configured.is_secure && address.is_secure && !out->is_secure)) out = address;
        } catch (const Error&) {
            continue;  // a stranger may tell anything
        }
    }
    if (!out) return std::nullopt;
    out->host = sender;
    if (configured.is_secure && !out->is_secure) {
        out->is_secure = true;
        out->port = configured.port;  // it told none for that
    }
    return out;
}

std::string nameOf(const Device& device, const std::string& host) {
    return titleOf(device.manufacturer, device.model, host);
}

}  // namespace

bool Access::operator==(const Access& other) const {
    const bool is_same_login =
        login ? other.login && login->user == other.login->user && login->password == other.login->password
              : !other.login;
    return is_same_login && address == other.address && id == other.id;
}

Access accessOf(const Settings& settings) {
    Access access;
    access.address = parseServiceAddress(settings.text("address"));
    if (const std::string user(settings.text("user")); !user.empty())
        access.login = Login{user, std::string(settings.text("password"))};
    access.id = inSmall(std::string(trimmed(settings.text("id"))));
    if (!access.id.empty() && access.id.size() < kLeastId)
        throw Error(ErrorKind::Misconfigured,
                    "setting id: '" + access.id + "' is too short to tell cameras apart");
    return access;
}

void throwAsSource(const OnvifError& error) {
    const std::string text = base::hideSecrets(error.what());
    if (isOfLogin(error.refusal())) throw SourceError(SourceFault::AuthRefused, text);
    // A camera that starts answers with pages of its web server for a while, or with failures of its own.
    throw Error(ErrorKind::Unavailable, text);
}

std::shared_ptr<Knowledge> Knowledge::of(const Settings& settings) {
    Access access = accessOf(settings);
    const LockGuard lock(shared_mutex);
    if (!shared || !(shared->access_ == access)) shared = std::make_shared<Knowledge>(std::move(access));
    return shared;
}

ServiceAddress Knowledge::address() const {
    const LockGuard lock(mutex_);
    return address_;
}

void Knowledge::forgetStreams() {
    const LockGuard lock(mutex_);
    told_.reset();
    moveTo(access_.address);
}

void Knowledge::checkLogin() const {
    checkLogin(address());
}

void Knowledge::checkLogin(const ServiceAddress& asked) const {
    const LockGuard lock(mutex_);
    if (isRefusedAt(asked.host)) throw OnvifError(*refused_);
}

/// By whoever is at another address the login was not refused.
bool Knowledge::isRefusedAt(const std::string& host) const {
    return refused_ && refused_host_ == host && Monotonic::now() - refused_at_ < kRefusedFor;
}

void Knowledge::note(const OnvifError& error, const ServiceAddress& asked) {
    const LockGuard lock(mutex_);
    if (isForAll(error.refusal())) {
        if (!isRefusedAt(asked.host)) refused_at_ = Monotonic::now();  // what is told again is not new
        refused_ = error;
        refused_host_ = asked.host;
        is_admitted_ = false;
    }
    const bool is_of_question = error.refusal() == Refusal::Fault || error.refusal() == Refusal::NoRights;
    if (address_ == asked && !is_of_question) moveTo(access_.address);
}

/// Who was found failed: the configured address is next.
void Knowledge::leaveFound() {
    const LockGuard lock(mutex_);
    moveTo(access_.address);
}

/// What was learnt elsewhere does not count there.
void Knowledge::moveTo(const ServiceAddress& address) {
    if (address_ == address) return;
    address_ = address;
    told_.reset();
    is_admitted_ = false;
}

void Knowledge::noteAdmitted() {
    const LockGuard lock(mutex_);
    refused_.reset();
    is_admitted_ = true;
}

Knowledge::Turn::Turn(Knowledge& knowledge, Deadline deadline, const base::Halt& halt, Hold hold)
    : knowledge_(knowledge), is_held_(knowledge.takeTurn(hold, deadline, halt)) {}

Knowledge::Turn::~Turn() {
    if (is_held_) knowledge_.endTurn();
}

/// False: not needed.
bool Knowledge::takeTurn(Turn::Hold hold, Deadline deadline, const base::Halt& halt) {
    UniqueLock lock(mutex_);
    for (;;) {
        if (hold == Turn::Hold::UntilAdmitted && is_admitted_) return false;
        if (!is_asking_) break;
        if (halt.isRaised() || deadline.isPast())
            throw Error(ErrorKind::Unavailable,
                        "ask " + address_.hostAndPort() + ": another question to it takes too long");
        changed_.waitUntil(lock, deadline.within(kSlice).at());
    }
    return is_asking_ = true;
}

void Knowledge::endTurn() noexcept {
    const LockGuard lock(mutex_);
    is_asking_ = false;
    changed_.notifyAll();
}

KnownStream Knowledge::stream(const std::string& wanted, const std::string& main, Deadline deadline,
                              const base::Halt& halt) {
    if (auto remembered = known(wanted, main)) return *remembered;
    const Turn turn(*this, deadline, halt);
    ServiceAddress asked = address();
    try {
        if (!known(wanted, main)) {
            try {
                ask(asked, wanted, main, deadline, halt);
            } catch (const OnvifError& error) {
                if (!searchAfter(error, deadline, halt)) throw;
                asked = address();
                ask(asked, wanted, main, deadline, halt);
            }
        }
    } catch (const OnvifError& error) {
        note(error, asked);
        leaveFound();
        throwAsSource(error);
    } catch (const Error&) {
        leaveFound();
        throw;
    }
    auto fresh = known(wanted, main);
    if (!fresh) {
        leaveFound();
        throw Error(ErrorKind::Unavailable,
                    "ask " + asked.hostAndPort() + ": it tells no address of stream " + wanted);
    }
    fresh->is_remembered = false;
    return *fresh;
}

std::optional<KnownStream> Knowledge::known(const std::string& wanted, const std::string& main) const {
    const LockGuard lock(mutex_);
    if (!told_) return std::nullopt;
    const Profile* profile = chosenProfile(told_->profiles, wanted, main);
    if (profile == nullptr && wanted == "sub")
        throw Error(ErrorKind::NotSupported, "the camera has no smaller stream beside the recorded one");
    if (profile == nullptr || profile->stream.empty()) return std::nullopt;
    std::string url = openedStream(profile->stream, told_->address.host, access_.login);
    if (url.empty()) return std::nullopt;
    return KnownStream{std::move(url), describe(*told_, *profile), true,
                       told_->address.host != access_.address.host};
}

Knowledge::Told Knowledge::askDevice(Client& client) const {
    Told told;
    told.address = client.device();
    client.measureClock();
    told.device = deviceIn(client.call(client.device(), {kDevice, "GetDeviceInformation", ""}));
    told.services = askServices(client);
    ToldProfiles profiles = askProfiles(client, told.services);
    told.media_version = profiles.media_version;
    told.profiles = std::move(profiles.profiles);
    return told;
}

/// Adds to what is known. Throws OnvifError, Error.
void Knowledge::ask(const ServiceAddress& address, const std::string& wanted, const std::string& main,
                    Deadline deadline, const base::Halt& halt) {
    checkLogin(address);
    Waits waits;
    waits.connect = kConnect;
    waits.halt = &halt;
    Client client(address, access_.login, deadline, waits);
    std::optional<Told> told;
    {
        const LockGuard lock(mutex_);
        if (told_ && told_->address == address) told = told_;
    }
    if (!told) told = askDevice(client);
    const Profile* chosen = chosenProfile(told->profiles, wanted, main);
    if (chosen == nullptr && wanted != "sub")
        throw SourceError(SourceFault::NotFound, "ask " + client.device().hostAndPort() +
                                                     ": it has no stream '" + wanted +
                                                     "' (porchlight sources --onvif shows them)");
    if (wanted == "main" && chosen != nullptr && chosen->codec == "mjpeg")
        throw Error(ErrorKind::NotSupported, "ask " + client.device().hostAndPort() +
                                                 ": its streams are JPEG alone: plugin ffmpeg takes them by "
                                                 "their address (porchlight sources --onvif shows it)");
    if (chosen != nullptr) {
        Profile& profile = told->profiles[static_cast<std::size_t>(chosen - told->profiles.data())];
        profile.stream = askStream(client, told->services, told->media_version, profile);
    }
    learn(std::move(*told));
}

void Knowledge::learn(Told told) {
    const LockGuard lock(mutex_);
    const std::string& firmware = told.device.firmware;
    if (!first_firmware_.empty() && !firmware.empty() && firmware != first_firmware_)
        earlier_firmware_ = std::exchange(first_firmware_, firmware);
    if (first_firmware_.empty()) first_firmware_ = firmware;
    refused_.reset();
    is_admitted_ = true;
    told_ = std::move(told);
}

std::string Knowledge::describe(const Told& told, const Profile& profile) const {
    std::string out = nameOf(told.device, told.address.host);
    if (!told.device.firmware.empty()) out += ", firmware " + told.device.firmware;
    if (!earlier_firmware_.empty()) out += " (was " + earlier_firmware_ + ")";
    if (!(told.address == access_.address)) out += ", found at " + told.address.hostAndPort();
    return out + ", profile " + base::hideSecrets(profile.token);
}

bool Knowledge::searchAfter(const OnvifError& error, Deadline deadline, const base::Halt& halt) {
    return mayBeElsewhere(error.refusal()) && !halt.isRaised() && search(deadline, halt);
}

bool Knowledge::search(Deadline deadline, const base::Halt& halt) {
    {
        const LockGuard lock(mutex_);
        const auto now = Monotonic::now();
        if (access_.id.empty() || (searched_at_ && now - *searched_at_ < kSearchEvery)) return false;
        searched_at_ = now;
    }
    std::optional<ServiceAddress> found;
    std::optional<ServiceAddress> refusing;  ///< has refused the login: only where nobody else answers
    Search search;
    search.halt = &halt;
    try {
        searchMatches(
            search,
            [&](const Match& match, const std::string& sender) {
                if (inSmall(match.endpoint).find(access_.id) == std::string::npos) return true;
                const LockGuard lock(mutex_);
                (isRefusedAt(sender) ? refusing : found) = addressOf(match, sender, access_.address);
                return !found;
            },
            deadline.within(kSearch));
    } catch (const Error&) {
        return false;  // without a network to search: that the camera does not answer is told
    }
    const LockGuard lock(mutex_);
    if (!found) found = refusing;
    if (!found || *found == address_) return false;
    moveTo(*found);
    return true;
}

bool Knowledge::awaitRestart(Deadline deadline, const base::Halt& halt) {
    {
        const LockGuard lock(mutex_);
        if (!refused_) return false;  // what else there is to refuse, the owner changes
    }
    bool was_away = false;
    while (!halt.isRaised() && !deadline.isPast()) {
        const ServiceAddress address = this->address();
        bool is_there = false;
        try {
            is_there =
                static_cast<bool>(base::dial(address.host, address.port,
                                             std::min(milliseconds(kLook), deadline.remaining()), &halt)
                                      .socket);
        } catch (const Error&) {
            is_there = false;  // its name is not known for the moment
        }
        if (halt.isRaised()) return false;
        was_away |= !is_there;
        if (is_there && was_away) {
            const LockGuard lock(mutex_);
            refused_.reset();
            return true;
        }
        halt.await(-1, 0, deadline.within(kLookEvery));
    }
    return false;
}

}  // namespace porchlight::onvif
