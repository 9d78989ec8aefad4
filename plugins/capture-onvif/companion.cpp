#include "companion.h"

#include <algorithm>

#include "choice.h"
#include "onvif/service/advice.h"
#include "onvif/service/upkeep.h"
#include "porchlight/head.h"

namespace porchlight::onvif {
namespace {

constexpr milliseconds kLeaving{1'500};
constexpr milliseconds kStopping{1'500};  ///< kept of a deadline to end a movement

constexpr std::uint32_t bitOf(CameraAction action) noexcept {
    return 1U << static_cast<std::uint32_t>(action);
}

void allow(CameraAbilities& abilities, std::initializer_list<CameraAction> actions) {
    for (const CameraAction action : actions) abilities.actions |= bitOf(action);
}

/// What the host does next. A fault is the camera's word on this one question.
Error translated(const OnvifError& error) {
    ErrorKind kind = error.kind();
    if (error.refusal() == Refusal::Fault) {
        const std::string text = lower(error.what());
        const bool is_unknown = text.find("notsupported") != std::string::npos ||
                                text.find("not supported") != std::string::npos ||
                                text.find("not implemented") != std::string::npos;
        kind = is_unknown ? ErrorKind::NotSupported : ErrorKind::Unavailable;
    }
    // A camera that starts answers with pages of its web server for a while.
    if (error.refusal() == Refusal::NotOnvif || error.refusal() == Refusal::OnvifOff)
        kind = ErrorKind::Unavailable;
    return Error(kind, error.what());
}

/// Calls `ask`; what only that question fails of is left out.
template <class Ask>
bool didTell(const Ask& ask) {
    try {
        ask();
        return true;
    } catch (const OnvifError& error) {
        if (!isOfOneQuestion(error.refusal())) throw;
        return false;
    }
}

std::string descriptionOf(const Device& device, const std::string& host) {
    std::string out = titleOf(device.manufacturer, device.model, host);
    if (!device.firmware.empty()) out += ", firmware " + device.firmware;
    return out;
}

}  // namespace

OnvifCompanion::~OnvifCompanion() {
    if (!subscription_) return;
    client_->allowAfterHalt(Deadline::in(kLeaving));
    leave(Deadline::in(kLeaving));
}

/// Cameras have few subscriptions to give away, and count refused logins.
void OnvifCompanion::leave(Deadline deadline) noexcept {
    if (!subscription_) return;
    try {
        knowledge_->checkLogin(client_->device());
        subscription_->leave(deadline);
    } catch (const std::exception&) {  // it ends by itself
    }
    subscription_.reset();
}

void OnvifCompanion::connect(const Settings& settings, Deadline deadline) {
    leave(deadline.within(kLeaving));
    knowledge_ = Knowledge::of(settings);
    main_stream_ = settings.has("stream") ? settings.text("stream") : "main";
    Waits waits;
    waits.halt = &halt_;
    client_.emplace(knowledge_->address(), knowledge_->login(), deadline, waits);
    movement_.reset();
    outputs_ = {};
    infrared_source_.clear();
}

CameraAbilities OnvifCompanion::open(const Settings& settings, Deadline deadline) {
    try {
        connect(settings, deadline);
        const Knowledge::Turn turn(*knowledge_, deadline, halt_, Knowledge::Turn::Hold::UntilAdmitted);
        knowledge_->checkLogin(client_->device());
        CameraAbilities abilities;
        if (const auto ahead = client_->measureClock()) abilities.clock_ahead = *ahead;
        const Device device =
            deviceIn(client_->call(client_->device(), {kDevice, "GetDeviceInformation", ""}));
        abilities.description = descriptionOf(device, client_->device().host);
        services_ = askServices(*client_);
        told_ = {};
        didTell([&] { told_ = askProfiles(*client_, services_); });
        allow(abilities, {CameraAction::SetTime, CameraAction::Restart});
        if (!told_.profiles.empty()) allow(abilities, {CameraAction::Keyframe});
        abilities.advice = adviceOn(told_.profiles);
        askMotors(abilities);
        askSwitches(abilities);
        askEvents(abilities);
        knowledge_->noteAdmitted();
        return abilities;
    } catch (const OnvifError& error) {
        knowledge_->searchAfter(error, deadline, halt_);  // for the next time
        if (client_) knowledge_->note(error, client_->device());
        throw translated(error);
    }
}

void OnvifCompanion::askMotors(CameraAbilities& abilities) {
    didTell([&] { movement_ = Movement::of(*client_, services_, told_.profiles); });
    if (!movement_) return;
    const Motors& motors = movement_->motors();
    if (motors.pans || motors.zooms) allow(abilities, {CameraAction::Move, CameraAction::Stop});
    if (motors.has_home) allow(abilities, {CameraAction::GoHome, CameraAction::SetHome});
    const bool has_presets = didTell([&] { abilities.presets = movement_->presets(*client_); });
    if (has_presets && (motors.most_presets > 0 || !abilities.presets.empty()))
        allow(abilities, {CameraAction::GoToPreset, CameraAction::SavePreset, CameraAction::RemovePreset});
}

void OnvifCompanion::askSwitches(CameraAbilities& abilities) {
    outputs_ = askOutputs(*client_, services_);
    abilities.outputs = outputs_.items;
    if (!outputs_.items.empty()) allow(abilities, {CameraAction::SetOutput});
    if (!services_.imaging || told_.profiles.empty()) return;
    const std::string& source = told_.profiles.front().source;
    didTell([&] { abilities.infrared = askInfrared(*client_, *services_.imaging, source); });
    if (abilities.infrared.empty()) return;
    infrared_source_ = source;
    allow(abilities, {CameraAction::SetInfrared});
}

/// A camera with the service that does not list its topics may tell them all the same.
void OnvifCompanion::askEvents(CameraAbilities& abilities) {
    if (!services_.events) return;
    subscription_.emplace(*client_, *services_.events, halt_);
    std::vector<std::string> topics;
    const bool is_listed = didTell([&] { topics = topicsOffered(*client_, *services_.events); });
    abilities.is_detecting = !is_listed || std::any_of(topics.begin(), topics.end(), isKnownTopic);
}

std::vector<CameraDetection> OnvifCompanion::watch(Deadline deadline) {
    if (!client_) throw Error(ErrorKind::Internal, "watch a camera that was not opened");
    if (!subscription_)
        throw Error(ErrorKind::NotSupported,
                    "watch " + client_->device().hostAndPort() + ": the camera has no event service");
    std::vector<CameraDetection> out;
    do {
        Subscription::Pulled pulled;
        try {
            knowledge_->checkLogin(client_->device());
            pulled = subscription_->pull(deadline);
        } catch (const OnvifError& error) {
            knowledge_->note(error, client_->device());
            if (!halt_.isRaised()) throw translated(error);
        }
        const auto now = Monotonic::now();
        if (pulled.is_new) detections_.doubt(now);
        out = detections_.take(pulled.notifications, {Client::wallNow(), now, client_->clockAhead()});
    } while (out.empty() && !halt_.isRaised() && deadline.remaining() >= seconds{4});
    return out;
}

void OnvifCompanion::perform(const CameraCommand& command, Deadline deadline) {
    if (!client_) throw Error(ErrorKind::Internal, "command a camera that was not opened");
    client_->allow(deadline);
    try {
        knowledge_->checkLogin(client_->device());
        act(command, deadline);
    } catch (const OnvifError& error) {
        knowledge_->note(error, client_->device());
        // The camera was there and did not want to: no preset of that token, no such value.
        if (error.refusal() == Refusal::Fault) throw Error(ErrorKind::NotSupported, error.what());
        throw translated(error);
    }
}

void OnvifCompanion::act(const CameraCommand& command, Deadline deadline) {
    const auto refuse = [&] {
        throw Error(ErrorKind::NotSupported, "tell " + client_->device().hostAndPort() + " to " +
                                                 nameOf(command.action) + ": the camera cannot");
    };
    switch (command.action) {
        case CameraAction::Keyframe:
            return askForKeyframe();
        case CameraAction::SetTime:
            setTime(*client_, Client::wallNow());
            client_->measureClock();
            return;
        case CameraAction::Restart:
            return restart(*client_);
        case CameraAction::SetOutput:
            if (outputs_.items.empty()) refuse();
            return setOutput(*client_, outputs_, command.token, command.is_on);
        case CameraAction::SetInfrared:
            if (infrared_source_.empty()) refuse();
            return setInfrared(*client_, *services_.imaging, infrared_source_, command.token);
        default:
            break;
    }
    if (!movement_) refuse();
    if (command.action == CameraAction::Move) return move(command, deadline);
    if (command.action == CameraAction::Stop) return movement_->stop(*client_);
    movement_->perform(*client_, command);
}

void OnvifCompanion::move(const CameraCommand& command, Deadline deadline) {
    try {
        if (movement_->move(*client_, command)) return;  // it stops by itself
    } catch (const OnvifError& error) {
        // The camera may have heard it all the same.
        if (error.refusal() == Refusal::TimedOut || halt_.isRaised()) stopAnyway();
        throw;
    }
    const auto over = Deadline::in(command.lasts).at();
    halt_.await(-1, 0, Deadline(std::min(over, deadline.at() - kStopping)));
    if (halt_.isRaised()) client_->allowAfterHalt(Deadline::in(kStopping));
    movement_->stop(*client_);
}

/// After a failure that is told: beyond the deadline and the halt, 1.5 s at most.
void OnvifCompanion::stopAnyway() noexcept {
    client_->allow(Deadline::in(kStopping));
    if (halt_.isRaised()) client_->allowAfterHalt(Deadline::in(kStopping));
    try {
        movement_->stop(*client_);
    } catch (const std::exception&) {  // nobody is there to be told
        return;
    }
}

void OnvifCompanion::askForKeyframe() {
    if (told_.profiles.empty()) throw Error(ErrorKind::NotSupported, "the camera tells no stream");
    askKeyframe(*client_, services_, told_.media_version, mainProfile());
}

/// The one that is recorded.
std::string OnvifCompanion::mainProfile() const {
    const Profile* profile = chosenProfile(told_.profiles, main_stream_, main_stream_);
    return profile != nullptr ? profile->token : told_.profiles.front().token;
}

}  // namespace porchlight::onvif
