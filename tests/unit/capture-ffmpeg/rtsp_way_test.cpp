/// In which order a camera is asked for its stream, and what is remembered of it.
#include <chrono>
#include <string>
#include <vector>

#include "capture-ffmpeg/libav/libav.h"
#include "capture-ffmpeg/reach/rtsp_way.h"
#include "support/catch.h"

namespace rtsp_way_test {

using namespace porchlight;
using namespace porchlight::ffmpeg;
using namespace std::chrono_literals;

namespace {

constexpr RtspWay kTcp{false, true};
constexpr RtspWay kUdp{true, true};
constexpr RtspWay kTcpPictures{false, false};
constexpr RtspWay kUdpPictures{true, false};

/// All ways in which a camera is asked that answers `averror` to each.
std::vector<RtspWay> waysFor(int averror, Transport wish, RtspWay first) {
    std::vector<RtspWay> tried{first};
    while (const auto next = planNextWay(tried, averror, wish)) {
        tried.push_back(*next);
        REQUIRE(tried.size() <= 4);
    }
    return tried;
}

WayTrial trialOf(const std::string& url, bool is_udp, std::chrono::seconds ago) {
    return WayTrial(url, is_udp, Monotonic::now() - ago);
}

}  // namespace

TEST_CASE("the other transport is asked for when one is refused, then pictures only") {
    const int refused = AVERROR(EPROTONOSUPPORT);
    using Ways = std::vector<RtspWay>;
    CHECK(waysFor(refused, Transport::Auto, kTcp) == Ways{kTcp, kUdp, kTcpPictures, kUdpPictures});
    CHECK(waysFor(refused, Transport::Auto, kTcpPictures) == Ways{kTcpPictures, kUdpPictures});
    CHECK(waysFor(refused, Transport::Tcp, kTcp) == Ways{kTcp, kTcpPictures});
    CHECK(waysFor(AVERROR_HTTP_NOT_FOUND, Transport::Auto, kTcp) == Ways{kTcp, kTcpPictures});
    CHECK(waysFor(AVERROR_HTTP_OTHER_4XX, Transport::Udp, kUdp) == Ways{kUdp, kUdpPictures});
    CHECK(waysFor(AVERROR_HTTP_OTHER_4XX, Transport::Tcp, kTcp) == Ways{kTcp, kTcpPictures});
    for (const int final : {AVERROR_HTTP_UNAUTHORIZED, AVERROR(ECONNREFUSED), AVERROR(ETIMEDOUT)})
        CHECK(waysFor(final, Transport::Auto, kTcp) == Ways{kTcp});
}

TEST_CASE("a server that calls RTP over TCP a bad request is asked for its sound again over UDP") {
    using Ways = std::vector<RtspWay>;
    for (const int refused : {AVERROR_HTTP_BAD_REQUEST, AVERROR_HTTP_OTHER_4XX}) {
        CHECK(waysFor(refused, Transport::Auto, kTcp) == Ways{kTcp, kTcpPictures, kUdp});
        CHECK(waysFor(refused, Transport::Auto, kTcpPictures) == Ways{kTcpPictures, kUdpPictures});
        CHECK(waysFor(refused, Transport::Auto, kUdp) == Ways{kUdp, kUdpPictures, kTcp});
    }
}

TEST_CASE("a way that brought no packet is left, one that brought some is kept") {
    const std::string url = "rtsp://camera/way";
    const auto next = [&] { return firstWay(url, Transport::Auto, true); };
    CHECK(next() == kTcp);
    { const auto soon = trialOf(url, false, 0s); }
    CHECK(next() == kTcp);
    { const auto once = trialOf(url, false, 5s); }
    CHECK(next() == kTcp);  // it may have started slowly
    { const auto twice = trialOf(url, false, 5s); }
    CHECK(next() == kUdp);
    { const auto silent = trialOf(url, true, 5s); }
    CHECK(next() == kTcp);
    trialOf(url, true, 5s).notePacket();
    CHECK(next() == kUdp);
    { const auto hung = trialOf(url, true, 5s); }
    CHECK(next() == kUdp);
    CHECK(firstWay(url, Transport::Tcp, false) == kTcpPictures);
    CHECK(firstWay("rtsp://camera/other", Transport::Auto, true) == kTcp);
}

}  // namespace rtsp_way_test
