#include "disk/recover/known_rows.h"

#include <iterator>

namespace porchlight::disk {
namespace {

constexpr std::size_t kRowsPage = 500;

}  // namespace

std::optional<store::KnownPath> KnownRows::find(const std::string& path) {
    while (!page_.empty() && page_.front().path < path) page_.pop_front();
    if (page_.empty() && has_more_) {
        auto page = store_.recordings.knownPaths(path, end_, kRowsPage);
        has_more_ = page.size() == kRowsPage;
        page_.assign(std::make_move_iterator(page.begin()), std::make_move_iterator(page.end()));
    }
    if (page_.empty() || page_.front().path != path) return std::nullopt;
    return page_.front();
}

}  // namespace porchlight::disk
