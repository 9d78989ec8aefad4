#include "camera/unit/intake.h"

#include "base/log.h"

namespace porchlight::camera {
namespace {

/// A worker names the class or the finer kind; what it makes up is a plain capture failure.
FaultKind kindOf(const ipc::Fault& fault) {
    const FaultFacts* named = factsOf(fault.issue);
    if (fault.kind == ErrorKind::NotSupported) return FaultKind::NotSupported;
    const bool is_named_for_owner = named && named->severity == Severity::Owner;
    if (fault.kind == ErrorKind::Misconfigured)
        return is_named_for_owner ? named->kind : FaultKind::Misconfigured;
    if (fault.kind == ErrorKind::Exhausted && fault.text.find("memory") != std::string::npos)
        return FaultKind::MemoryLimit;
    return named && named->severity == Severity::Failure ? named->kind : FaultKind::CaptureFailure;
}

}  // namespace

void Intake::take(ipc::Message message) {
    if (auto* fragment = std::get_if<ipc::FragmentReady>(&message)) {
        takeFragment(std::move(*fragment));
    } else if (auto* stream = std::get_if<ipc::StreamStarted>(&message)) {
        takeStream(std::move(*stream));
    } else if (auto* still = std::get_if<ipc::Still>(&message)) {
        to_.stills.take(std::move(*still));
    } else if (const auto* answer = std::get_if<ipc::CommandAnswer>(&message)) {
        to_.commands.take(*answer);
    } else if (auto* offer = std::get_if<ipc::Offer>(&message)) {
        to_.testimony.take(*offer);
        to_.commands.take(std::move(*offer));
    } else if (const auto* fault = std::get_if<ipc::Fault>(&message)) {
        takeFault(*fault);
    } else if (auto* detection = std::get_if<ipc::DetectionReady>(&message)) {
        takeDetection(std::move(*detection));
    } else if (const auto* detected = std::get_if<ipc::CameraDetected>(&message)) {
        to_.testimony.take(*detected);
    } else if (auto* picture = std::get_if<ipc::LivePicture>(&message)) {
        to_.live.publish(site_.camera.name, WallTime(microseconds(picture->at_us)), std::move(picture->jpeg));
    } else if (auto* part = std::get_if<ipc::LivePart>(&message)) {
        to_.streams.takePart(std::move(*part));
    } else if (const auto* heartbeat = std::get_if<ipc::Heartbeat>(&message)) {
        to_.slot.noteHeartbeat(*heartbeat);
    } else if (const auto* line = std::get_if<ipc::LogLine>(&message)) {
        tell(*line);
    } else if (const auto* hello = std::get_if<ipc::Hello>(&message)) {
        base::logDebug(site_.component(), "worker uses " + hello->libraries);
    }
}

void Intake::takeFragment(ipc::FragmentReady message) {
    const auto fragment = to_.streams.take(std::move(message));
    if (!fragment) return;
    const auto now = site_.clock.now();
    to_.slot.watch()->onPicture(now);
    to_.footage.noteFragment();
    to_.proofs.take(*fragment, now);
}

void Intake::takeStream(ipc::StreamStarted stream) {
    const std::string description = stream.description;
    to_.slot.watch()->onStream(stream.rate_hz, site_.clock.now());
    to_.streams.begin(std::move(stream));
    to_.ladder.step("stream: " + description);
}

void Intake::takeFault(const ipc::Fault& fault) {
    const auto now = site_.clock.now();
    const FaultKind kind = kindOf(fault);
    to_.streams.end();
    if (!to_.health.noteFault(kind, fault.text)) return;
    if (kind == FaultKind::MemoryLimit) to_.slot.kill(kind, fault.text);
    to_.ladder.hear(fault.text, now);
    if (to_.health.needsOwner())
        to_.board.tellCritical(Call::Owner, "the owner must act: " + fault.text, now);
}

void Intake::takeDetection(ipc::DetectionReady detection) {
    // What was still being analysed when the stream ended proves nothing.
    if (to_.streams.isOpen()) to_.slot.watch()->onPicture(site_.clock.now());
    if (to_.switches.isDetectOn()) site_.listener.onDetection(site_.camera.name, std::move(detection));
}

void Intake::tell(const ipc::LogLine& line) const {
    base::log(static_cast<base::LogLevel>(line.level), site_.component() + "/" + line.component, line.text);
}

}  // namespace porchlight::camera
