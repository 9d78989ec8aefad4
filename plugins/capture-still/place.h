/// Where a still lies: at an address, or in a file.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "porchlight/settings.h"

namespace porchlight::still {

/// A picture of 3840x2160 in good quality has half of it.
inline constexpr std::size_t kMaxBytes = 8U << 20U;

/// What came of asking once.
struct Answer {
    enum class News : std::uint8_t {
        Picture = 1,  ///< here it is; whether it is another one has to be looked at
        NoneItSays,   ///< the server answered that there is no newer one (304)
        None,         ///< nothing was written there since, which says nothing about whoever should
    };
    News news = News::None;
    std::span<const std::uint8_t> bytes;  ///< lives until the next question
};

/// Thread-bound, but for the `stop` it was made with: true ends a question within 50 ms.
class Place {
  public:
    Place() = default;
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    virtual ~Place() = default;

    /// Nothing: no answer until the deadline; the question stands, ask again. Throws SourceError (refused,
    /// not there), Error: Unavailable (unreachable, no answer within 10 s), Misconfigured (no picture, or
    /// larger than kMaxBytes), BadData (cut off).
    virtual std::optional<Answer> ask(Deadline deadline) = 0;

    /// The last picture was no good: the next question is asked as if there had been none.
    virtual void reject() noexcept = 0;

    /// For people, without secrets: "http://192.0.2.7:80", or the path of the file.
    virtual const std::string& shown() const noexcept = 0;
};

/// The place that the setting `url` names. Throws as lookUpHost() and Error(Misconfigured).
std::unique_ptr<Place> placeOf(const Settings& settings, const std::atomic<bool>& stop);
std::unique_ptr<Place> httpPlace(const Settings& settings, const std::atomic<bool>& stop);
std::unique_ptr<Place> filePlace(const std::string& path);

}  // namespace porchlight::still
