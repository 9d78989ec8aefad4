/// Cutting a connection of RTSP into pieces: the same ones, however the bytes come, and never more memory.
#include <algorithm>
#include <cstring>
#include <random>
#include <string>
#include <variant>
#include <vector>

#include "capture-ffmpeg/rtsp/description.h"
#include "capture-ffmpeg/rtsp/rtsp_message.h"
#include "support/catch.h"

namespace rtsp_message_test {

using namespace porchlight::ffmpeg;

namespace {

std::string packetOf(int channel, const std::string& data) {
    std::string out{'$', static_cast<char>(channel), static_cast<char>(data.size() >> 8U),
                    static_cast<char>(data.size() & 0xFFU)};
    return out + data;
}

/// In words, to compare them.
std::string wordsOf(const RtspPiece& piece) {
    if (const auto* packet = std::get_if<RtspPacket>(&piece))
        return "packet " + std::to_string(packet->channel) + " " +
               std::string(reinterpret_cast<const char*>(packet->data.data()), packet->data.size());
    if (const auto* message = std::get_if<RtspMessage>(&piece))
        return std::to_string(message->status) + " " + message->head + "|" + message->body;
    return "broken";
}

using Pieces = std::vector<std::string>;

const std::string kVideoLines = "m=video 0 RTP/AVP 96 98\r\na=rtpmap:97 H264/90000\r\n";

/// Feeds one part after the other; what comes behind something broken is not looked at.
class Feeder {
  public:
    Feeder() = default;
    /// Knows one track, on channels 0 and 1.
    explicit Feeder(const std::string& track) { cutter_.expect(0, track); }

    void feed(std::string_view bytes) {
        while (!bytes.empty() && !is_broken_) {
            const auto room = cutter_.room();
            REQUIRE(room.size() >= 65536);
            const std::size_t size = std::min(room.size(), bytes.size());
            std::memcpy(room.data(), bytes.data(), size);
            cutter_.noteFilled(size);
            bytes.remove_prefix(size);
            look();
        }
    }
    const Pieces& pieces() const noexcept { return pieces_; }

  private:
    void look() {
        for (RtspPiece piece = cutter_.next(); !is_broken_; piece = cutter_.next()) {
            if (std::holds_alternative<std::monostate>(piece)) return;
            pieces_.push_back(wordsOf(piece));
            is_broken_ = std::holds_alternative<RtspBroken>(piece);
        }
    }

