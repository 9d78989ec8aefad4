/// What the contract suite of the capture plugins works with: plugins, clips, a camera server, a count of
/// resources.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/fd.h"
#include "plugin/loader.h"
#include "porchlight/capture.h"
#include "porchlight/error.h"

namespace porchlight::contract {

using Values = std::vector<std::pair<std::string, std::string>>;

/// The plugin's defaults in canonical form with `values` over them, as the core hands them out.
Settings settingsOf(const std::string& plugin, const Values& values);

/// A new object of the plugin, loaded from the real .so file.
std::unique_ptr<CaptureSource> make(const std::string& plugin);

/// What opening the ffmpeg plugin with `values` fails with. Throws std::runtime_error when it does not fail.
Error openError(const Values& values, Monotonic::duration limit = seconds{5});

/// A clip made with the ffmpeg program, once a run; removed at its end. Names: "baseline.mp4" (H.264, AAC),
/// "bframes.mp4", "h265.mp4", "mjpeg.avi", "pcm.mkv", "vp9.webm", "tone.aac": one second, 30 pictures, a
/// keyframe each 15, 320x240. "still.jpg", "other.jpg", "small.jpg" (160x120): one picture.
/// "flac.mkv", "sound.ts", "tone.mulaw", "tone.alaw", "tone.g726le", "tone.opus": sound of other kinds;
/// "mute.ts" (9 s of 64x64) and "loud.ts", which follows it.
std::string clip(const std::string& name);

/// A file in the same folder with these bytes.
std::string fileWith(const std::string& name, const std::string& bytes);

/// The V4L2 camera to test with: PORCHLIGHT_TEST_CAMERA (PORCHLIGHT_TEST_CAMERA_MJPEG for "mjpeg"), else the
/// first /dev/video* that takes the format; empty when there is none.
std::string cameraDevice(const std::string& format);

/// Why there is no such camera; empty when there is one.
std::string whyNoCamera(const std::string& format);

/// The id of the camera to test capture-libcamera with: PORCHLIGHT_TEST_LIBCAMERA, else the first that its
/// search finds.
std::string libcameraCamera();

/// Why there is none (the plugin is not built, no camera); empty when there is one.
std::string whyNoLibcamera();

/// Whether all lines are such that the library itself wrote to the journal, of warnings and worse
/// ("[0:00:01.2] [77] WARN ...") or its version.
bool onlyWarningsOfLibcamera(const std::string& printed);

/// A server of tests/support, in a process of its own; ended with the object.
class ServerProcess {
  public:
    /// Blocks until the first line. Throws std::runtime_error.
    ServerProcess(const std::string& script, const std::vector<std::string>& arguments);
    ~ServerProcess();
    ServerProcess(const ServerProcess&) = delete;
    ServerProcess& operator=(const ServerProcess&) = delete;
    const std::string& firstLine() const noexcept { return first_line_; }

  private:
    pid_t pid_ = -1;
    std::string first_line_;
};

/// A camera server with ports for RTSP and HTTP.
class CameraServer {
  public:
    explicit CameraServer(const std::vector<std::string>& arguments,
                          const std::string& script = "camera_server.py");

    std::string rtsp(const std::string& path, const std::string& user = "") const;
    std::string http(const std::string& path, const std::string& user = "") const;
    int httpPort() const noexcept { return http_port_; }

  private:
    ServerProcess process_;
    int rtsp_port_ = 0;
    int http_port_ = 0;
};

/// Cameras of tests/support/odd_cameras.py.
class OddCameras {
  public:
    /// `plan`: each camera by name, with the members of its description there.
    explicit OddCameras(const Values& plan);

    /// `scheme`: rtsp or http.
    std::string url(const std::string& scheme, const std::string& name, const std::string& user = "") const;

  private:
    ServerProcess process_;
};

/// Granted over a deadline or after an interrupt: the contract's 100 ms and what a busy machine takes to run
/// a thread.
#ifdef PORCHLIGHT_SANITIZED
inline constexpr milliseconds kSlack{100 + 900};
#else
inline constexpr milliseconds kSlack{100 + 150};
#endif

/// Open descriptors and threads of this process.
struct Resources {
    std::size_t descriptors;
    std::size_t threads;
    static Resources now();
};

inline bool says(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

/// Sends standard output and error into a file while it lives; tells what was written.
class Silence {
  public:
    Silence();
    ~Silence();
    std::string end();

  private:
    base::Fd file_;
    base::Fd out_;
    base::Fd err_;
};

}  // namespace porchlight::contract
