#include "onvif/events/topics.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/text.h"
#include "porchlight/head.h"

namespace porchlight::onvif {
namespace {

enum class Kind : std::uint8_t {
    State = 1,  ///< a truth value of `items` says whether it lasts; without one it says nothing
    Moment,     ///< happens; a truth value that is false says that it does not
    Classes,    ///< what of a list of classes is in sight; an empty list: nothing any more
    Nothing,    ///< known, and of no use
};

/// `topic`: without prefixes; * stands for any letters, / included. `items`: where the truth value stands,
/// separated by spaces, before those that any topic may have. The first row that fits counts.
struct Row {
    std::string_view topic;
    std::string_view label;
    Kind kind;
    std::string_view items;
};

constexpr Row kTopics[] = {
    // The standard's own, which most makers use: Hikvision, Dahua, Amcrest, Axis, Bosch, Hanwha, Uniview, ...
    {"RuleEngine/CellMotionDetector/Motion", "motion", Kind::State, "IsMotion"},
    {"RuleEngine/MotionRegionDetector/Motion", "motion", Kind::State, "State IsMotion"},
    {"VideoSource/MotionAlarm", "motion", Kind::State, "State"},
    {"RuleEngine/FieldDetector/ObjectsInside", "motion", Kind::State, "IsInside"},
    {"RuleEngine/LineDetector/Crossed", "line", Kind::Moment, "IsCrossed"},
    {"RuleEngine/LoiteringDetector/ObjectIsLoitering", "motion", Kind::State, "IsLoitering"},
    {"RuleEngine/ObjectDetection/*", "motion", Kind::Classes, "State"},
    {"RuleEngine/ObjectDetector/*", "motion", Kind::Classes, "State"},
    {"RuleEngine/Recognition/Face*", "face", Kind::Moment, ""},
    {"RuleEngine/Recognition/LicensePlate*", "vehicle", Kind::Moment, ""},
    {"RuleEngine/FaceDetector/*", "face", Kind::Moment, "IsFace State"},
    {"RuleEngine/FaceDetection/*", "face", Kind::Moment, "IsFace State"},
    {"RuleEngine/TamperDetector/Tamper", "tamper", Kind::State, "IsTamper"},
    {"VideoSource/GlobalSceneChange*", "tamper", Kind::State, "State"},
    {"VideoSource/ImageTooDark*", "tamper", Kind::State, "State"},
    {"VideoSource/ImageTooBlurry*", "tamper", Kind::State, "State"},
    {"VideoSource/ImageTooBright*", "tamper", Kind::State, "State"},
    {"VideoSource/SignalLoss*", "video_lost", Kind::State, "State"},
    {"VideoSource/SignalLost*", "video_lost", Kind::State, "State"},
    {"VideoSource/VideoLoss*", "video_lost", Kind::State, "State"},
    {"VideoSource/VideoLost*", "video_lost", Kind::State, "State"},
    {"AudioAnalytics/Audio/DetectedSound", "sound", Kind::State, "IsSoundDetected State"},
    {"Device/Trigger/DigitalInput", "input", Kind::State, "LogicalState Level State"},
    // Reolink, and those that copy it; Dahua's human and vehicle
    {"RuleEngine/MyRuleDetector/People*", "person", Kind::State, "State"},
    {"RuleEngine/MyRuleDetector/Human*", "person", Kind::State, "State"},
    {"RuleEngine/MyRuleDetector/Vehicle*", "vehicle", Kind::State, "State"},
    {"RuleEngine/MyRuleDetector/DogCat*", "animal", Kind::State, "State"},
    {"RuleEngine/MyRuleDetector/Animal*", "animal", Kind::State, "State"},
    {"RuleEngine/MyRuleDetector/Face*", "face", Kind::State, "State"},
    {"RuleEngine/MyRuleDetector/Package*", "package", Kind::State, "State"},
    {"RuleEngine/MyRuleDetector/Visitor*", "input", Kind::State, "State"},  // the button of a door bell
    {"RuleEngine/MyRuleDetector/ObjectsInside", "motion", Kind::State, "State"},
    {"UserAlarm/IVA/HumanShapeDetect", "person", Kind::State, "State"},
    // TP-Link Tapo and VIGI: names differ by firmware, and what it is stands in the item (kItemLabels)
    {"RuleEngine/PeopleDetector/People", "person", Kind::State, "IsPeople"},
    {"RuleEngine/CellMotionDetector/People", "person", Kind::State, "IsPeople"},
    {"RuleEngine/VehicleDetector/Vehicle", "vehicle", Kind::State, "IsVehicle"},
    {"RuleEngine/PetDetector/Pet", "animal", Kind::State, "IsPet"},
    {"RuleEngine/LineCrossDetector/LineCross", "line", Kind::State, "IsLineCross"},
    {"RuleEngine/CellMotionDetector/LineCross", "line", Kind::State, "IsLineCross"},
    {"RuleEngine/IntrusionDetector/Intrusion", "motion", Kind::State, "IsIntrusion"},
    {"RuleEngine/CellMotionDetector/Intrusion", "motion", Kind::State, "IsIntrusion"},
    {"RuleEngine/CellMotionDetector/Tamper", "tamper", Kind::State, "IsTamper"},
    {"RuleEngine/*/TPSmartEvent", "motion", Kind::State, "IsTPSmartEvent"},
    // Axis: the profiles of its applications, not the sum of them all
    {"CameraApplicationPlatform/*ANY", "", Kind::Nothing, ""},
    {"CameraApplicationPlatform/VMD/*", "motion", Kind::State, "active"},
    {"CameraApplicationPlatform/MotionGuard/*", "motion", Kind::State, "active"},
    {"CameraApplicationPlatform/LoiteringGuard/*", "motion", Kind::State, "active"},
    {"CameraApplicationPlatform/FenceGuard/*", "line", Kind::State, "active"},
    {"CameraApplicationPlatform/ObjectAnalytics/*", "motion", Kind::State, "active"},
    {"CameraApplicationPlatform/Tampering/*", "tamper", Kind::State, "active"},
    {"RuleEngine/VMD3/*", "motion", Kind::State, "areaActive active State"},
    {"VideoSource/Tampering", "tamper", Kind::Moment, "tampering"},
    {"AudioSource/TriggerLevel", "sound", Kind::State, "triggered"},
    {"Device/Sensor/PIR", "motion", Kind::State, "state"},
    {"Device/IO/Port", "input", Kind::State, "state"},
    {"Device/IO/SupervisedPort", "input", Kind::State, "state"},
    {"Device/IO/VirtualInput", "input", Kind::State, "active"},
    {"Device/IO/VirtualPort", "input", Kind::State, "state"},
    // Hanwha, Bosch
    {"VideoAnalytics/MotionDetection", "motion", Kind::State, "Motion State"},
    {"VideoAnalytics/MotionAlarm", "motion", Kind::State, "State"},
    {"VideoAnalytics/TamperingDetection", "tamper", Kind::State, "Tampering State"},
    {"VideoAnalytics/Line/Crossed", "line", Kind::Moment, "State"},
    {"VideoAnalytics/Field/Entered", "motion", Kind::Moment, "State"},
    {"AudioAnalytics/SoundDetection", "sound", Kind::State, "Sound State"},
    {"AudioSource/AudioDetection", "sound", Kind::State, "State Audio"},
    {"IVA/LoiteringDetection", "motion", Kind::State, "State"},
    // Told by many, and of no use here
    {"Device/Trigger/Relay", "", Kind::Nothing, ""},
};

/// Truth values whose name says what is in sight, whatever the topic says; of topics that are no row as well.
constexpr struct {
    std::string_view item;
    std::string_view label;
} kItemLabels[] = {
    {"IsPeople", "person"},    {"IsPerson", "person"},       {"IsHuman", "person"},
    {"IsVehicle", "vehicle"},  {"IsCar", "vehicle"},         {"IsPet", "animal"},
    {"IsAnimal", "animal"},    {"IsDog", "animal"},          {"IsCat", "animal"},
    {"IsFace", "face"},        {"IsPackage", "package"},     {"IsLineCross", "line"},
    {"IsIntrusion", "motion"}, {"IsMotion", "motion"},       {"IsTamper", "tamper"},
    {"IsBabyCry", "sound"},    {"IsBark", "sound"},          {"IsMeow", "sound"},
    {"IsGlassBreak", "sound"}, {"IsSoundDetected", "sound"},
};

/// Where a class stands, and which words mean what.
constexpr std::string_view kClassItems[] = {"ClassTypes",  "ClassType",  "ObjectType",
                                            "ObjectClass", "classTypes", "objectClass",
                                            "Class",       "Type",       "Category"};
constexpr struct {
    std::string_view word;
    std::string_view label;
} kClassLabels[] = {
    {"human", "person"},    {"person", "person"},   {"people", "person"},   {"pedestrian", "person"},
    {"vehicle", "vehicle"}, {"vehical", "vehicle"}, {"car", "vehicle"},     {"truck", "vehicle"},
    {"bus", "vehicle"},     {"bike", "vehicle"},    {"bicycle", "vehicle"}, {"motorcycle", "vehicle"},
    {"animal", "animal"},   {"dog", "animal"},      {"cat", "animal"},      {"pet", "animal"},
    {"face", "face"},       {"package", "package"}, {"parcel", "package"},
};

/// What names the place, best first.
constexpr std::string_view kPlaceItems[] = {"Rule",
                                            "RuleName",
                                            "InputToken",
                                            "input",
                                            "port",
                                            "Index",
                                            "AlarmInID",
                                            "sensor",
                                            "Source",
                                            "VideoSourceConfigurationToken",
                                            "VideoSourceToken",
                                            "VideoSource",
                                            "channel"};

/// Of the camera's own bookkeeping: what they say changes from message to message.
constexpr std::string_view kNoKeys[] = {"VideoAnalyticsConfigurationToken",
                                        "AudioAnalyticsConfigurationToken"};

constexpr std::size_t kMaxPlace = 64;
constexpr std::size_t kMaxKey = 512;

/// * stands for any letters.
bool fits(std::string_view pattern, std::string_view text) {
    const std::size_t star = pattern.find('*');
    if (star == std::string_view::npos) return isSameWord(pattern, text);
    const std::string_view head = pattern.substr(0, star), tail = pattern.substr(star + 1);
    return text.size() >= head.size() + tail.size() && isSameWord(head, text.substr(0, head.size())) &&
           isSameWord(tail, text.substr(text.size() - tail.size()));
}

const Row* rowOf(std::string_view topic) {
    const auto* found = std::find_if(std::begin(kTopics), std::end(kTopics),
                                     [&](const Row& row) { return fits(row.topic, topic); });
    return found != std::end(kTopics) ? found : nullptr;
}

const Item* itemOf(const std::vector<Item>& items, std::string_view name) {
    const auto found =
        std::find_if(items.begin(), items.end(), [&](const Item& one) { return isSameWord(one.name, name); });
    return found != items.end() ? &*found : nullptr;
}

std::optional<bool> truthOf(std::string_view value) {
    for (const char* word : {"true", "1", "active", "on", "yes", "open"})
        if (isSameWord(value, word)) return true;
    for (const char* word : {"false", "0", "inactive", "off", "no", "closed"})
        if (isSameWord(value, word)) return false;
    return std::nullopt;
}

/// By the names of `items`.
std::optional<bool> toldState(const std::vector<Item>& data, std::string_view items) {
    while (!items.empty()) {
        const std::string_view name = items.substr(0, items.find(' '));
        items.remove_prefix(std::min(items.size(), name.size() + 1));
        if (const Item* item = itemOf(data, name))
            if (const auto truth = truthOf(item->value)) return truth;
    }
    return std::nullopt;
}

/// The only truth value that there is; a number may be anything.
std::optional<bool> onlyState(const std::vector<Item>& data) {
    std::optional<bool> only;
    for (const Item& item : data) {
        const auto truth = item.name.ends_with("Id") ? std::nullopt : truthOf(item.value);
        if (truth && only) return std::nullopt;
        if (truth) only = truth;
    }
    return only;
}

std::string_view labelOfItem(std::string_view name) {
    for (const auto& row : kItemLabels)
        if (isSameWord(name, row.item)) return row.label;
    return {};
}

/// The words of a list, however they are separated, one after the other.
std::string_view labelOfClasses(std::string_view list) {
    while (!list.empty()) {
        const std::string_view word = list.substr(0, list.find_first_of(" ,;|/"));
        list.remove_prefix(std::min(list.size(), word.size() + 1));
        for (const auto& row : kClassLabels)
            if (isSameWord(word, row.word)) return row.label;
    }
    return {};
}

const Item* classesOf(const Notification& notification) {
    for (const std::string_view name : kClassItems)
        for (const auto* items : {&notification.data, &notification.source})
            if (const Item* item = itemOf(*items, name)) return item;
    return nullptr;
}

std::string placeOf(const Notification& notification) {
    for (const std::string_view name : kPlaceItems)
        if (const Item* item = itemOf(notification.source, name); item != nullptr && !item->value.empty())
            return base::printable(item->value.substr(0, kMaxPlace));
    return {};
}

float scoreOf(const std::vector<Item>& data) {
    for (const char* name : {"Likelihood", "Confidence", "Score", "Probability"})
        if (const Item* item = itemOf(data, name)) {
            float score = 0;
            const char* end = item->value.data() + item->value.size();
            if (std::from_chars(item->value.data(), end, score).ec != std::errc{}) continue;
            if (score > 1) score /= 100;
            if (score > 0 && score <= 1) return score;
        }
    return 0;
}

std::string keyOf(const Notification& notification) {
    std::string out = notification.topic;
    for (const Item& item : notification.source)
        if (std::none_of(std::begin(kNoKeys), std::end(kNoKeys),
                         [&](std::string_view one) { return isSameWord(one, item.name); }))
            out += "|" + item.name + "=" + item.value;
    if (const Item* object = itemOf(notification.data, "ObjectId")) out += "|" + object->value;
    return out.substr(0, kMaxKey);
}

Meaning meaningOf(const Notification& notification, std::string_view label, bool is_on) {
    Meaning out;
    out.label = label;
    out.key = keyOf(notification) + "|" + out.label;
    out.place = placeOf(notification);
    out.is_on = is_on && notification.operation != PropertyOperation::Deleted;
    out.score = scoreOf(notification.data);
    return out;
}

/// Truth values that say by their own name what they are.
std::vector<Meaning> byItems(const Notification& notification) {
    std::vector<Meaning> out;
    for (const Item& item : notification.data)
        if (const std::string_view label = labelOfItem(item.name); !label.empty())
            if (const auto truth = truthOf(item.value)) {
                out.push_back(meaningOf(notification, label, *truth));
                out.back().key += item.name;
            }
    return out;
}

/// -> nothing where it says nothing.
std::optional<Meaning> byRow(const Notification& notification, const Row& row) {
    const Item* classes = classesOf(notification);
    const std::string_view seen = classes != nullptr ? labelOfClasses(classes->value) : std::string_view();
    auto state = toldState(notification.data, row.items);
    if (!state && row.kind == Kind::State) state = onlyState(notification.data);
    const bool is_deleted = notification.operation == PropertyOperation::Deleted;
    const std::string_view label = row.label == "motion" && !seen.empty() ? seen : row.label;
    std::optional<Meaning> out;
    if (row.kind == Kind::Moment) {
        // How a camera greets a subscriber is no new moment.
        const bool is_new = notification.operation != PropertyOperation::Initialized && !is_deleted;
        if (is_new && state.value_or(true)) out = meaningOf(notification, label, true);
        if (out) out->has_end = false;
    } else if (row.kind == Kind::Classes && !state && classes != nullptr) {
        out = meaningOf(notification, label, !classes->value.empty());
    } else if (state || is_deleted) {
        out = meaningOf(notification, label, state.value_or(false));
    }
    if (out) out->key = keyOf(notification);  // without the label: what was a person may end as nothing
    return out;
}

}  // namespace

std::vector<Meaning> meaningsOf(const Notification& notification) {
    const Row* row = rowOf(notification.topic);
    if (row != nullptr && row->kind == Kind::Nothing) return {};
    // The row's own label wins over an item of the same name; other items say more than the row.
    const bool is_own =
        row != nullptr && row->kind != Kind::Classes && row->topic.find('*') == std::string_view::npos;
    if (!is_own && (row != nullptr || notification.topic.starts_with("RuleEngine/")))
        if (auto out = byItems(notification); !out.empty()) return out;
    if (row == nullptr) return {};
    if (auto one = byRow(notification, *row)) return {*one};
    return {};
}

bool isKnownTopic(std::string_view topic) {
    const Row* row = rowOf(topic);
    return row != nullptr ? row->kind != Kind::Nothing : topic.starts_with("RuleEngine/");
}

}  // namespace porchlight::onvif
