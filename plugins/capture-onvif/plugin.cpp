/// The stamp of the onvif capture plugin.
#include <cstdio>

#include "capture-ffmpeg/libav/libav.h"
#include "companion.h"
#include "porchlight/plugin.h"
#include "source.h"

namespace {

constexpr porchlight::SettingSpec kSettings[] = {
    {"address", porchlight::SettingType::Text, 1, "", 0, 0, "", "",
     "The camera: 192.0.2.10, 192.0.2.10:8080, [2001:db8::1] or the address of its device service. Without "
     "user and password."},
    {"user", porchlight::SettingType::Text, 0, "", 0, 0, "", "",
     "A user of the camera with the rights of an operator; many have users of their own for ONVIF."},
    {"password", porchlight::SettingType::Secret, 0, "", 0, 0, "", "needs user",
     "The password of that user, as it is: nothing in it is encoded."},
    {"id", porchlight::SettingType::Text, 0, "", 0, 0, "", "",
     "The id that `porchlight sources` shows of the camera, or a part of it: with it the camera is found "
     "again when its address has changed."},
    {"stream", porchlight::SettingType::Text, 0, "", 0, 0, "main", "",
     "What is recorded: main for the best that the camera offers, or the token of a profile."},
    {"sub_stream", porchlight::SettingType::Text, 0, "", 0, 0, "sub", "",
     "What is detected on: sub for the small stream beside it, off for the recorded stream itself, or the "
     "token of a profile."},
    {"transport", porchlight::SettingType::Choice, 0, "", 0, 0, "auto", "auto|tcp|udp",
     "How RTSP carries the video: auto takes TCP, and UDP where the camera gives nothing else; udp loses "
     "packets silently on a busy network."},
    {"audio", porchlight::SettingType::Boolean, 0, "", 0, 0, "true", "",
     "Record the sound of the camera, too; false: pictures only, nobody asks for its sound."},
};

#define PORCHLIGHT_LIBAV_VERSIONS \
    "libavformat " AV_STRINGIFY(LIBAVFORMAT_VERSION) ", libavcodec " AV_STRINGIFY(LIBAVCODEC_VERSION)

}  // namespace

PORCHLIGHT_CAPTURE_PLUGIN("onvif", "1.0", "Network cameras that speak ONVIF: finds their streams by itself",
                          PORCHLIGHT_LIBAV_VERSIONS, kSettings, porchlight::onvif::OnvifSource,
                          .delivers = porchlight::kDeliversCoded, .has_companion = 1)
PORCHLIGHT_COMPANION(porchlight::onvif::OnvifCompanion)

extern "C" PORCHLIGHT_EXPORT void porchlight_plugin_runtime_versions(char* out, std::size_t size) noexcept {
    const unsigned format = avformat_version();
    const unsigned codec = avcodec_version();
    std::snprintf(out, size, "libavformat %u.%u.%u, libavcodec %u.%u.%u", AV_VERSION_MAJOR(format),
                  AV_VERSION_MINOR(format), AV_VERSION_MICRO(format), AV_VERSION_MAJOR(codec),
                  AV_VERSION_MINOR(codec), AV_VERSION_MICRO(codec));
}
