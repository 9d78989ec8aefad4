/// Who gets which picture, and when: live pictures at their rate, each still answered once.
#include "worker/analyse/viewers.h"

#include "clip.h"
#include "ipc/channel.h"
#include "support/catch.h"
#include "support/fake_clock.h"

namespace viewers_test {

using namespace porchlight;
using namespace porchlight::worker;

namespace {

/// Viewers under a fake clock, and what the core hears of them.
class Bench {
  public:
    Bench() {
        auto [ours, theirs] = ipc::Channel::socketPair();
        worker_end_.emplace(std::move(ours), std::size_t{8} << 20U);
        core_end_.emplace(std::move(theirs), std::size_t{1} << 20U);
    }

    template <class T>
    std::vector<T> told() {
        std::vector<T> out;
        while (!outbox.isEmpty()) {
            outbox.pump(*worker_end_);
            while (const auto message = core_end_->receive())
                if (const auto* wanted = std::get_if<T>(&*message)) out.push_back(*wanted);
        }
        return out;
    }

    Picture picture(int width = 64, int height = 48) const {
        Picture out = test::makePicture(width, height, 0);
        out.arrived_at = clock.now();
        return out;
    }

    /// That picture as a camera's JPEG.
    Packet jpeg(int width, int height) {
        auto bytes = std::make_shared<base::Bytes>(JpegEncoder().encode(picture(width, height), 0, 80));
        Packet packet;
        packet.data = *bytes;
        packet.owner = bytes;
        packet.arrived_at = clock.now();
        return packet;
    }

    test::FakeClock clock;
    base::Waker waker;
    Progress progress;
    Outbox outbox{waker, progress};
    Viewers viewers{clock, outbox};

