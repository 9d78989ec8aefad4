/// The JSON writer, judged by a parser that is not ours.
#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>

#include <cmath>
#include <limits>
#include <random>

#include "porchlight/json.h"
#include "support/catch.h"

namespace json_test {

using namespace porchlight;
using Poco::Dynamic::Var;

namespace {

Var parse(const std::string& json) {
    return Poco::JSON::Parser().parse(json);
}

/// What a parser reads where the writer wrote `content`.
template <class... T>
Var readBack(const T&... content) {
    JsonWriter json;
    json.beginArray().value(content...).endArray();
    return parse(json.text()).extract<Poco::JSON::Array::Ptr>()->get(0);
}

/// Writes random values, and compares them with what a parser reads, from the same seed.
class Tree {
  public:
    explicit Tree(unsigned seed) : random_(seed) {}

    void write(JsonWriter& json, int depth) {
        const int kind = pick(depth > 0 ? 7 : 5);
        if (kind == 0) json.null();
        if (kind == 1) json.value(pick(2) == 1);
        if (kind == 2) json.value(integer());
        if (kind == 3) json.value(number());
        if (kind == 4) json.value(text());
        if (kind == 5) {
            json.beginArray();
            for (int left = pick(5); left > 0; --left) write(json, depth - 1);
            json.endArray();
        }
        if (kind == 6) {
            json.beginObject();
            for (int left = pick(5); left > 0; --left) {
                json.key(key(left));
                write(json, depth - 1);
            }
            json.endObject();
        }
    }

    /// Draws what write() drew from the same seed.
    void compare(const Var& found, int depth) {
        const int kind = pick(depth > 0 ? 7 : 5);
        if (kind == 0) CHECK(found.isEmpty());
        if (kind == 1) CHECK(found.convert<bool>() == (pick(2) == 1));
        if (kind == 2) CHECK(found.convert<std::int64_t>() == integer());
        if (kind == 3) {
            const double wanted = number();
            CHECK(std::abs(found.convert<double>() - wanted) <= std::max(5.1e-7, std::abs(wanted) * 1e-15));
        }
        if (kind == 4) CHECK(found.convert<std::string>() == asUtf8(text()));
        if (kind == 5) compareArray(found.extract<Poco::JSON::Array::Ptr>(), depth);
        if (kind == 6) compareObject(found.extract<Poco::JSON::Object::Ptr>(), depth);
    }

  private:
    void compareArray(const Poco::JSON::Array::Ptr& array, int depth) {
        const int count = pick(5);
        REQUIRE(array->size() == static_cast<std::size_t>(count));
        for (int i = 0; i < count; ++i) compare(array->get(static_cast<unsigned>(i)), depth - 1);
    }
    void compareObject(const Poco::JSON::Object::Ptr& object, int depth) {
        const int count = pick(5);
        REQUIRE(object->size() == static_cast<std::size_t>(count));
        for (int left = count; left > 0; --left) {
            const std::string name = asUtf8(key(left));
            REQUIRE(object->has(name));
            compare(object->get(name), depth - 1);
        }
    }
    int pick(int count) { return std::uniform_int_distribution<int>(0, count - 1)(random_); }
    /// As far as every reader takes whole numbers.
    std::int64_t integer() {
        constexpr std::int64_t kMost = 1LL << 53U;
        return std::uniform_int_distribution<std::int64_t>(-kMost, kMost)(random_);
    }
    double number() {
        return std::ldexp(std::uniform_real_distribution<double>(-1, 1)(random_), pick(120) - 40);
    }
    /// Without \0, at which this parser ends a key.
    std::string key(int number) {
        std::string out = std::to_string(number) + text();
        std::erase(out, '\0');
        return out;
    }
    /// Any bytes, with those that mean something in JSON or UTF-8 more often.
    std::string text() {
        static constexpr char kOften[] = "\"\\/<>&\x00\x1f\x7f\xc3\xbc\xe2\x80\xa8\xf0\x9f\x9a\xaa\xed";
        constexpr int kCount = sizeof kOften - 1;
        std::string out;
        for (int left = pick(12); left > 0; --left)
            out +=
                pick(2) == 0 ? static_cast<char>(pick(256)) : kOften[static_cast<std::size_t>(pick(kCount))];
        return out;
    }

