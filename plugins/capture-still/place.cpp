#include "place.h"

namespace porchlight::still {

std::unique_ptr<Place> placeOf(const Settings& settings, const std::atomic<bool>& stop) {
    const std::string url(settings.text("url"));
    const std::size_t colon = url.find("://");
    if (colon == std::string::npos) return filePlace(url);
    const bool is_file = colon == 4 && (url[0] == 'f' || url[0] == 'F');
    return is_file ? filePlace(url.substr(7)) : httpPlace(settings, stop);
}

}  // namespace porchlight::still
