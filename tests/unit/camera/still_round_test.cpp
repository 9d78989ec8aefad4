/// Simultaneous stills: one camera's trouble is nobody else's.
#include "camera/still_round.h"

#include <map>
#include <mutex>
#include <thread>

#include "support/catch.h"

namespace still_round_test {

using namespace porchlight;
using namespace porchlight::camera;
using namespace std::chrono_literals;

namespace {

/// Cameras that answer as told: at once, never, with an error, or only after so many restarts.
class Cameras final : public Control {
  public:
    struct Manner {
        bool is_silent = false;
        std::string error;
        int heals_after_restarts = -1;  ///< of silence or error; -1: never
        State state = State::Running;
        std::int64_t at_us = 0;
        std::size_t jpeg_bytes = 2;
        std::size_t answers_at = 0;  ///< silent until asked so often; then all are answered, the oldest first
    };
    std::map<std::string, Manner> manners;
    std::map<std::string, int> restarts;
    std::map<std::string, int> asked;
    std::mutex mutex;  ///< guards what follows
    std::vector<std::function<void(StillResult)>> unanswered;
    bool is_stopping = false;

    std::vector<Status> statuses() const override { return {}; }
    std::optional<Status> status(const std::string& camera) const override {
        const auto found = manners.find(camera);
        if (found == manners.end()) return std::nullopt;
        Status status;
        status.name = camera;
        status.state = found->second.state;
        return status;
    }
    LiveHub& live() override { return hub_; }
    std::vector<StillResult> stills(const std::vector<std::string>&, Deadline) override { return {}; }
    bool askStill(const std::string& camera, std::function<void(StillResult)> answer) override {
        if (is_stopping) return false;
        ++asked[camera];
        const Manner& manner = manners.at(camera);
        const bool is_healed =
            manner.heals_after_restarts >= 0 && restarts[camera] >= manner.heals_after_restarts;
        if (manner.is_silent && !is_healed) {
            const std::lock_guard lock(mutex);
            unanswered.push_back(std::move(answer));
            if (unanswered.size() != manner.answers_at) return true;
            for (const auto& late : unanswered)
                late({camera, "", {}, std::vector<std::uint8_t>(manner.jpeg_bytes), 1});
        } else
            answer({camera, is_healed ? "" : manner.error, WallTime(microseconds(manner.at_us)),
                    std::vector<std::uint8_t>(manner.jpeg_bytes, 0xff), 1});
        return true;
    }
    bool command(const std::string&, const CameraCommand&, std::function<void(CommandResult)>) override {
        return false;
    }
    std::optional<RecoveryReport> recover(const std::string&, Rung, Deadline) override {
        FAIL("stills take nobody's recovery attempt away");
        return std::nullopt;
    }
    bool restartStream(const std::string& camera) override {
        ++restarts[camera];
        return true;
    }
    bool setDetect(const std::string&, bool, const std::string&) override { return false; }
    bool setEnabled(const std::string&, bool, const std::string&) override { return false; }
    bool setRecordMode(const std::string&, config::RecordMode, const std::string&) override { return false; }

