/// What stands in place of a missing picture: words, drawing, and both routes.
#include <turbojpeg.h>

#include <cstdlib>
#include <ctime>

#include "fixture.h"
#include "placeholder/dot_letters.h"
#include "placeholder/dot_picture.h"
#include "placeholder/placeholder.h"
#include "porchlight/dot_font.h"
#include "support/catch.h"
#include "support/environment.h"

namespace placeholder_test {

using namespace porchlight;
using namespace porchlight::web;
using namespace porchlight::placeholder;
using namespace porchlight::web::testing;
using namespace std::chrono_literals;

namespace {

constexpr WallTime kNow{microseconds{1'790'000'000'000'000}};  // 2026-09-21 14:13:20 UTC

struct Pixels {
    int width = 0;
    int height = 0;
    std::vector<std::uint8_t> rgb;
    std::array<int, 3> at(int x, int y) const {
        const auto* pixel = &rgb[(static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                                  static_cast<std::size_t>(x)) *
                                 3];
        return {pixel[0], pixel[1], pixel[2]};
    }
};

/// Decoded by libjpeg-turbo, which also reports what it only warns of.
Pixels decode(const std::vector<std::uint8_t>& jpeg) {
    const tjhandle handle = tjInitDecompress();
    Pixels out;
    int sampling = 0, colours = 0;
    REQUIRE(tjDecompressHeader3(handle, jpeg.data(), jpeg.size(), &out.width, &out.height, &sampling,
                                &colours) == 0);
    CHECK(sampling == TJSAMP_444);
    out.rgb.resize(static_cast<std::size_t>(out.width) * static_cast<std::size_t>(out.height) * 3);
    const int result = tjDecompress2(handle, jpeg.data(), jpeg.size(), out.rgb.data(), out.width, 0,
                                     out.height, TJPF_RGB, 0);
    INFO(tjGetErrorStr2(handle));
    CHECK(result == 0);
    tjDestroy(handle);
    return out;
}

camera::Status porch(camera::State state, const std::string& reason = "") {
    camera::Status status;
    status.name = "porch";
    status.title = "The porch";
    status.state = state;
    status.state_since = kNow - 10min;
    status.reason = reason;
    status.packet_age = status.distinct_age = 40ms;
    return status;
}

std::string get(const Site& site, const std::string& path) {
    return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + site.cookieHeader() + "\r\n";
}

std::size_t countOf(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++count;
    return count;
}

const std::string kMark = "X-Porchlight-Placeholder: true\r\n";

}  // namespace

TEST_CASE("a dot picture decodes to exactly its dots") {
    placeholder::DotPicture picture(37, 21, placeholder::DotColour{20, 128, 128});
    picture.rect(30, 0, 99, 99, placeholder::DotColour{255, 128, 128});
    picture.rect(0, 15, 30, 21, placeholder::DotColour{0, 128, 128});
    picture.text(2, 2, "Aj~", placeholder::DotColour::rgb(0xFF8000));
    picture.text(-3, 18, "clipped", placeholder::DotColour::rgb(0x00FF00), 3);
    const Pixels seen = decode(picture.jpeg());
    REQUIRE(seen.width == 37 * placeholder::DotPicture::kDotPx);
    REQUIRE(seen.height == 21 * placeholder::DotPicture::kDotPx);
    int letters = 0;
    for (int y = 0; y < picture.height(); ++y)
        for (int x = 0; x < picture.width(); ++x) {
            const placeholder::DotColour dot = picture.at(x, y);
            const std::array<double, 3> rgb{dot.y + 1.402 * (dot.cr - 128),
                                            dot.y - 0.344 * (dot.cb - 128) - 0.714 * (dot.cr - 128),
                                            dot.y + 1.772 * (dot.cb - 128)};
            for (const int corner : {0, 7}) {
                const auto pixel = seen.at(x * 8 + corner, y * 8 + corner);
                for (std::size_t i = 0; i < 3; ++i)
                    CHECK(std::abs(pixel[i] - std::clamp(rgb[i], 0.0, 255.0)) <= 3);
            }
            letters += dot == placeholder::DotColour::rgb(0xFF8000) ? 1 : 0;
        }
    CHECK(letters > 20);
    CHECK_THROWS_AS(placeholder::DotPicture(0, 5, {}), Error);
}

TEST_CASE("the letters of the dot font stand side by side") {
    std::vector<std::string> rows(kDotGlyphHeight, std::string(11, '.'));
    drawDots("1:", [&](int x, int y) {
        rows.at(static_cast<std::size_t>(y)).at(static_cast<std::size_t>(x)) = '#';
    });
    CHECK(rows == std::vector<std::string>{"..#........",  //
                                           ".##....##..",  //
                                           "..#....##..",  //
                                           "..#........",  //
                                           "..#....##..",  //
                                           "..#....##..",  //
                                           ".###......."});
}

TEST_CASE("letters beyond ASCII lose their marks, the unknown is a question mark") {
    CHECK(placeholder::inDotLetters("Küche – Tür: “Straße”…") == "Kuche - Tur: \"Strase\".");
    CHECK(placeholder::inDotLetters("東\xff\xc3") == "???");
    CHECK(dotGlyph('\x01') == dotGlyph('?'));
}

TEST_CASE("a camera lacks a current picture when it is gone, late or frozen") {
    const auto missing = [](const camera::Status& status) {
        return placeholder::missingPicture(status, 5s, kNow);
    };
    CHECK_FALSE(missing(porch(camera::State::Running)));
    CHECK_FALSE(missing(porch(camera::State::Degraded, "lost frames")));
    auto off = porch(camera::State::Disabled, "disabled by ada");
    REQUIRE(missing(off));
    CHECK(missing(off)->headline == "Switched off");
    CHECK(missing(off)->is_meant);
    CHECK(missing(off)->since == off.state_since);
    auto gone = porch(camera::State::Offline, "connection refused");
    gone.packet_age = 61s;
    CHECK(missing(gone)->headline == "Offline");
    CHECK(missing(gone)->reason == "connection refused");
    CHECK(missing(gone)->since ==
          std::chrono::round<seconds>(kNow - 61s));  // the last picture, not the change of state
    auto late = porch(camera::State::Running);
    late.packet_age = 6s + 1ms;
    REQUIRE(missing(late));
    CHECK(missing(late)->headline == "No picture");
    auto frozen = porch(camera::State::Degraded, "the picture has not changed for 31 s");
    frozen.kind = "frozen_picture";
    frozen.distinct_age = 31s;
    CHECK(missing(frozen)->headline == "Frozen picture");
    CHECK(missing(frozen)->since == std::chrono::round<seconds>(kNow - 31s));
    auto starting = porch(camera::State::Starting);
    starting.packet_age = -1us;
    CHECK(missing(starting)->reason == "waiting for the first picture");
    auto black = porch(camera::State::Degraded, "the picture is black");
    black.kind = "black_picture";
    CHECK_FALSE(missing(black));  // black is what it sees
}

TEST_CASE(
    "with a frame timeout of a second a camera in good health never shows the placeholder between two "
    "heartbeats") {
    auto well = porch(camera::State::Running);
    for (well.packet_age = 0ms; well.packet_age < 1900ms; well.packet_age += 100ms)
        CHECK_FALSE(placeholder::missingPicture(well, 1s, kNow));
    well.packet_age = 2100ms;
    CHECK(placeholder::missingPicture(well, 1s, kNow));
}

TEST_CASE("moments are told in local time") {
    const test::EnvironmentValue zone("TZ", "CET-1CEST,M3.5.0,M10.5.0/3");
    CHECK(placeholder::localMoment(kNow, kNow) == "16:13:20");
    CHECK(placeholder::localMoment(kNow - 24h, kNow) == "20 Sep 16:13");
    CHECK(placeholder::localMoment(kNow - 24h * 270, kNow) == "25 Dec 2025 15:13");
}

TEST_CASE("a placeholder has the camera's shape, differs by reason and by the second") {
    placeholder::MissingPicture missing{
        "A very long title of a camera that no line of this picture could ever hold in full",
        "Offline",
        kNow - 3min,
        std::string(900, 'x'),
        "",
        false};
    const auto jpeg = placeholder::drawPlaceholder(missing, 640, 480, kNow);
    const Pixels wide = decode(placeholder::drawPlaceholder(missing, 0, 0, kNow));
    const Pixels four_to_three = decode(jpeg);
    CHECK(wide.width == 1920);
    CHECK(std::abs(wide.height - 1080) <= 8);
    CHECK(four_to_three.height == 1440);
    CHECK(jpeg.size() < 80'000);
    CHECK(jpeg != placeholder::drawPlaceholder(missing, 640, 480, kNow + 1s));
    missing.reason = "connection refused";
    const auto other = placeholder::drawPlaceholder(missing, 640, 480, kNow);
    CHECK(other != jpeg);
    CHECK(other.size() < 45'000);
    CHECK(decode(placeholder::drawPlaceholder(missing, 100, 3000, kNow)).height == 2880);
}

TEST_CASE("a viewer sees the placeholder, its clock running, and then pictures in the same stream") {
    Site site;
    REQUIRE(site.login("vic") == 204);
    auto status = porch(camera::State::Offline, "no route to host");
    status.packet_age = -1us;
    site.cameras.setStatus(status);
    RawClient viewer(site.server->port());
    viewer.send(get(site, "/api/v1/cameras/porch/live.mjpeg"));
    const std::string first = viewer.readUntil(kMark, 2s);
    REQUIRE(countOf(first, kMark) == 1);
    CHECK(first.find("multipart/x-mixed-replace") != std::string::npos);
    CHECK(viewer.readUntil("\xff\xd9\r\n--porchlight\r\n", 1s).find("\xff\xd9\r\n--porchlight\r\n") !=
          std::string::npos);  // shown at once
    const Deadline deadline = Deadline::in(6s);
    while (countOf(viewer.readUntil("\x01never", 200ms), kMark) < 3 && !deadline.isPast())
        site.clock.advance(1s);
    CHECK(countOf(viewer.readUntil("\x01never", 1ms), kMark) >= 3);

    site.cameras.setStatus(porch(camera::State::Running));
    REQUIRE(site.cameras.live().viewers("porch") == 1);
    const std::string picture = "A-PICTURE";
    site.cameras.live().publish("porch", site.clock.wallNow(), {picture.begin(), picture.end()});
    CHECK(viewer.readUntil(picture, 2s).find(picture) != std::string::npos);
    const std::size_t told = countOf(viewer.readUntil("\x01never", 1ms), kMark);

    status.kind = "frozen_picture";
    status.state = camera::State::Degraded;
    site.cameras.setStatus(status);
    const std::string frozen = "A-FROZEN-PICTURE";
    site.cameras.live().publish("porch", site.clock.wallNow(), {frozen.begin(), frozen.end()});
    const Deadline again = Deadline::in(4s);
    while (countOf(viewer.readUntil("\x01never", 100ms), kMark) <= told && !again.isPast()) {
    }
    CHECK(countOf(viewer.readUntil("\x01never", 1ms), kMark) > told);
    CHECK(viewer.readUntil("\x01never", 1ms).find(frozen) == std::string::npos);
}

TEST_CASE("a camera that delivers but gives no live picture says so after its frame timeout") {
    Site site;
    site.config.cameras.clear();
    REQUIRE(site.login("vic") == 204);
    RawClient viewer(site.server->port());
    viewer.send(get(site, "/api/v1/cameras/porch/live.mjpeg"));
    CHECK(countOf(viewer.readUntil(kMark, 3s), kMark) == 0);
    CHECK(countOf(viewer.readUntil(kMark, 5s), kMark) == 1);
}

TEST_CASE("a still of a camera without a current picture is the placeholder, and says that it is one") {
    Site site;
    REQUIRE(site.login("vic") == 204);
    const std::string path = "/api/v1/cameras/porch/snapshot.jpg";
    CHECK(site.request("GET", path).header(placeholder::kPlaceholderHeader).empty());
    site.cameras.still_error = "no picture within 5 s";
    const Answer failed = site.request("GET", path);
    CHECK(failed.status == 200);
    CHECK(failed.header(placeholder::kPlaceholderHeader) == "true");
    CHECK(decode({failed.body.begin(), failed.body.end()}).width == 1920);
    site.cameras.still_error.clear();
    site.cameras.setStatus(porch(camera::State::Disabled, "disabled by ada"));
    CHECK(site.request("GET", path).header(placeholder::kPlaceholderHeader) == "true");
    CHECK(site.request("GET", path + "?placeholder=perhaps").status == 400);
}

}  // namespace placeholder_test
