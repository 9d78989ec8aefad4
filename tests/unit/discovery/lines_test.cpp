/// Found cameras as lines between processes and as configuration; the child that searches.
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "app/discover/child_output.h"
#include "app/discover/discovery.h"
#include "support/catch.h"

namespace lines_test {

using namespace porchlight;
using namespace porchlight::plugin;
using namespace std::chrono_literals;

namespace {

FoundSource webcam() {
    return {"v4l2",
            {"/dev/v4l/by-id/usb-a-video-index0",
             "HD Webcam C525",
             "MJPEG 1280x720 30",
             "",
             {{"device", "/dev/v4l/by-id/usb-a-video-index0"}}}};
}

/// A program that stands for porchlightd.
class Script {
  public:
    explicit Script(const std::string& text)
        : path_(std::filesystem::temp_directory_path() /
                ("porchlight-discover-" + std::to_string(::getpid()))) {
        std::ofstream(path_) << "#!/bin/sh\n" << text;
        ::chmod(path_.c_str(), 0700);
    }
    ~Script() { std::filesystem::remove(path_); }
    std::string path() const { return path_.string(); }

  private:
    std::filesystem::path path_;
};

}  // namespace

TEST_CASE("a line comes back as it went") {
    const auto back = parseLine(lineOf(webcam()));
    REQUIRE(back);
    CHECK(back->plugin == "v4l2");
    CHECK(back->camera.id == webcam().camera.id);
    CHECK(back->camera.title == "HD Webcam C525");
    CHECK(back->camera.offers == "MJPEG 1280x720 30");
    CHECK(back->camera.problem.empty());
    CHECK(back->camera.settings == webcam().camera.settings);
    FoundSource odd = webcam();
    odd.camera.title = "two\tlines\nand\x01more";
    CHECK(lineOf(odd).find('\n') == std::string::npos);
    CHECK(parseLine(lineOf(odd))->camera.title == "two lines and more");
    for (const char* wrong : {"", "end", "problem\twhy", "v4l2\t\ta\tb\tc",
                              "v4l2\tid\ttitle\toffers\t\tsetting", "v4l2\tid\ttitle\toffers\t\t=value"})
        CHECK_FALSE(parseLine(wrong));
}

TEST_CASE("what is written for a camera can be pasted, whatever its name is") {
    CHECK(sourceYaml(webcam()) == "{plugin: v4l2, device: \"/dev/v4l/by-id/usb-a-video-index0\"}");
    CHECK(nameFor(webcam()) == "hd-webcam-c525");
    FoundSource odd = webcam();
    odd.camera.title = "\"quoted\" \\ über {cam}: #1";
    CHECK(cameraYaml(odd, "odd").find("title: \"\\\"quoted\\\" \\\\ über {cam}: #1\"\n") !=
          std::string::npos);
    CHECK(nameFor(odd) == "quoted-ber-cam-1");
    odd.camera.title = "日本";
    CHECK(nameFor(odd) == "camera");
    odd.camera.title = std::string(200, 'x');
    CHECK(nameFor(odd).size() == 36);
}

TEST_CASE("what the searching process said in time is used, whatever became of it") {
    const std::string line = lineOf(webcam());
    const auto run = [](const std::string& text) {
        const Script script(text);
        return app::Discoverer(script.path()).search();
    };
    const Discovery good = run("printf '%s\\n' '" + line + "'; echo end\n");
    CHECK(good.sources.size() == 1);
    CHECK(good.problems.empty());
    const Discovery crashed =
        run("printf '%s\\n' '" + line + "'; printf 'problem\\tno network\\n'; kill -SEGV $$\n");
    CHECK(crashed.sources.size() == 1);
    REQUIRE(crashed.problems.size() == 2);
    CHECK(crashed.problems[0] == "no network");
    const Discovery garbage = run("yes 'V4\tid\ttitle\toffers\t' | head -c 3000000\n");
    CHECK(garbage.sources.empty());
    CHECK_FALSE(garbage.problems.empty());
}

TEST_CASE("a child that does not end is killed at the deadline") {
    const Script script("echo one; exec sleep 60\n");
    const auto before = Monotonic::now();
    const app::ChildOutput out = app::outputOfChild(script.path(), {}, Deadline::in(500ms));
    CHECK(Monotonic::now() - before < 3s);
    CHECK(out.text == "one\n");
    CHECK_FALSE(out.is_complete);
    CHECK_FALSE(out.is_left_behind);
    CHECK_THROWS_AS(app::outputOfChild("/nonexistent/porchlightd", {}, Deadline::in(500ms)), Error);
}

}  // namespace lines_test
