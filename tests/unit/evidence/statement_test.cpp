/// What an evidence pack says in words, and the hashes of its files.
#include <Poco/JSON/Parser.h>

#include "base/secret/sha256.h"
#include "evidence/evidence.h"
#include "porchlight/error.h"
#include "support/catch.h"

namespace statement_test {

using namespace porchlight;

namespace {

WallTime at(std::int64_t second) {
    return WallTime(seconds(1'790'000'000 + second));
}

evidence::Evidence example() {
    evidence::Evidence evidence;
    evidence.request = {{"porch", "yard"}, at(0),    at(3600), "the </script> parcel", "ada",
                        "192.0.2.1",       at(7200), "1.2.3"};
    evidence.node = "node-1";
    clip::ClipPart part;
    part.started_at = at(0);
    part.ended_at = at(600);
    part.size_bytes = 1000;
    evidence.clips.push_back({"porch/a.mp4", "porch", part, std::string(64, '0')});
    evidence::EvidenceCamera camera;
    camera.name = "porch";
    camera.recorded = std::chrono::minutes(54);
    camera.gap_sums = {{"unplugged", std::chrono::minutes(6)}};
    camera.gaps = {{at(600), at(960), "unplugged"}};
    evidence.cameras.push_back(camera);
    evidence.clock.steps.push_back({at(700), seconds{-3600}, "stepped"});
    return evidence;
}

}  // namespace

TEST_CASE("the statement says what is missing and what the clock did") {
    const std::string text = evidence::statementOf(example());
    INFO(text);
    CHECK(text.find("Recorded: 54 min 0 s of 60 min 0 s (90.0 %)") != std::string::npos);
    CHECK(text.find("because of unplugged: 6 min 0 s") != std::string::npos);
    CHECK(text.find("set back by 60 min 0 s") != std::string::npos);
    CHECK(text.find("not synchronised") != std::string::npos);
}

TEST_CASE("regression: a note cannot imitate lines of the statement or command a terminal") {
    evidence::Evidence evidence = example();
    evidence.request.note = "the parcel\n\nClock\r\n  No step.\x1b[2J\xc2\x9b\xe2\x80\xae gr\xc3\xbc\xc3\x9f";
    const std::string text = evidence::statementOf(evidence);
    INFO(text);
    CHECK(text.find("Note:\n  > the parcel\n  > \n  > Clock\n  >   No step.[2J gr\xc3\xbc\xc3\x9f\n\n") !=
          std::string::npos);
    CHECK(text.find_first_of("\x1b\r") == std::string::npos);
}

TEST_CASE(
    "the files of a pack keep their length when the hashes are known, and the manifest's hashes are right") {
    evidence::Evidence evidence = example();
    const std::string page = "<script>@DATA@</script>";
    const auto before = evidence::evidenceFiles(evidence, page);
    evidence.clips[0].sha256 = base::sha256Hex("abc");
    CHECK(evidence.clips[0].sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    const auto after = evidence::evidenceFiles(evidence, page);
    REQUIRE(before.size() == after.size());
    for (std::size_t i = 0; i < after.size(); ++i) {
        CHECK(after[i].name == before[i].name);
        CHECK(after[i].content.size() == before[i].content.size());
    }
    const auto manifest = Poco::JSON::Parser().parse(after.back().content).extract<Poco::JSON::Object::Ptr>();
    CHECK(after.back().name == "manifest.json");
    CHECK(manifest->getArray("clips")->getObject(0)->getValue<std::string>("sha256") ==
          evidence.clips[0].sha256);
    const auto files = manifest->getArray("files");
    REQUIRE(files->size() == after.size() - 1);
    for (std::size_t i = 0; i < files->size(); ++i)
        CHECK(files->getObject(static_cast<unsigned>(i))->getValue<std::string>("sha256") ==
              base::sha256Hex(after[i].content));
    for (const auto& file : after)
        if (file.name == "index.html")
            CHECK(file.content.find("the \\u003c/script> parcel") != std::string::npos);
    CHECK_THROWS_AS(evidence::evidenceFiles(evidence, "no mark"), Error);
}

}  // namespace statement_test
