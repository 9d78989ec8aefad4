#include "camera/discretion.h"

#include <memory>

#include "base/secret/secrets.h"
#include "camera/fault_kind.h"

namespace porchlight::camera {
namespace {

// Looking through eight megabytes of a bad worker would cost the others.
constexpr std::size_t kMaxText = 4096;

void hide(std::string& text) {
    if (text.size() > kMaxText) text.resize(kMaxText);
    if (!text.empty()) text = base::hideSecrets(text);
}

/// Tokens stay as they are: the camera knows its places by them.
void hideIn(ipc::Offer& offer) {
    for (std::string* text : {&offer.problem, &offer.description, &offer.advice}) hide(*text);
    for (auto* items : {&offer.presets, &offer.outputs})
        for (CameraItem& item : *items) hide(item.name);
}

/// Nobody but administrators may tell the camera anything (web/routes/control_routes.cpp): viewers learn that
/// it detects by itself, and nothing that they could use or that describes its weak places.
std::shared_ptr<const ipc::Offer> forViewers(const ipc::Offer& offer) {
    auto out = std::make_shared<ipc::Offer>();
    out->is_there = offer.is_there;
    out->is_detecting = offer.is_detecting;
    return out;
}

}  // namespace

void hideSecretsIn(ipc::Message& message) {
    if (auto* fault = std::get_if<ipc::Fault>(&message))
        hide(fault->text);
    else if (auto* still = std::get_if<ipc::Still>(&message))
        hide(still->error);
    else if (auto* answer = std::get_if<ipc::CommandAnswer>(&message))
        hide(answer->error);
    else if (auto* offer = std::get_if<ipc::Offer>(&message))
        hideIn(*offer);
    else if (auto* stream = std::get_if<ipc::StreamStarted>(&message))
        hide(stream->description);
    else if (auto* line = std::get_if<ipc::LogLine>(&message))
        hide(line->text), hide(line->component);
    else if (auto* hello = std::get_if<ipc::Hello>(&message))
        hide(hello->libraries), hide(hello->version);
}

std::string viewerWords(const std::string& kind, const std::string& otherwise) {
    const FaultFacts* facts = factsOf(kind);
    return facts == nullptr ? otherwise : std::string(facts->words);
}

Status forViewers(Status status) {
    // Without a kind: "no picture yet", "disabled by anna"; what stands behind a colon is detail ("not
    // recording: open /...").
    if (!status.reason.empty())
        status.reason = viewerWords(status.kind, status.reason.substr(0, status.reason.find(": ")));
    status.action = status.action.substr(0, status.action.find(": "));
    if (status.offer) status.offer = forViewers(*status.offer);
    return status;
}

}  // namespace porchlight::camera