  private:
    std::optional<ipc::Channel> worker_end_;
    std::optional<ipc::Channel> core_end_;
};

std::vector<std::uint64_t> idsOf(const std::vector<ipc::Still>& stills) {
    std::vector<std::uint64_t> out;
    for (const ipc::Still& still : stills) out.push_back(still.id);
    return out;
}

}  // namespace

TEST_CASE("live pictures come at the wanted rate, however fast the camera is, and end with the wish",
          "[worker]") {
    Bench bench;
    bench.viewers.show(bench.picture(), true);
    CHECK(bench.told<ipc::LivePicture>().empty());
    bench.viewers.setLive({true, 1280, 5, 60});
    CHECK(bench.viewers.isAnyone());
    int shown = 0;
    for (int i = 0; i < 75; ++i) {  // three seconds
        bench.viewers.show(bench.picture(), true);
        shown += static_cast<int>(bench.told<ipc::LivePicture>().size());
        bench.clock.advance(milliseconds(40));
    }
    CHECK(shown == Approx(15).margin(1));
    bench.viewers.setLive({});
    CHECK_FALSE(bench.viewers.isAnyone());
    bench.clock.advance(seconds(1));
    bench.viewers.show(bench.picture(), true);
    CHECK(bench.told<ipc::LivePicture>().empty());
}

TEST_CASE("a picture that comes a quarter of its turn early is on time", "[worker]") {
    Bench bench;
    bench.viewers.setLive({true, 1280, 10, 60});
    std::size_t shown = 0;
    for (int i = 0; i < 20; ++i) {
        bench.viewers.show(bench.picture(), true);
        shown += bench.told<ipc::LivePicture>().size();
        bench.clock.advance(milliseconds(i % 2 == 0 ? 76 : 124));  // jitter around 100 ms
    }
    CHECK(shown == 20);
}

TEST_CASE("a still waits for a clean picture, and tells when it was taken", "[worker]") {
    Bench bench;
    bench.viewers.requestStill({7, 0, 85});
    CHECK(bench.viewers.isAnyone());
    bench.viewers.show(bench.picture(), false);
    CHECK(bench.told<ipc::Still>().empty());
    Picture picture = bench.picture();
    picture.captured_at = bench.clock.now() - milliseconds(30);
    bench.clock.advance(milliseconds(20));
    bench.viewers.show(picture, true);
    const auto stills = bench.told<ipc::Still>();
    REQUIRE(stills.size() == 1);
    CHECK(stills[0].error.empty());
    CHECK(jpegSize(stills[0].jpeg).width_px == 64);
    CHECK(stills[0].at_us == (bench.clock.wallNow() - milliseconds(50)).time_since_epoch().count());
    CHECK_FALSE(bench.viewers.isAnyone());
    bench.viewers.show(bench.picture(), true);
    CHECK(bench.told<ipc::Still>().empty());
}

TEST_CASE("stills are refused when they waited too long, and when too many wait", "[worker]") {
    Bench bench;
    for (std::uint64_t id = 1; id <= 16; ++id) {
        bench.viewers.requestStill({id, 0, 85});
        if (id == 4) bench.clock.advance(seconds(5));
    }
    CHECK(bench.told<ipc::Still>().empty());
    bench.viewers.requestStill({17, 0, 85});
    const auto too_many = bench.told<ipc::Still>();
    CHECK(idsOf(too_many) == std::vector<std::uint64_t>{17});
    CHECK_FALSE(too_many.at(0).error.empty());
    bench.viewers.refuseStills("late", seconds(5));
    CHECK(idsOf(bench.told<ipc::Still>()) == std::vector<std::uint64_t>{1, 2, 3, 4});
    bench.viewers.refuseStills("gone");
    const auto rest = bench.told<ipc::Still>();
    CHECK(rest.size() == 12);
    CHECK(rest.at(0).error == "gone");
    CHECK_FALSE(bench.viewers.isAnyone());
}

TEST_CASE("a JPEG goes as it is to whom it fits, and is decoded for the others only", "[worker]") {
    Bench bench;
    const Packet jpeg = bench.jpeg(320, 240);
    int decoded = 0;
    const auto decode = [&] {
        ++decoded;
        return JpegDecoder().decodePicture(jpeg.data);
    };
    bench.viewers.showJpeg(jpeg, decode);
    CHECK(bench.outbox.isEmpty());
    bench.viewers.setLive({true, 640, 5, 60});
    bench.viewers.requestStill({1, 0, 85});
    bench.viewers.requestStill({2, 320, 85});
    bench.viewers.showJpeg(jpeg, decode);
    CHECK(decoded == 0);
    const auto as_it_is = bench.told<ipc::Still>();
    REQUIRE(as_it_is.size() == 2);
    for (const auto& still : as_it_is)
        CHECK(std::equal(still.jpeg.begin(), still.jpeg.end(), jpeg.data.begin(), jpeg.data.end()));
    bench.clock.advance(seconds(1));
    bench.viewers.setLive({true, 160, 5, 60});
    bench.viewers.requestStill({3, 160, 85});
    bench.viewers.requestStill({4, 0, 85});
    bench.viewers.showJpeg(jpeg, decode);
    CHECK(decoded == 1);
    const auto stills = bench.told<ipc::Still>();
    CHECK(idsOf(stills) == std::vector<std::uint64_t>{4, 3});
    CHECK(jpegSize(stills.at(1).jpeg).width_px == 160);
}

TEST_CASE("a JPEG that does not decode leaves those waiting who needed that", "[worker]") {
    Bench bench;
    const Packet jpeg = bench.jpeg(320, 240);
    bench.viewers.requestStill({1, 160, 85});
    bench.viewers.requestStill({2, 0, 85});
    const auto fail = []() -> Picture { throw Error(ErrorKind::BadData, "no JPEG"); };
    CHECK_THROWS_AS(bench.viewers.showJpeg(jpeg, fail), Error);
    CHECK(idsOf(bench.told<ipc::Still>()) == std::vector<std::uint64_t>{2});
    CHECK(bench.viewers.isAnyone());
    bench.viewers.showJpeg(jpeg, [&] { return JpegDecoder().decodePicture(jpeg.data); });
    CHECK(idsOf(bench.told<ipc::Still>()) == std::vector<std::uint64_t>{1});
}

}  // namespace viewers_test