  private:
    LiveHub hub_;
};

StillPlan plan(milliseconds timeout, int attempts) {
    StillPlan out;
    out.timeout = timeout;
    out.attempts = attempts;
    return out;
}

}  // namespace

TEST_CASE("all cameras answer at once, in the order asked, with the spread of their times") {
    Cameras cameras;
    cameras.manners["a"].at_us = 1'000'000;
    cameras.manners["b"].at_us = 1'040'000;
    cameras.manners["c"].at_us = 1'010'000;
    const auto before = Monotonic::now();
    const auto stills = takeStills(cameras, {"c", "a", "b"}, plan(10s, 3));
    CHECK(Monotonic::now() - before < 2s);
    REQUIRE(stills.size() == 3);
    CHECK(stills[0].camera == "c");
    CHECK(stills[2].camera == "b");
    for (const auto& still : stills) {
        CHECK(still.error.empty());
        CHECK(still.attempts == 1);
    }
    CHECK(spreadOf(stills) == 40ms);
    CHECK(spreadOf({stills[0]}) == 0us);
    CHECK(spreadOf({}) == 0us);
    CHECK(cameras.restarts.empty());
}

TEST_CASE("a silent camera gets its restarts; the others were asked once and wait for nobody's sake") {
    Cameras cameras;
    cameras.manners["good"] = {};
    cameras.manners["dead"].is_silent = true;
    cameras.manners["sleepy"].is_silent = true;
    cameras.manners["sleepy"].heals_after_restarts = 1;
    const auto before = Monotonic::now();
    const auto stills = takeStills(cameras, {"good", "dead", "sleepy"}, plan(200ms, 3));
    const auto took = Monotonic::now() - before;
    CHECK(took >= 600ms);
    CHECK(took < 2s);
    CHECK(stills[0].error.empty());
    CHECK(stills[0].attempts == 1);
    CHECK(cameras.asked["good"] == 1);
    CHECK(cameras.restarts["good"] == 0);
    CHECK(stills[1].error == "no picture within 200 ms");
    CHECK(stills[1].attempts == 3);
    CHECK(cameras.restarts["dead"] == 2);
    CHECK(stills[2].error.empty());
    CHECK(stills[2].attempts == 2);
    for (auto& late : cameras.unanswered)
        late({"dead", "", {}, {1}, 1});  // answers after the round hurt nobody
}

TEST_CASE("an answer to an earlier attempt is not taken for the later one's failure") {
    Cameras cameras;
    cameras.manners["slow"].is_silent = true;
    std::thread late([&] {
        std::this_thread::sleep_for(300ms);
        std::function<void(StillResult)> answer;
        {
            const std::lock_guard lock(cameras.mutex);
            if (!cameras.unanswered.empty()) answer = cameras.unanswered.front();
        }
        if (answer) answer({"slow", "too late", {}, {}, 1});
    });
    const auto stills = takeStills(cameras, {"slow"}, plan(200ms, 2));
    late.join();
    CHECK(stills[0].error == "no picture within 200 ms");
    CHECK(stills[0].attempts == 2);
}

TEST_CASE("a camera that says not now is asked again within its attempt, and its reason is told in the end") {
    Cameras cameras;
    cameras.manners["offline"].error = "no picture for 12 s";
    const auto before = Monotonic::now();
    const auto stills = takeStills(cameras, {"offline"}, plan(1200ms, 1));
    CHECK(Monotonic::now() - before >= 1200ms);
    CHECK(stills[0].error == "no picture for 12 s");
    CHECK(cameras.asked["offline"] >= 2);
    CHECK(cameras.asked["offline"] <= 3);
}

TEST_CASE("cameras that cannot answer are told at once") {
    Cameras cameras;
    cameras.manners["off"].state = State::Disabled;
    const auto before = Monotonic::now();
    const auto stills = takeStills(cameras, {"off", "nowhere"}, plan(10s, 3));
    CHECK(Monotonic::now() - before < 5s);
    CHECK(stills[0].error == "the camera is disabled");
    CHECK(stills[1].error == "no such camera");
    cameras.manners["off"].state = State::Running;
    cameras.is_stopping = true;
    CHECK(takeStills(cameras, {"off"}, plan(10s, 3))[0].error == "the cameras are being stopped");
    CHECK(takeStills(cameras, {}, plan(10s, 3)).empty());
}

TEST_CASE("the pictures of a round were bounded one by one and not together") {
    Cameras cameras;
    std::vector<std::string> names;
    for (char name = 'a'; name <= 'i'; ++name) names.emplace_back(1, name);
    for (const std::string& name : names) cameras.manners[name].jpeg_bytes = 4U << 20U;
    cameras.manners["j"].jpeg_bytes = 1;
    names.emplace_back("j");
    const auto stills = takeStills(cameras, names, plan(10s, 3));
    REQUIRE(stills.size() == 10);
    for (std::size_t i = 0; i < 8; ++i) {
        CHECK(stills[i].error.empty());
        CHECK(stills[i].jpeg.size() == 4U << 20U);
    }
    for (std::size_t i = 8; i < 10; ++i) {
        CHECK(stills[i].error == kTooLargeTogether);
        CHECK(stills[i].jpeg.capacity() == 0);
        CHECK(cameras.asked[names[i]] == 1);
    }
    CHECK(cameras.restarts.empty());
}

TEST_CASE("a picture that came too late takes no room from the others of the round") {
    Cameras cameras;
    cameras.manners["slow"].is_silent = true;
    cameras.manners["slow"].jpeg_bytes = 600;
    cameras.manners["slow"].answers_at = 2;  // before the round's thread can look at the first
    StillPlan narrow = plan(200ms, 2);
    narrow.max_bytes = 1'000;
    const auto stills = takeStills(cameras, {"slow"}, narrow);
    CHECK(cameras.asked["slow"] == 2);
    CHECK(stills[0].error.empty());
    CHECK(stills[0].jpeg.size() == 600);
}

TEST_CASE("a picture that came with an error takes no room from the others of the round") {
    Cameras cameras;
    cameras.manners["odd"].error = "half a picture";
    cameras.manners["odd"].jpeg_bytes = 600;
    cameras.manners["good"].jpeg_bytes = 600;
    StillPlan narrow = plan(200ms, 1);
    narrow.max_bytes = 1'000;
    const auto stills = takeStills(cameras, {"odd", "good"}, narrow);
    CHECK(stills[0].error == "half a picture");
    CHECK(stills[1].error.empty());
    CHECK(stills[1].jpeg.size() == 600);
}

TEST_CASE("a cancelled round ends soon") {
    Cameras cameras;
    cameras.manners["dead"].is_silent = true;
    StillPlan cancelled = plan(30s, 3);
    cancelled.is_cancelled = [until = Monotonic::now() + 300ms] { return Monotonic::now() > until; };
    const auto before = Monotonic::now();
    takeStills(cameras, {"dead"}, cancelled);
    CHECK(Monotonic::now() - before < 2s);
}

TEST_CASE(
    "regression: impatient stills restart no stream that may still be opening, and none without the right "
    "to") {
    Cameras cameras;
    cameras.manners["slow"].is_silent = true;
    StillPlan impatient = plan(100ms, 10);
    impatient.open_timeout = [](const std::string&) { return 350ms; };
    CHECK(takeStills(cameras, {"slow"}, impatient)[0].attempts == 10);
    CHECK(cameras.restarts["slow"] >= 1);
    CHECK(cameras.restarts["slow"] <= 2);
    cameras.restarts.clear();
    impatient.may_restart = false;
    impatient.open_timeout = [](const std::string&) { return 0ms; };
    CHECK(takeStills(cameras, {"slow"}, impatient)[0].attempts == 10);
    CHECK(cameras.restarts["slow"] == 0);
}

}  // namespace still_round_test