    std::mt19937 random_;
};

}  // namespace

TEST_CASE("whatever is written, a parser reads the same: 2,000 random trees") {
    for (unsigned seed = 0; seed < 2000; ++seed) {
        JsonWriter json;
        Tree(seed).write(json.beginArray(), 4);
        const std::string text = json.endArray().text();
        INFO("seed " << seed << ": " << text);
        CHECK(asUtf8(text) == text);
        CHECK(text.find('<') == std::string::npos);
        Tree(seed).compare(parse(text).extract<Poco::JSON::Array::Ptr>()->get(0), 4);
    }
}

TEST_CASE("texts are escaped, and what is no UTF-8 is replaced byte by byte") {
    JsonWriter json;
    json.beginObject().field("a", std::string("q\"b\\n\n\x01<\u00e9\xff\xc0\xaf")).endObject();
    CHECK(json.text() ==
          "{\"a\":\"q\\\"b\\\\n\\n\\u0001\\u003c\u00e9\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"}");
    CHECK(readBack(std::string("a\0b", 3)).convert<std::string>() == std::string("a\0b", 3));
}

TEST_CASE("numbers are plain decimals, none of them reads as another one, and none is nan") {
    const auto written = [](const auto&... content) { return JsonWriter().value(content...).text(); };
    CHECK(written(0.5) == "0.5");
    CHECK(written(0.1 + 0.2) == "0.3");
    CHECK(written(2'592'000.25) == "2592000.25");  // a month of seconds had lost its end with six digits
    CHECK(written(100.0) == "100");
    CHECK(written(-0.0) == "0");
    CHECK(written(-1e-9) == "0");
    CHECK(written(0.8F) == "0.8");
    CHECK(written(0.12345, 3) == "0.123");
    CHECK(written(1.9, 0) == "2");
    CHECK(written(1200.0, 0) == "1200");
    CHECK(written(std::nan("")) == "null");
    CHECK(written(std::numeric_limits<double>::infinity()) == "null");
    CHECK(written(-std::numeric_limits<double>::infinity()) == "null");
    for (const double edge : {1e15, -1e15, 123456789012345.678, 1e300, std::numeric_limits<double>::max()})
        CHECK(readBack(edge).convert<double>() == Approx(edge).epsilon(1e-14));
    CHECK(written(375628580046282948608.0).find('e') != std::string::npos);  // else it looks like an integer
    CHECK(written(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
    CHECK(written(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
    CHECK(written(std::uint8_t{7}) == "7");
    CHECK(written(true) == "true");
    CHECK(written(std::optional<int>()) == "null");
    CHECK(written(std::optional<double>(1.5)) == "1.5");
}

TEST_CASE("what is taken in parts is one document") {
    JsonWriter json;
    std::string all = json.beginObject().key("rows").beginArray().take();
    for (int row = 0; row < 3; ++row) all += json.beginObject().field("n", row).endObject().take();
    all += json.endArray().field("is_last", true).endObject().take();
    CHECK(all == R"({"rows":[{"n":0},{"n":1},{"n":2}],"is_last":true})");
    CHECK(json.text().empty());
}

TEST_CASE("a time is written in UTC, with as many digits of its second as are wanted") {
    const auto at = [](std::int64_t us) { return WallTime(microseconds(us)); };
    CHECK(formatTime(at(0)) == "1970-01-01T00:00:00.000000Z");
    CHECK(formatTime(at(-1)) == "1969-12-31T23:59:59.999999Z");
    CHECK(formatTime(at(1'790'000'000'123'456), 3) == "2026-09-21T14:13:20.123Z");  // cut, never rounded up
    CHECK(formatTime(at(1'790'000'000'999'999), 0) == "2026-09-21T14:13:20Z");
    CHECK(formatTime(at(1'709'164'800'000'000), 1) == "2024-02-29T00:00:00.0Z");
    CHECK(JsonWriter().value(at(1'790'000'000'123'456), 3).text() == "\"2026-09-21T14:13:20.123Z\"");
}

}  // namespace json_test
