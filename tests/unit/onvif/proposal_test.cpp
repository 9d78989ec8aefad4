/// What is read of profiles, and which are proposed.
#include "onvif/proposal.h"

#include "support/catch.h"

namespace proposal_test {

using namespace porchlight;
using namespace porchlight::onvif;

namespace {

Profile stream(const std::string& token, const std::string& codec, int width_px, int height_px,
               double rate_hz = 25, const std::string& source = "s") {
    Profile out;
    out.token = token;
    out.source = source;
    out.codec = codec;
    out.width_px = width_px;
    out.height_px = height_px;
    out.rate_hz = rate_hz;
    out.stream = "rtsp://cam/" + token;
    return out;
}

/// "main/sub" of each source.
std::string proposed(const std::vector<Profile>& profiles) {
    std::string out;
    for (const Proposal& one : propose(profiles)) {
        CHECK_FALSE(one.main_reason.empty());
        CHECK_FALSE(one.sub_reason.empty());
        out += (out.empty() ? "" : " ") + one.main->token + "/" + (one.sub != nullptr ? one.sub->token : "-");
    }
    return out;
}

}  // namespace

TEST_CASE("main is the largest stream that is recorded as it comes, sub the smallest that is enough") {
    const auto silent = [] {
        Profile profile = stream("silent", "h265", 3840, 2160);
        profile.stream.clear();
        return profile;
    };
    const auto same = [] {
        Profile profile = stream("same", "h264", 640, 360);
        profile.stream = "rtsp://cam/main";
        return profile;
    };
    const struct {
        std::vector<Profile> profiles;
        const char* proposed;
    } rows[] = {
        {{}, ""},
        {{stream("a", "h264", 1920, 1080)}, "a/-"},
        {{stream("b", "h264", 640, 360), stream("a", "h265", 2560, 1440)}, "a/b"},
        {{stream("a", "h264", 1920, 1080), stream("b", "h264", 1280, 720), stream("c", "h264", 352, 288)},
         "a/c"},
        {{stream("a", "h264", 1920, 1080), stream("b", "h264", 176, 144), stream("c", "h264", 160, 120)},
         "a/b"},
        {{stream("a", "h264", 1920, 1080, 10), stream("b", "h264", 1920, 1080, 25)}, "b/-"},
        {{stream("a", "mjpeg", 2560, 1440), stream("b", "h264", 1280, 720), stream("c", "mjpeg", 640, 360)},
         "b/c"},
        {{stream("a", "mjpeg", 1280, 720), stream("b", "mjpeg", 640, 360)}, "a/b"},
        {{stream("a", "h264", 1920, 1080), stream("b", "mpeg4", 640, 480)}, "a/-"},
        {{stream("a", "h264", 1920, 1080), stream("b", "h264", 0, 0)}, "a/-"},
        {{stream("a", "h264", 640, 360), stream("b", "h264", 640, 360)}, "a/-"},
        {{silent(), stream("a", "h264", 1280, 720)}, "a/-"},
        {{stream("main", "h264", 1280, 720), same()}, "main/-"},
        {{stream("a", "h264", 1920, 1080, 25, "1"), stream("c", "h264", 1920, 1080, 25, "2"),
          stream("b", "h264", 640, 360, 25, "1")},
         "a/b c/-"},
    };
    for (const auto& row : rows) {
        INFO(row.proposed);
        CHECK(proposed(row.profiles) == row.proposed);
    }
}

TEST_CASE("a stream is described by what its camera tells of it") {
    Profile profile = stream("a", "h264", 1920, 1080, 12.5);
    CHECK(describe(profile) == "H.264 1920x1080, 12.5 fps");
    profile.codec_profile = "High";
    profile.keyframe_interval = 25;
    profile.bit_rate_kbit_s = 2048;
    CHECK(describe(profile) == "H.264 High 1920x1080, 12.5 fps, GOP 25 (2 s), 2048 kbit/s");
    CHECK(describe(Profile{}) == "a codec it does not tell");
}

TEST_CASE("profiles of Media 1 and Media 2 are read, with what they leave out as 0") {
    const auto media1 = profilesIn(parseXml(
        "<r><t:Profiles "
        "token=\"a\"><Name>Main\xc2\x9b</Name><VideoSourceConfiguration><SourceToken>1</SourceToken>"
        "</VideoSourceConfiguration><VideoEncoderConfiguration><Encoding>H264</"
        "Encoding><Resolution><Width>640</Width>"
        "<Height>360</Height></Resolution><RateControl><FrameRateLimit>30</FrameRateLimit><EncodingInterval>2"
        "</EncodingInterval><BitrateLimit>512</BitrateLimit></RateControl><H264><GovLength>60</"
        "GovLength><H264Profile>"
        "Main</H264Profile></H264></VideoEncoderConfiguration></t:Profiles><Profiles "
        "token=\"audio\"/><Profiles/></r>"));
    REQUIRE(media1.size() == 1);
    CHECK(media1[0].token == "a");
    CHECK(media1[0].name == "Main\\xc2\\x9b");
    CHECK(media1[0].source == "1");
    CHECK(describe(media1[0]) == "H.264 Main 640x360, 15 fps, GOP 60 (4 s), 512 kbit/s");

    const auto media2 = profilesIn(parseXml(
        "<r><Profiles "
        "token=\"b\"><Configurations><VideoSource><SourceToken>2</SourceToken></VideoSource><VideoEncoder "
        "GovLength=\"50\" "
        "Profile=\"Main\"><Encoding>H265</Encoding><Resolution><Width>3840</Width><Height>2160</Height>"
        "</Resolution><RateControl><FrameRateLimit>25.000000</FrameRateLimit><BitrateLimit>8000</"
        "BitrateLimit>"
        "</RateControl></VideoEncoder></Configurations></Profiles></r>"));
    REQUIRE(media2.size() == 1);
    CHECK(media2[0].source == "2");
    CHECK(describe(media2[0]) == "H.265 Main 3840x2160, 25 fps, GOP 50 (2 s), 8000 kbit/s");
}

TEST_CASE("numbers that are none, or absurd, are taken as not told") {
    for (const char* number : {"", "x", "-5", "1e99", "nan", "99999999999999999999"}) {
        INFO(number);
        const std::string text(number);
        const auto profiles = profilesIn(parseXml(
            "<r><Profiles token=\"a\"><Configurations><VideoEncoder GovLength=\"" + text +
            "\"><Encoding>vendor</Encoding>"
            "<Resolution><Width>" +
            text + "</Width><Height>" + text + "</Height></Resolution><RateControl><FrameRateLimit>" + text +
            "</FrameRateLimit><BitrateLimit>" + text +
            "</BitrateLimit></RateControl></VideoEncoder>"
            "</Configurations></Profiles></r>"));
        REQUIRE(profiles.size() == 1);
        CHECK(describe(profiles[0]) == "vendor");
    }
}

TEST_CASE("a codec has one name, whatever the camera calls it") {
    const std::pair<const char*, const char*> rows[] = {{"H264", "h264"},
                                                        {"h.264", "h264"},
                                                        {"AVC", "h264"},
                                                        {"H265", "h265"},
                                                        {"H.265", "h265"},
                                                        {"HEVC", "h265"},
                                                        {"JPEG", "mjpeg"},
                                                        {"MJPEG", "mjpeg"},
                                                        {"MPEG4", "mpeg4"},
                                                        {"MPV4-ES", "mpeg4"},
                                                        {"VP9\xc2\x9b", "vp9\\xc2\\x9b"}};
    for (const auto& [told, name] : rows) {
        INFO(told);
        const auto profiles = profilesIn(
            parseXml("<r><Profiles token=\"a\"><VideoEncoderConfiguration><Encoding>" + std::string(told) +
                     "</Encoding></VideoEncoderConfiguration></Profiles></r>"));
        REQUIRE(profiles.size() == 1);
        CHECK(profiles[0].codec == name);
    }
}

TEST_CASE("a camera is titled by maker and model, each once, or by its address") {
    CHECK(titleOf("Maker", "IPC-7", "h") == "Maker IPC-7");
    CHECK(titleOf("Maker", "", "h") == "Maker");
    CHECK(titleOf("", "IPC-7", "h") == "IPC-7");
    CHECK(titleOf("IPC-7", "IPC-7", "h") == "IPC-7");
    CHECK(titleOf("", "", "192.0.2.10") == "Network camera 192.0.2.10");
}

TEST_CASE("media services are found by GetServices and by GetCapabilities") {
    const ServiceAddress at = parseServiceAddress("192.0.2.10");
    const auto listed = servicesIn(parseXml("<r><Service><Namespace>http://www.onvif.org/ver20/media/wsdl</"
                                            "Namespace><XAddr>http://192.0.2.10:81/m2"
                                            "</XAddr></Service><Service><Namespace>http://www.onvif.org/"
                                            "ver10/media/wsdl</Namespace></Service></r>"),
                                   at);
    REQUIRE((listed.media1 && listed.media2));
    CHECK(listed.media2->text() == "http://192.0.2.10:81/m2");
    CHECK(*listed.media1 == at);
    const auto capable = servicesIn(
        parseXml("<r><Capabilities><Media><XAddr>http://10.0.0.1/m</XAddr></Media></Capabilities></r>"), at);
    REQUIRE((capable.media1 && !capable.media2));
    CHECK(capable.media1->text() == "http://192.0.2.10:80/m");
    CHECK_FALSE(servicesIn(parseXml("<r/>"), at).media1);
}

}  // namespace proposal_test
