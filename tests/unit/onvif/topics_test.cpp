/// What notifications mean, and what is made of begins and ends that come twice, late or never.
#include "onvif/events/topics.h"

#include "onvif/events/detections.h"
#include "onvif/events/subscription.h"
#include "onvif/soap.h"
#include "support/catch.h"

namespace topics_test {

using namespace porchlight;
using namespace porchlight::onvif;
using namespace std::chrono_literals;

namespace {

/// "Name=value Name=value"
std::vector<Item> itemsOf(const std::string& text) {
    std::vector<Item> out;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find(' ', at), text.size());
        const std::size_t equal = text.find('=', at);
        out.push_back({text.substr(at, equal - at), text.substr(equal + 1, end - equal - 1)});
        at = end + 1;
    }
    return out;
}

Notification notification(const std::string& topic, const std::string& data, const std::string& source = "",
                          PropertyOperation operation = PropertyOperation::Changed) {
    Notification out;
    out.topic = plainTopic(topic);
    out.source = itemsOf(source);
    out.data = itemsOf(data);
    out.operation = operation;
    return out;
}

/// "person+ vehicle-", a moment as "line!"
std::string told(const Notification& one) {
    std::string out;
    for (const Meaning& meaning : meaningsOf(one))
        out += (out.empty() ? "" : " ") + meaning.label +
               (!meaning.has_end ? "!"
                : meaning.is_on  ? "+"
                                 : "-");
    return out;
}

std::string told(const std::vector<CameraDetection>& detections) {
    std::string out;
    for (const CameraDetection& one : detections)
        out += (out.empty() ? "" : " ") + one.label + (!one.has_end ? "!" : one.is_on ? "+" : "-");
    return out;
}

const WallTime kNoon = std::chrono::sys_days(std::chrono::year(2026) / 12 / 1) + 12h;

/// States of one camera, by a clock of the test's.
struct Told {
    Detections detections;
    Detections::Now now{kNoon, Monotonic::time_point(1h), std::nullopt};

    std::string take(const Notification& one) { return told(detections.take({one}, now)); }
    std::string nothing() { return told(detections.take({}, now)); }
    void pass(seconds span) {
        now.wall += span;
        now.monotonic += span;
    }
};

}  // namespace