    RtspCutter cutter_;
    Pieces pieces_;
    bool is_broken_ = false;
};

Pieces cutWhole(std::string_view bytes) {
    Feeder feeder;
    feeder.feed(bytes);
    return feeder.pieces();
}

const std::string kAnswer = "RTSP/1.0 200 OK\r\nCSeq: 3\r\nContent-Length: 6\r\n\r\n$\r\n\r\nR";
const std::string kBare = "RTSP/1.0 401 Unauthorized\nCSeq: 4\nWWW-Authenticate: Basic realm=\"x\"\n\n";
const std::string kQuestion = "OPTIONS rtsp://c/ RTSP/1.0\r\nCSeq: 9\r\n\r\n";

const std::string kSet = "SET_PARAMETER rtsp://c/ RTSP/1.0 \nContent-Length: 2 bytes\n\nab";

/// As RTP begins, or RTCP.
std::string rtp(const std::string& text) {
    return "\x80$RTP/1 " + text;
}

std::string conversation() {
    return kAnswer + packetOf(0, rtp("RTSP/1.0 200 OK\r\n\r\n")) + packetOf(1, "") + "\r\n\r\n" + kBare +
           "\x01\x80 rubbish\n" + packetOf(255, rtp(std::string(300, '$'))) + kQuestion + kSet +
           packetOf(2, rtp("last"));
}

const Pieces kExpected = {"200 RTSP/1.0 200 OK\r\nCSeq: 3\r\nContent-Length: 6\r\n\r\n|$\r\n\r\nR",
                          "packet 0 " + rtp("RTSP/1.0 200 OK\r\n\r\n"),
                          "packet 1 ",
                          "401 " + kBare + "|",
                          "packet 255 " + rtp(std::string(300, '$')),
                          "0 " + kQuestion + "|",
                          "0 " + kSet.substr(0, kSet.size() - 2) + "|ab",
                          "packet 2 " + rtp("last")};

/// Bytes that begin no piece, nor become one with what comes behind them.
const std::string kRubbish[] = {
    "QX",
    "\x80\xFF",
    "$",
    "$$",
    std::string("$\x02\0\x07$$$$$$$", 11),
    packetOf(0, "\x40" + std::string(11, 'x')),
    "R",
    "RTSP/",
    "RTSP/1.0 200",
    "RTSP/1.0 OK\r\n\r\n",
    "RTSP/1.0 20\r\n\r\n",
    "RTSP/1.0 200 OK\r\nContent-Length: none\r\n\r\n",
    "RTSP/1.0 200 OK\r\nContent-Length: -1\r\n\r\n",
    "HTTP/1.1 400 Bad Request\r\n\r\n",
    "SSH-2.0-x\r\n",
    "GO * RTSP/1.0\r\n\r\n",
    "OPTIONS * RTSP/1.0 or so\r\n\r\n",
    "OPTIONS \x01 RTSP/1.0\r\n\r\n",
    "every word of a text may be a method's name\n",
};

}  // namespace

TEST_CASE("answers, questions and packets are told apart, wherever the bytes were cut") {
    const std::string bytes = conversation();
    REQUIRE(cutWhole(bytes) == kExpected);
    for (std::size_t first = 0; first <= bytes.size(); ++first)
        for (const std::size_t second : {first, first + 1, first + 2, (first + bytes.size()) / 2}) {
            Feeder feeder;
            feeder.feed(std::string_view(bytes).substr(0, first));
            const std::size_t middle = std::min(second, bytes.size());
            feeder.feed(std::string_view(bytes).substr(first, middle - first));
            feeder.feed(std::string_view(bytes).substr(middle));
            if (feeder.pieces() != kExpected) FAIL("cut at " << first << " and " << middle);
        }
    Feeder bytewise;
    for (const char& byte : bytes) bytewise.feed({&byte, 1});
    CHECK(bytewise.pieces() == kExpected);
}

TEST_CASE("bytes that begin no piece cost none, wherever they stand and the bytes were cut") {
    const std::string picture = packetOf(0, rtp("picture"));
    for (const std::string& rubbish : kRubbish) {
        const std::string bytes = picture + rubbish + picture + rubbish + rubbish + kBare + picture;
        const Pieces expected = {"packet 0 " + rtp("picture"), "packet 0 " + rtp("picture"),
                                 "401 " + kBare + "|", "packet 0 " + rtp("picture")};
        INFO(rubbish);
        CHECK(cutWhole(bytes) == expected);
        for (std::size_t at = 0; at <= bytes.size(); ++at) {
            Feeder feeder;
            feeder.feed(std::string_view(bytes).substr(0, at));
            feeder.feed(std::string_view(bytes).substr(at));
            if (feeder.pieces() != expected) FAIL("cut at " << at);
        }
    }
}

TEST_CASE("random bytes between pieces: the same pieces come, however the bytes are cut") {
    std::mt19937 dice(11);
    const auto upTo = [&dice](std::size_t most) {
        return std::uniform_int_distribution<std::size_t>(0, most)(dice);
    };
    const std::string alphabet("$\0\x01\x08\x80RTSP/OX \r\n", 15);
    std::size_t found = 0;
    for (int round = 0; round < 100; ++round) {
        std::string bytes;
        for (int i = 0; i < 20; ++i) {
            for (std::size_t n = upTo(12); n > 0; --n)
                bytes += upTo(1) == 0 ? static_cast<char>(upTo(255)) : alphabet[upTo(alphabet.size() - 1)];
            const std::string pieces[] = {packetOf(0, rtp(std::string(upTo(2000), 'x'))), kAnswer, kBare,
                                          kQuestion, kSet};
            bytes += pieces[upTo(2) != 0 ? 0 : upTo(4)];
        }
        const Pieces whole = cutWhole(bytes);
        found += whole.size();
        for (const std::size_t most : {1, 7, 300, 5000}) {
            Feeder feeder;
            for (std::string_view rest = bytes; !rest.empty();) {
                const std::size_t size = std::min(rest.size(), 1 + upTo(most - 1));
                feeder.feed(rest.substr(0, size));
                rest.remove_prefix(size);
            }
            if (feeder.pieces() != whole) FAIL("round " << round << ", parts up to " << most);
        }
    }
    CHECK(found > 500);  // of 2000: what begins like a packet may be long
}

TEST_CASE("bursts of random bytes cost no packet once it is told which packets there are") {
    std::mt19937 dice(23);
    const auto upTo = [&dice](std::size_t most) {
        return std::uniform_int_distribution<std::size_t>(0, most)(dice);
    };
    const auto media = [](int type, const std::string& text) {
        return packetOf(0, std::string{'\x80', static_cast<char>(type)} + text);
    };
    std::string bytes;
    std::size_t sent = 0;
    for (int round = 0; round < 400; ++round) {
        for (std::size_t n = 200 + upTo(400); n > 0; --n) bytes += static_cast<char>(upTo(255));
        bytes += media(96 + static_cast<int>(upTo(2)), std::string(upTo(1400) + 10, 'x'));
        bytes += packetOf(1, "\x80\xC8" + std::string(26, 'r'));  // a report
        sent += 2;
    }
    const auto expected = [](const std::vector<std::string>& all) {
        return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [](const std::string& one) {
            return one.starts_with("packet 0 \x80") || one.starts_with("packet 1 \x80\xC8r");
        }));
    };
    const auto cut = [&bytes](const std::string& track, std::size_t most) {
        Feeder feeder = track.empty() ? Feeder() : Feeder(track);
        for (std::string_view rest = bytes; !rest.empty();) {
            feeder.feed(rest.substr(0, most));
            rest.remove_prefix(std::min(rest.size(), most));
        }
        return feeder.pieces();
    };
    const auto told = cut(kVideoLines, bytes.size());
    CHECK(expected(told) >= sent * 99 / 100);
    CHECK(expected(cut("", bytes.size())) < sent * 3 / 4);  // so that this can fail
    CHECK((cut(kVideoLines, 700) == told));
    CHECK((cut(kVideoLines, 1) == told));
}

