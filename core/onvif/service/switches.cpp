#include "onvif/service/switches.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "porchlight/head.h"

namespace porchlight::onvif {
namespace {

/// Ours, and the filter's, which keeps infrared out.
constexpr std::pair<std::string_view, std::string_view> kFilters[] = {
    {"on", "OFF"}, {"off", "ON"}, {"auto", "AUTO"}};

std::string sourceOf(const std::string& token) {
    return xmlElement("VideoSourceToken", xmlText(token));
}

}  // namespace

std::vector<CameraItem> outputsIn(const Node& answer) {
    std::vector<CameraItem> out;
    for (const Node& one : answer.children) {
        const std::string_view token = one.attribute("token");
        if (one.name != "RelayOutputs" || token.empty() || token.size() > kMaxToken ||
            out.size() >= kMaxOutputs)
            continue;
        out.push_back({std::string(token), base::printable(token.substr(0, 64)), false});
    }
    return out;
}

std::string infraredIn(const Node& answer) {
    const std::string_view filter = answer.textAt("ImagingSettings/IrCutFilter");
    for (const auto& [ours, told] : kFilters)
        if (isSameWord(filter, told)) return std::string(ours);
    return {};
}

Outputs askOutputs(Client& client, const Services& services) {
    Outputs out{client.device(), kDevice, {}};
    const std::pair<const ServiceAddress*, std::string_view> places[] = {
        {services.device_io ? &*services.device_io : nullptr, kDeviceIo}, {&client.device(), kDevice}};
    for (const auto& [service, space] : places) {
        if (service == nullptr || !out.items.empty()) continue;
        try {
            out = {*service, space, outputsIn(client.call(*service, {space, "GetRelayOutputs", ""}))};
        } catch (const OnvifError& error) {
            if (!isOfOneQuestion(error.refusal())) throw;
        }
    }
    return out;
}

void setOutput(Client& client, const Outputs& outputs, const std::string& token, bool is_on) {
    client.call(outputs.service, {outputs.space, "SetRelayOutputState",
                                  xmlElement("RelayOutputToken", xmlText(token)) +
                                      xmlElement("LogicalState", is_on ? "active" : "inactive")});
}

std::string askInfrared(Client& client, const ServiceAddress& imaging, const std::string& source) {
    return infraredIn(client.call(imaging, {kImaging, "GetImagingSettings", sourceOf(source)}));
}

void setInfrared(Client& client, const ServiceAddress& imaging, const std::string& source,
                 std::string_view wanted) {
    const auto filter = std::find_if(std::begin(kFilters), std::end(kFilters),
                                     [&](const auto& one) { return one.first == wanted; });
    if (filter == std::end(kFilters)) throw Error(ErrorKind::NotSupported, "infrared is on, off or auto");
    const std::string settings =
        xmlElement("ImagingSettings", xmlElement("IrCutFilter", filter->second, kSchema));
    client.call(imaging, {kImaging, "SetImagingSettings",
                          sourceOf(source) + settings + xmlElement("ForcePersistence", "true")});
}

}  // namespace porchlight::onvif