TEST_CASE("topics of all makers mean what they mean") {
    const struct {
        const char* topic;
        const char* data;
        const char* told;
    } rows[] = {
        {"tns1:RuleEngine/CellMotionDetector/Motion", "IsMotion=true", "motion+"},
        {"tns1:RuleEngine/CellMotionDetector/Motion", "IsMotion=false", "motion-"},
        {"tns1:RuleEngine/CellMotionDetector/Motion", "IsMotion=maybe", ""},
        {"tns1:RuleEngine/MotionRegionDetector/Motion", "State=1", "motion+"},
        {"tns1:VideoSource/MotionAlarm", "State=true", "motion+"},
        {"tns1:VideoAnalytics/tnssamsung:MotionDetection", "Motion=1", "motion+"},
        {"tns1:RuleEngine/MyRuleDetector/PeopleDetect", "State=true", "person+"},
        {"tns1:RuleEngine/MyRuleDetector/DogCatDetect", "State=false", "animal-"},
        {"tns1:RuleEngine/MyRuleDetector/Visitor", "State=true", "input+"},
        {"tns1:RuleEngine/TPSmartEventDetector/TPSmartEvent", "IsVehicle=true", "vehicle+"},
        {"tns1:RuleEngine/TPSmartEventDetector/TPSmartEvent", "IsPet=true IsPeople=false", "animal+ person-"},
        {"tns1:RuleEngine/TPSmartEventDetector/TPSmartEvent", "IsTPSmartEvent=true", "motion+"},
        {"tns1:RuleEngine/SomethingNewDetector/New", "IsHuman=true", "person+"},
        {"tns1:RuleEngine/SomethingNewDetector/New", "State=true", ""},
        {"tns1:RuleEngine/FieldDetector/ObjectsInside", "ObjectId=1 IsInside=true", "motion+"},
        {"tns1:RuleEngine/FieldDetector/ObjectsInside", "IsInside=true ClassTypes=Human", "person+"},
        {"tns1:RuleEngine/LineDetector/Crossed", "ObjectId=0", "line!"},
        {"tns1:RuleEngine/ObjectDetection/Object", "ClassTypes=Vehicle,Human", "vehicle+"},
        {"tns1:RuleEngine/ObjectDetection/Object", "ClassTypes=", "motion-"},
        {"tns1:RuleEngine/TamperDetector/Tamper", "IsTamper=true", "tamper+"},
        {"tns1:VideoSource/GlobalSceneChange/AnalyticsService", "State=true", "tamper+"},
        {"tns1:VideoSource/SignalLoss", "State=true", "video_lost+"},
        {"tns1:Device/tns1:Trigger/tnssamsung:DigitalInput", "Level=true", "input+"},
        {"tns1:Device/Trigger/DigitalInput", "LogicalState=active", "input+"},
        {"tns1:Device/Trigger/Relay", "LogicalState=active", ""},
        {"tns1:AudioAnalytics/Audio/DetectedSound", "IsSoundDetected=true", "sound+"},
        {"tnsaxis:CameraApplicationPlatform/VMD/Camera1Profile1", "active=1", "motion+"},
        {"tnsaxis:CameraApplicationPlatform/VMD/Camera1ProfileANY", "active=1", ""},
        {"tnsaxis:CameraApplicationPlatform/ObjectAnalytics/Device1Scenario1", "active=1 classTypes=human",
         "person+"},
        {"tnsaxis:CameraApplicationPlatform/ObjectAnalytics/xinternal_data", "svgframe=x", ""},
        {"tns1:RuleEngine/tnsaxis:VMD3/vmd3_video_1", "areaActive=1", "motion+"},
        {"tns1:Device/HardwareFailure/StorageFailure", "Failed=true", ""},
        {"tns1:RecordingConfig/JobState", "State=Active", ""},
    };
    for (const auto& row : rows) {
        INFO(row.topic << " " << row.data);
        CHECK(told(notification(row.topic, row.data)) == row.told);
    }
    CHECK(isKnownTopic("VideoSource/MotionAlarm"));
    CHECK_FALSE(isKnownTopic("Monitoring/ProcessorUsage"));
}

TEST_CASE("what a moment is at the beginning of a subscription is no new one") {
    CHECK(told(notification("tns1:RuleEngine/LineDetector/Crossed", "ObjectId=1", "",
                            PropertyOperation::Initialized))
              .empty());
    CHECK(told(notification("tns1:RuleEngine/FieldDetector/ObjectsInside", "ObjectId=1", "Rule=a",
                            PropertyOperation::Deleted)) == "motion-");
}

TEST_CASE("begins and ends are told once, however often the camera tells them") {
    Told camera;
    const auto motion = [](const char* state) {
        return notification("tns1:VideoSource/MotionAlarm", std::string("State=") + state, "Source=1");
    };
    CHECK(camera.take(motion("false")).empty());
    CHECK(camera.take(motion("true")) == "motion+");
    CHECK(camera.take(motion("true")).empty());
    CHECK(camera.take(notification("tns1:VideoSource/MotionAlarm", "State=true", "Source=2")) == "motion+");
    CHECK(camera.take(motion("false")) == "motion-");
    CHECK(camera.take(motion("false")).empty());
    CHECK(camera.detections.isAnyOn());
    const Notification line = notification("tns1:RuleEngine/LineDetector/Crossed", "ObjectId=1", "Rule=a");
    CHECK(camera.take(line) == "line!");
    CHECK(camera.take(line).empty());
    camera.pass(2s);
    CHECK(camera.nothing().empty());
    CHECK(camera.take(line) == "line!");
}

