/// Rows to put into a database, and a folder for its file.
#pragma once

#include <cstdio>

#include "porchlight/error.h"
#include "store/store.h"
#include "support/folder.h"

namespace porchlight::test {

inline WallTime at(std::int64_t second) {
    return WallTime(seconds(1'790'000'000 + second));
}

inline std::string eventId(std::int64_t number) {
    char text[24];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(number));
    return text;
}

inline store::EventRow openEvent(std::int64_t number, const std::string& camera = "porch",
                                 std::int64_t second = -1) {
    store::EventRow row;
    row.id = eventId(number);
    row.camera = camera;
    row.started_at = at(second < 0 ? number * 60 : second);
    row.clip_started_at = row.started_at - seconds{5};
    return row;
}

inline store::EventRow closedEvent(std::int64_t number, const std::string& camera = "porch") {
    store::EventRow row = openEvent(number, camera);
    row.state = store::EventState::Closed;
    row.ended_at = row.started_at + seconds{10};
    row.clip_ended_at = row.started_at + seconds{20};
    row.close_reason = "quiet";
    return row;
}

/// The ids of all pages of a filter, in their order.
inline std::vector<std::string> walk(store::Store& store, store::EventFilter filter) {
    std::vector<std::string> ids;
    do {
        const store::EventPage page = store.event_pages.page(filter);
        for (const store::EventRow& row : page.events) ids.push_back(row.id);
        filter.cursor = page.next_cursor;
    } while (!filter.cursor.empty());
    return ids;
}

inline store::RecordingRow recording(const std::string& path, std::int64_t second,
                                     const std::string& camera = "porch") {
    store::RecordingRow row;
    row.camera = camera;
    row.path = path;
    row.started_at = at(second);
    row.video = Codec::H264;
    row.width_px = 1280;
    row.height_px = 720;
    return row;
}

}  // namespace porchlight::test
