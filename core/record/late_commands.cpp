#include "record/late_commands.h"

#include <algorithm>

namespace porchlight::record {
namespace {

/// The event whose command this is; empty when it is none of an event.
template <class Kind, class Command>
std::string eventOf(const Command& command) {
    const auto* event = std::get_if<Kind>(&command);
    return event == nullptr ? std::string() : event->row.id;
}

}  // namespace

bool Recorder::Late::keeps(const Command& command) noexcept {
    return !std::holds_alternative<NewFragment>(command) && !std::holds_alternative<Statements>(command) &&
           !std::holds_alternative<EventPictured>(command);
}

void Recorder::Late::add(Command command) {
    const auto isPointless = [&](const Command& older) {
        if (older.index() == command.index()) {
            if (const auto* mine = std::get_if<Condition>(&command))
                return std::get<Condition>(older).camera == mine->camera;
            if (const auto* mine = std::get_if<AddCamera>(&command))
                return std::get<AddCamera>(older).camera.name == mine->camera.name;
            if (const auto* mine = std::get_if<StreamEnded>(&command))
                return std::get<StreamEnded>(older).camera == mine->camera;
        }
        const std::string updated = eventOf<EventUpdated>(older);
        return !updated.empty() &&
               (updated == eventOf<EventUpdated>(command) || updated == eventOf<EventEnded>(command));
    };
    commands_.erase(std::remove_if(commands_.begin(), commands_.end(), isPointless), commands_.end());
    commands_.push_back(std::move(command));
    if (auto* opened = std::get_if<EventOpened>(&commands_.back());
        opened != nullptr && pictureBytes() > kMaxPictureBytes)
        opened->thumbnail_jpeg = {};
    while (isTooMany() && loseOldestEvent()) {
    }
}

std::optional<Recorder::Command> Recorder::Late::next() {
    if (commands_.empty()) return std::nullopt;
    std::optional<Command> first(std::move(commands_.front()));
    commands_.pop_front();
    return first;
}

bool Recorder::Late::isTooMany() const noexcept {
    const auto isOpened = [](const Command& command) { return std::holds_alternative<EventOpened>(command); };
    return static_cast<std::size_t>(std::count_if(commands_.begin(), commands_.end(), isOpened)) > kMaxEvents;
}

std::size_t Recorder::Late::pictureBytes() const noexcept {
    std::size_t bytes = 0;
    for (const Command& command : commands_)
        if (const auto* opened = std::get_if<EventOpened>(&command)) bytes += opened->thumbnail_jpeg.size();
    return bytes;
}

bool Recorder::Late::loseOldestEvent() {
    for (const Command& command : commands_) {
        const std::string id = eventOf<EventOpened>(command);
        const auto ends = [&](const Command& other) { return eventOf<EventEnded>(other) == id; };
        if (id.empty() || std::none_of(commands_.begin(), commands_.end(), ends)) continue;
        std::erase_if(commands_, [&](const Command& other) {
            return eventOf<EventOpened>(other) == id || eventOf<EventUpdated>(other) == id ||
                   eventOf<EventEnded>(other) == id;
        });
        ++lost_events_;
        return true;
    }
    return false;
}

}  // namespace porchlight::record