TEST_CASE("two objects in one field are one state, which ends with the last") {
    Told camera;
    const auto object = [](const char* id, const char* state) {
        return notification("tns1:RuleEngine/FieldDetector/ObjectsInside",
                            std::string("IsInside=") + state + " ObjectId=" + id, "Rule=Yard");
    };
    CHECK(camera.take(object("1", "true")) == "motion+");
    CHECK(camera.take(object("2", "true")).empty());
    CHECK(camera.take(object("1", "false")).empty());
    CHECK(camera.take(object("2", "false")) == "motion-");
}

TEST_CASE("a state whose end is never told ends in silence, but not where ends are told") {
    Told camera;
    const auto person = [](const char* state) {
        return notification("tns1:RuleEngine/PeopleDetector/People", std::string("IsPeople=") + state);
    };
    CHECK(camera.take(person("true")) == "person+");
    camera.pass(100s);
    CHECK(camera.take(person("true")).empty());  // refreshed
    camera.pass(100s);
    CHECK(camera.nothing().empty());
    camera.pass(kSilence);
    CHECK(camera.nothing() == "person-");
    CHECK(camera.take(person("true")) == "person+");
    CHECK(camera.take(person("false")) == "person-");
    CHECK(camera.take(person("true")) == "person+");
    camera.pass(2 * kSilence);
    CHECK(camera.nothing().empty());
}

TEST_CASE("after another subscription what lasts is told again, and what is not told has ended") {
    Told camera;
    const Notification motion = notification("tns1:VideoSource/MotionAlarm", "State=true");
    const Notification tamper = notification("tns1:RuleEngine/TamperDetector/Tamper", "IsTamper=true");
    CHECK(camera.take(motion) == "motion+");
    CHECK(camera.take(tamper) == "tamper+");
    camera.detections.doubt(camera.now.monotonic);
    CHECK(camera.take(motion) == "motion+");
    CHECK(camera.take(motion).empty());
    camera.pass(kDoubt);
    CHECK(camera.nothing() == "tamper-");
}

TEST_CASE("times are ours, and nonsense is now") {
    Told camera;
    camera.now.clock_ahead = 3h;
    Notification motion = notification("tns1:VideoSource/MotionAlarm", "State=true");
    const auto atOf = [&](const char* told_time, const char* state) {
        motion.at = dateTime(told_time);
        motion.data = itemsOf(std::string("State=") + state);
        const auto out = camera.detections.take({motion}, camera.now);
        REQUIRE(out.size() == 1);
        return out[0].at;
    };
    CHECK(atOf("2026-12-01T14:59:58.5Z", "true") == kNoon - 1500ms);
    CHECK(atOf("1970-01-01T00:00:00Z", "false") == kNoon);
    CHECK(atOf("2026-12-01T15:00:20Z", "true") == kNoon);  // none is told before it happens
    CHECK(atOf("never", "false") == kNoon);
    CHECK(dateTime("2026-12-01T13:00:00+01:00") == kNoon);
    CHECK(dateTime("2026-12-01T12:00:00") == kNoon);
    CHECK(dateTime("2026-12-01T12:00:00.123456789Z") == kNoon + 123456us);
    for (const char* text : {"", "T", "0000-00-00T00:00:00Z", "2026-12-01", "2026-12-01T12:00:00+1:00",
                             "2026-13-01T12:00:00Z", "-2h", "2026-12-01T12:00:00+99:00"}) {
        INFO(text);
        CHECK_FALSE(dateTime(text));
    }
}

TEST_CASE("a camera with more states than are kept costs no more memory, and no end of what was told") {
    Told camera;
    std::size_t begun = 0;
    std::size_t ended = 0;
    for (std::size_t i = 0; i < 4 * kMaxStates; ++i) {
        const auto one =
            notification("tns1:VideoSource/MotionAlarm", "State=true", "Source=" + std::to_string(i));
        for (const auto& told : camera.detections.take({one}, camera.now)) ++(told.is_on ? begun : ended);
    }
    CHECK(begun <= ended + kMaxStates);
    std::vector<Notification> flood(
        1000, notification("tns1:RuleEngine/LineDetector/Crossed", "ObjectId=1", "Rule=a"));
    for (std::size_t i = 0; i < flood.size(); ++i) flood[i].source[0].value = std::to_string(i);
    CHECK(camera.detections.take(flood, camera.now).size() <= kMaxDetections);
}

