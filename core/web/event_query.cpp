#include "web/event_query.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "http/http_error.h"

namespace porchlight::web {
namespace {

constexpr std::size_t kMaxCameras = 32;
constexpr std::size_t kMaxText = 100;

std::vector<std::string> splitCameras(const std::string& text, const char* field) {
    std::vector<std::string> out;
    for (std::string& name : base::split(text, ','))
        if (!name.empty() && std::find(out.begin(), out.end(), name) == out.end())
            out.push_back(std::move(name));
    if (out.size() > kMaxCameras) throw http::HttpError(400, "too_many", "at most 32 cameras at once", field);
    return out;
}

}  // namespace

std::int64_t readNumber(const http::Exchange& exchange, const std::string& name, std::int64_t otherwise,
                        std::int64_t min, std::int64_t max) {
    const auto text = exchange.query(name);
    if (!text) return otherwise;
    std::int64_t number = 0;
    const char* end = text->data() + text->size();
    const auto [stop, error] = std::from_chars(text->data(), end, number);
    if (error != std::errc() || stop != end || number < min || number > max)
        throw http::HttpError(400, "bad_" + name,
                              "must be " + std::to_string(min) + " to " + std::to_string(max), name);
    return number;
}

std::vector<std::string> readCameras(const std::string& text, Backend& backend) {
    auto out = splitCameras(text, "cameras");
    if (out.empty())
        for (const auto& status : backend.services.cameras.statuses()) out.push_back(status.name);
    return out;
}

store::EventFilter readEventFilter(const http::Exchange& exchange, WallTime now) {
    store::EventFilter filter;
    filter.cameras = splitCameras(exchange.query("camera").value_or(""), "camera");
    filter.zone = exchange.query("zone").value_or("");
    filter.label = exchange.query("label").value_or("");
    filter.text = exchange.query("text").value_or("");
    if (filter.text.size() > kMaxText) throw http::HttpError(400, "bad_text", "at most 100 bytes", "text");
    filter.from = exchange.queryTime("from", now);
    filter.to = exchange.queryTime("to", now);
    filter.is_kept = exchange.queryBoolean("kept");
    filter.is_reviewed = exchange.queryBoolean("reviewed");
    return filter;
}

store::EventRow eventOr404(Backend& backend, const std::string& id) {
    const bool is_id = id.size() == 16 && id.find_first_not_of("0123456789abcdef") == std::string::npos;
    auto event = is_id ? backend.stores.lease()->events.byId(id) : std::nullopt;
    if (!event) throw http::HttpError(404, "not_found", "no such event");
    if (event->removed_at)
        throw http::HttpError(410, "deleted",
                              "the event was deleted; until " +
                                  base::formatTime(*event->removed_at + store::kRestoreTime, 0) +
                                  " it can be restored");
    return *event;
}

}  // namespace porchlight::web
