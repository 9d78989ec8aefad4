/// What a camera tells of itself: device, clock, streams.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "onvif/client.h"

namespace porchlight::onvif {

/// All texts are the camera's own, made printable and cut.
struct Device {
    std::string manufacturer, model, firmware, serial, hardware;
};

/// One stream as it is set in the camera. Numbers that it does not tell are 0.
struct Profile {
    std::string token;
    std::string name;
    std::string source;    ///< token of the sensor or channel
    std::string ptz_node;  ///< which motors it moves; empty: none, or not told
    bool has_ptz = false;
    std::string codec;  ///< "h264", "h265", "mjpeg", "mpeg4" or as the camera calls it, in small letters
    std::string codec_profile;
    int width_px = 0;
    int height_px = 0;
    double rate_hz = 0;
    int keyframe_interval = 0;  ///< pictures from one keyframe to the next
    int bit_rate_kbit_s = 0;
    std::string stream;    ///< its address without login; empty: see `problem`
    std::string snapshot;  ///< the same of a still; often empty
    std::string problem;   ///< why there is no address, for people
};

struct Camera {
    ServiceAddress address;
    Device device;
    std::optional<seconds> clock_ahead;  ///< of ours; nothing: not told
    LoginWay login_way = LoginWay::None;
    int media_version = 0;  ///< 1 or 2: the service that told the profiles
    std::vector<Profile> profiles;
};

inline constexpr std::size_t kMaxProfiles = 64;
inline constexpr std::size_t kMaxToken = 256;  ///< a longer one is not taken
inline constexpr seconds kAllQuestions{60};    ///< together: a recorder with 64 channels is asked 130 times

/// Where the camera's services are, by an answer to GetServices or GetCapabilities; empty: none.
struct Services {
    std::optional<ServiceAddress> media1, media2, events, ptz, imaging, device_io;
};

/// Readers of single answers. Pure; take any tree.
Services servicesIn(const Node& answer, const ServiceAddress& reached);
Device deviceIn(const Node& answer);
std::vector<Profile> profilesIn(const Node& answer);  ///< of both media services
std::string addressIn(const Node& answer);            ///< of GetStreamUri, GetSnapshotUri; as told

/// What people see of a camera that has no name yet: "Maker IPC-7", "IPC-7" where both words are the same,
/// "Network camera 192.0.2.10" where it tells neither. Pure.
std::string titleOf(const std::string& maker, const std::string& model, const std::string& host);

/// Asks where the services are. Throws OnvifError.
Services askServices(Client& client);

/// The profiles of the service that tells them, Media 2 first, and which of both it was (0: neither is
/// there). Throws OnvifError.
struct ToldProfiles {
    int media_version = 0;
    std::vector<Profile> profiles;  ///< without addresses
};
ToldProfiles askProfiles(Client& client, const Services& services);

/// The stream of one of these profiles, as the camera tells it: may hold a login, never shown. Throws
/// OnvifError.
std::string askStream(Client& client, const Services& services, int media_version, const Profile& profile);

/// Asks for all of it. A stream or still that the camera does not tell is left empty; all else that fails is
/// an OnvifError. Blocks as Client does.
Camera readCamera(Client& client);

}  // namespace porchlight::onvif
