/// The stamp of the ffmpeg capture plugin.
#include <cstdio>

#include "libav/libav.h"
#include "porchlight/plugin.h"
#include "source.h"

namespace {

constexpr porchlight::SettingSpec kSettings[] = {
    {"url", porchlight::SettingType::Url, 1, "", 0, 0, "",
     "rtsp|rtsps|http|https|rtmp|rtmps|srt|udp|tcp|file",
     "Address of the stream: rtsp://, http:// (MJPEG) or the path of a video file. Percent-encode special "
     "characters "
     "in user and password."},
    {"transport", porchlight::SettingType::Choice, 0, "", 0, 0, "auto", "auto|tcp|udp|http",
     "How RTSP carries the video: auto takes TCP, and UDP where the camera gives nothing else; udp loses "
     "packets silently on a busy network; http goes through HTTP at the port of the URL."},
    {"audio", porchlight::SettingType::Boolean, 0, "", 0, 0, "true", "",
     "Record the sound of the camera, too; false: pictures only, nobody asks for its sound."},
    {"loop", porchlight::SettingType::Boolean, 0, "", 0, 0, "true", "",
     "Start a file again when it ends, as if the camera went on."},
    {"realtime", porchlight::SettingType::Boolean, 0, "", 0, 0, "true", "",
     "Replay a file at its own speed; false: as fast as it can be read."},
};

#define PORCHLIGHT_LIBAV_VERSIONS \
    "libavformat " AV_STRINGIFY(LIBAVFORMAT_VERSION) ", libavcodec " AV_STRINGIFY(LIBAVCODEC_VERSION)

}  // namespace

PORCHLIGHT_CAPTURE_PLUGIN("ffmpeg", "1.0", "Network cameras (RTSP, HTTP) and video files",
                          PORCHLIGHT_LIBAV_VERSIONS, kSettings, porchlight::ffmpeg::FfmpegSource,
                          .delivers = porchlight::kDeliversCoded | porchlight::kDeliversJpeg)

extern "C" PORCHLIGHT_EXPORT void porchlight_plugin_runtime_versions(char* out, std::size_t size) noexcept {
    const unsigned format = avformat_version();
    const unsigned codec = avcodec_version();
    std::snprintf(out, size, "libavformat %u.%u.%u, libavcodec %u.%u.%u", AV_VERSION_MAJOR(format),
                  AV_VERSION_MINOR(format), AV_VERSION_MICRO(format), AV_VERSION_MAJOR(codec),
                  AV_VERSION_MINOR(codec), AV_VERSION_MICRO(codec));
}