TEST_CASE(
    "packets of no track are cut where the next piece follows them, as of a third track that nobody set up") {
    const std::string known = packetOf(0, "\x80\x60 picture");
    const std::string stranger = packetOf(4, "\x80\x6B metadata");
    const std::string other_type = packetOf(0, "\x80\x48 of type 72");
    for (const std::string& strange : {stranger, other_type}) {
        const std::string seen = "packet " + std::to_string(strange[1]) + " " + strange.substr(4);
        Feeder feeder(kVideoLines);
        feeder.feed(known + strange + known + strange + kBare + strange + "\r\n" + known);
        const std::string picture = "packet 0 \x80\x60 picture";
        CHECK(feeder.pieces() == Pieces{picture, seen, picture, seen, "401 " + kBare + "|", seen, picture});
    }
    Feeder feeder(kVideoLines);
    feeder.feed(packetOf(4, "\x80\x6B" + std::string(20'000, 'x')) + known);  // longer than strangers may be
    CHECK(feeder.pieces() == Pieces{"packet 0 \x80\x60 picture"});
}

TEST_CASE("packets of all sizes in parts of all sizes go through one buffer") {
    std::mt19937 dice(7);
    const auto upTo = [&dice](std::size_t most) {
        return std::uniform_int_distribution<std::size_t>(0, most)(dice);
    };
    std::string bytes;
    Pieces expected;
    for (int i = 0; i < 60; ++i) {
        std::string data(i % 10 == 0 ? 65535 : 8 + upTo(3000), static_cast<char>('a' + i % 26));
        data.front() = '\x80';
        const std::string body(i % 7 == 0 ? RtspCutter::kMaxBody : upTo(500), 'B');
        const std::string head =
            "RTSP/1.0 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n";
        bytes += packetOf(i, data) + head + body;
        expected.push_back("packet " + std::to_string(i) + " " + data);
        expected.push_back("200 " + head + "|" + body);
    }
    for (const std::size_t most : {1500, 70000, 300000}) {
        Feeder feeder;
        for (std::string_view rest = bytes; !rest.empty();) {
            const std::size_t size = std::min(rest.size(), upTo(most));
            feeder.feed(rest.substr(0, size));
            rest.remove_prefix(size);
        }
        CHECK((feeder.pieces() == expected));  // not printed: megabytes
    }
}

TEST_CASE("more than anybody sends is refused, not waited for") {
    const std::string ok = "RTSP/1.0 200 OK\r\n";
    const std::string much(RtspCutter::kMaxRubbish + 1, '\x01');
    for (const std::string& bytes :
         {ok + "Content-Length: 65537\r\n\r\n", ok + "Content-Length: 99999999999999999999 bytes\r\n\r\n",
          much + ok + "\r\n", kBare.substr(0, 4) + much}) {
        INFO(bytes.substr(0, 60));
        CHECK(cutWhole(bytes) == Pieces{"broken"});
    }
    CHECK(cutWhole(much.substr(1) + "RTSP/1.0 200\r\n\r\n").size() == 1);
    CHECK(cutWhole(std::string(200'000, '\n') + "RTSP/1.0 200\r\n\r\n").size() ==
          1);  // to keep the line alive

    // A head, and a line, that could have been ones for longer than either lasts.
    for (const std::string& endless :
         {ok + std::string(RtspCutter::kMaxHead, 'x'), "RTSP/" + std::string(3000, '1'),
          "OPTIONS " + std::string(3000, '*')}) {
        INFO(endless.substr(0, 60));
        CHECK(cutWhole(endless + kBare) == Pieces{"401 " + kBare + "|"});
        CHECK(cutWhole(endless + packetOf(3, rtp("x"))) == Pieces{"packet 3 " + rtp("x")});
    }
}

TEST_CASE("the length of a body is the number with which its field begins") {
    for (const char* length : {"6", "6 bytes", "6;", "06", "6, 7"}) {
        const std::string head = "RTSP/1.0 200 OK\r\nContent-Length: " + std::string(length) + "\r\n\r\n";
        CHECK(cutWhole(head + "abcdef" + kBare) == Pieces{"200 " + head + "|abcdef", "401 " + kBare + "|"});
    }
    const std::string none = "RTSP/1.0 200 OK\r\nContent-Length:\r\n\r\n";
    CHECK(cutWhole(none + kBare) == Pieces{"200 " + none + "|", "401 " + kBare + "|"});
}

TEST_CASE("a description is read as strangers write it, and its addresses lead to its tracks") {
    const Description found = parseDescription(
        "v=0\r\ns=x\r\nrubbish\r\na=control:*\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 "
        "H264/90000\r\na=control:trackID=1\r\n"
        "M=x\nm=audio 0 RTP/AVP 0\na=Control: rtsp://c/a \nm=application");
    CHECK(found.control == "*");
    REQUIRE(found.tracks.size() == 3);
    CHECK(found.tracks[0].kind == "video");
    CHECK(found.tracks[0].control == "trackID=1");
    CHECK(found.tracks[0].text.starts_with("m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"));
    CHECK(found.tracks[1].control == "rtsp://c/a");
    CHECK(found.tracks[2].kind == "application");
    CHECK(parseDescription("").tracks.empty());
    for (const char* media : {"m=video 0  RTP/AVP 96", "m=video\t0\tRTP/AVP\t96", "m= video 0 RTP/AVP 96"})
        CHECK(parseDescription(media).tracks.at(0).kind == "video");

    CHECK(controlUrl("rtsp://c/main", "trackID=1") == "rtsp://c/main/trackID=1");
    CHECK(controlUrl("rtsp://c/main/", "trackID=1") == "rtsp://c/main/trackID=1");
    CHECK(controlUrl("rtsp://c/main?a=b", "trackID=1") == "rtsp://c/main?a=b/trackID=1");
    CHECK(controlUrl("rtsp://c/main", "RTSP://d/x") == "RTSP://d/x");
    for (const char* none : {"", "*", "x\r\nX: 1", "a b"})
        CHECK(controlUrl("rtsp://c/main", none) == "rtsp://c/main");

    CHECK(redirectedUrl("rtsp://c:81/a/b", "rtsp://d/x") == "rtsp://d/x");
    CHECK(redirectedUrl("rtsp://c:81/a/b", "/x/y") == "rtsp://c:81/x/y");
    CHECK(redirectedUrl("rtsp://c:81/a/b", "y") == "rtsp://c:81/a/y");
    CHECK(redirectedUrl("rtsp://c:81", "y") == "rtsp://c:81/y");
    CHECK(redirectedUrl("rtsp://c:81/a/b", "/x?from=rtsp://d/y") == "rtsp://c:81/x?from=rtsp://d/y");
    CHECK(redirectedUrl("rtsp://c:81/a/b", "://d") == "rtsp://c:81/a/://d");
    CHECK(redirectedUrl("rtsp://192.0.2.1/a/b", "192.0.2.1:554/x/") == "rtsp://192.0.2.1:554/x/");
    CHECK(redirectedUrl("rtsp://192.0.2.1:554/a/b", "192.0.2.1:554/x/") == "rtsp://192.0.2.1:554/x/");
    CHECK(redirectedUrl("rtsp://192.0.2.1:554/a/b", "192.0.2.1/x/") == "rtsp://192.0.2.1/x/");
    CHECK(redirectedUrl("rtsp://192.0.2.1:554", "192.0.2.1:554") == "rtsp://192.0.2.1:554");
    CHECK(redirectedUrl("rtsp://Cam.lan:554/a?b", "cam.LAN:554/x") == "rtsp://cam.LAN:554/x");
    CHECK(redirectedUrl("rtsp://[2001:db8::1]:554/a/b", "[2001:db8::1]:554/x") ==
          "rtsp://[2001:db8::1]:554/x");
    CHECK(redirectedUrl("rtsp://192.0.2.1/a/b", "192.0.2.10/x") == "rtsp://192.0.2.1/a/192.0.2.10/x");
    CHECK(redirectedUrl("rtsp://192.0.2.1/a/b", "192.0.2.1") == "rtsp://192.0.2.1/a/192.0.2.1");
    CHECK(redirectedUrl("rtsp://192.0.2.1/a/b", "192.0.2.2:554/x") == "rtsp://192.0.2.1/a/192.0.2.2:554/x");
    CHECK(redirectedUrl("rtsp://c", "").empty());
    CHECK(redirectedUrl("rtsp://c", "rtsp://d/\r\nX: 1").empty());
}

TEST_CASE("a description ends at its first NUL, as that of a camera that sends the end of its string, too") {
    const std::string text = "v=0\r\nm=video 0 RTP/AVP 96\r\na=control:track1";
    const std::string behind = std::string(1, '\0') + "\r\na=control:track2\r\nm=audio 0 RTP/AVP 0\r\n";
    for (const std::string& end : {std::string(1, '\0'), "\r\n" + std::string(3, '\0'), behind}) {
        const Description found = parseDescription(text + end);
        REQUIRE(found.tracks.size() == 1);
        CHECK(found.tracks[0].control == "track1");
        CHECK(found.tracks[0].text == "m=video 0 RTP/AVP 96\r\na=control:track1\r\n");
    }
    CHECK(parseDescription(behind).tracks.empty());
}

TEST_CASE("fields of a head are found whatever their case is, and parameters behind them") {
    const std::string head = "RTSP/1.0 200 OK\r\nSESSION : AB;c ; Timeout = \"30\"\r\nX:1\nX: 2\r\n\r\n";
    CHECK(fieldOf(head, "Session") == "AB;c ; Timeout = \"30\"");
    CHECK(parameterOf(fieldOf(head, "Session"), "timeout") == "30");
    CHECK(parameterOf("AB;timeout=30", "time").empty());
    CHECK(parameterOf("timeout=30", "timeout").empty());
    CHECK(fieldsOf(head, "x").size() == 2);
    CHECK(fieldOf(head, "Y").empty());
}

}  // namespace rtsp_message_test