TEST_CASE("notifications are read as cameras write them") {
    const SoapAnswer answer =
        readSoap(R"(<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>
<tev:PullMessagesResponse><tev:CurrentTime>2026-12-01T12:00:00Z</tev:CurrentTime>
<wsnt:NotificationMessage><wsnt:Topic Dialect="x"> tns1:RuleEngine/tnsaxis:VMD3/vmd3_video_1
</wsnt:Topic><wsnt:Message><tt:Message UtcTime="2026-12-01T12:00:00Z" PropertyOperation="Initialized">
<tt:Source><tt:SimpleItem Name="Rule" Value="A &amp; B"/></tt:Source>
<tt:Key><tt:SimpleItem Name="ObjectId" Value="5"/></tt:Key>
<tt:Data><tt:SimpleItem Name="areaActive">1</tt:SimpleItem><tt:ElementItem Name="x"/></tt:Data>
</tt:Message></wsnt:Message></wsnt:NotificationMessage>
<wsnt:NotificationMessage><wsnt:Topic/></wsnt:NotificationMessage>
<wsnt:NotificationMessage><wsnt:Topic>a:B</wsnt:Topic><wsnt:Message UtcTime="x"/></wsnt:NotificationMessage>
</tev:PullMessagesResponse></s:Body></s:Envelope>)");
    const auto read = notificationsIn(answer.content);
    REQUIRE(read.size() == 2);
    CHECK(read[0].topic == "RuleEngine/VMD3/vmd3_video_1");
    CHECK(read[0].operation == PropertyOperation::Initialized);
    CHECK(read[0].at == kNoon);
    REQUIRE(read[0].source.size() == 2);
    CHECK(read[0].source[0].value == "A & B");
    REQUIRE(read[0].data.size() == 1);
    CHECK(read[0].data[0].value == "1");
    CHECK(meaningsOf(read[0]).at(0).place == "A & B");
    CHECK(read[1].topic == "B");
    CHECK_FALSE(read[1].at);
}

TEST_CASE("reference parameters go back with their namespaces") {
    const Node told = parseXml(
        R"(<e:Reference xmlns:e="urn:e" xmlns="urn:default">
<p:Id xmlns:p="http://maker.example/event" a="b">7 &lt;</p:Id>
<Plain><e:In>x</e:In></Plain></e:Reference>)");
    CHECK(echoed(told) ==
          R"(<Id xmlns="http://maker.example/event" xmlns:a="http://www.w3.org/2005/08/addressing" )"
          R"(a:IsReferenceParameter="true">7 &lt;</Id><Plain xmlns="urn:default" )"
          R"(xmlns:a="http://www.w3.org/2005/08/addressing" a:IsReferenceParameter="true">)"
          R"(<In xmlns="urn:e">x</In></Plain>)");
    CHECK(echoed(parseXml("<a><b>" + std::string(100'000, 'x') + "</b></a>")).empty());
}

TEST_CASE("topics are found in the tree that a camera lists") {
    const Node answer = parseXml(
        R"(<GetEventPropertiesResponse><TopicSet><tns1:VideoSource><MotionAlarm wstop:topic="true">
<MessageDescription IsProperty="true"/></MotionAlarm></tns1:VideoSource>
<tns1:Device><Trigger><Relay wstop:topic="1"/></Trigger></tns1:Device>
</TopicSet></GetEventPropertiesResponse>)");
    CHECK(topicsIn(answer) == std::vector<std::string>{"VideoSource/MotionAlarm", "Device/Trigger/Relay"});
}

}  // namespace topics_test
