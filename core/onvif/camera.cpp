#include "onvif/camera.h"

#include "base/secret/secrets.h"

namespace porchlight::onvif {
namespace {

/// What is told before the time is over, is told.
bool isOfTime(const OnvifError& error) noexcept {
    return error.refusal() == Refusal::TimedOut || error.refusal() == Refusal::Unreachable;
}

/// How one of the two media services is asked.
struct Media {
    int version;
    ServiceAddress address;

    std::string_view space() const { return version == 2 ? kMedia2 : kMedia1; }
    Operation profiles() const { return {space(), "GetProfiles", version == 2 ? "<Type>All</Type>" : ""}; }
    Operation stream(const Profile& profile) const {
        if (version == 2) return {space(), "GetStreamUri", "<Protocol>RTSP</Protocol>" + tokenOf(profile)};
        return {space(), "GetStreamUri",
                "<StreamSetup><Stream xmlns=\"http://www.onvif.org/ver10/schema\">RTP-Unicast</Stream>"
                "<Transport xmlns=\"http://www.onvif.org/ver10/schema\"><Protocol>RTSP</Protocol></Transport>"
                "</StreamSetup>" +
                    tokenOf(profile)};
    }
    Operation still(const Profile& profile) const { return {space(), "GetSnapshotUri", tokenOf(profile)}; }

  private:
    static std::string tokenOf(const Profile& profile) {
        return "<ProfileToken>" + xmlText(profile.token) + "</ProfileToken>";
    }
};

/// Media 2 knows H.265, and the others all have Media 1.
std::vector<Media> mediasOf(const Services& services) {
    std::vector<Media> medias;
    if (services.media2) medias.push_back({2, *services.media2});
    if (services.media1) medias.push_back({1, *services.media1});
    return medias;
}

/// Empty where the camera does not tell it; `problem` says why.
std::string askAddress(Client& client, const Media& media, const Operation& operation, std::string& problem) {
    try {
        const std::string told = addressIn(client.call(media.address, operation));
        std::string shown = shownStream(told, client.device().host, client.password());
        if (shown.empty()) problem = "the camera tells no address that can be used";
        return shown;
    } catch (const OnvifError& error) {
        if (!isOfOneQuestion(error.refusal()) && !isOfTime(error)) throw;
        problem = error.what();
        return {};
    }
}

}  // namespace

std::string titleOf(const std::string& maker, const std::string& model, const std::string& host) {
    if (maker.empty() && model.empty()) return "Network camera " + host;
    if (maker.empty() || maker == model) return model;
    return model.empty() ? maker : maker + " " + model;
}

Services askServices(Client& client) {
    Services services;
    try {
        services = servicesIn(client.call(client.device(), {kDevice, "GetServices",
                                                            "<IncludeCapability>false</IncludeCapability>"}),
                              client.device());
    } catch (const OnvifError& error) {  // older than ONVIF 2
        if (!isOfOneQuestion(error.refusal())) throw;
    }
    if (!services.media1 && !services.media2)
        services =
            servicesIn(client.call(client.device(), {kDevice, "GetCapabilities", "<Category>All</Category>"}),
                       client.device());
    return services;
}

ToldProfiles askProfiles(Client& client, const Services& services) {
    std::optional<OnvifError> failure;
    ToldProfiles out;
    for (const Media& media : mediasOf(services)) {
        try {
            out = {media.version, profilesIn(client.call(media.address, media.profiles()))};
            if (!out.profiles.empty()) return out;
        } catch (const OnvifError& error) {
            if (!isOfOneQuestion(error.refusal())) throw;
            failure = error;
        }
    }
    if (out.media_version == 0 && failure) throw OnvifError(*failure);
    return out;
}

std::string askStream(Client& client, const Services& services, int media_version, const Profile& profile) {
    for (const Media& media : mediasOf(services))
        if (media.version == media_version)
            return addressIn(client.call(media.address, media.stream(profile)));
    return {};
}

Camera readCamera(Client& client) {
    Camera camera;
    camera.address = client.device();
    camera.clock_ahead = client.measureClock();
    camera.device = deviceIn(client.call(client.device(), {kDevice, "GetDeviceInformation", ""}));
    const Services services = askServices(client);
    if (!services.media1 && !services.media2)
        throw OnvifError(Refusal::NotOnvif,
                         "ask " + client.device().hostAndPort() +
                             ": it speaks ONVIF, but has no media service: it is no camera");
    ToldProfiles told = askProfiles(client, services);
    camera.profiles = std::move(told.profiles);
    camera.media_version = told.media_version;
    const Media used{told.media_version, told.media_version == 2 ? *services.media2 : *services.media1};
    for (Profile& profile : camera.profiles) {
        std::string no_matter;
        profile.stream = askAddress(client, used, used.stream(profile), profile.problem);
        profile.snapshot = askAddress(client, used, used.still(profile), no_matter);
    }
    camera.login_way = client.loginWay();
    return camera;
}

}  // namespace porchlight::onvif
