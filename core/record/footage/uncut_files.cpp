#include "record/footage/uncut_files.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "disk/places.h"

namespace porchlight::record {

void UncutFiles::add(const std::string& row_path, std::uint64_t durable_bytes) {
    if (files_.size() < kMax) files_.push_back({row_path, durable_bytes});
}

void UncutFiles::cutAll(const std::filesystem::path& recordings_dir) {
    for (const auto& [row_path, durable_bytes] : files_) {
        const auto file = disk::fileOf(recordings_dir, row_path);
        struct stat status {};
        if (::stat(file.c_str(), &status) == 0 &&
            static_cast<std::uint64_t>(status.st_size) > durable_bytes &&
            ::truncate(file.c_str(), static_cast<off_t>(durable_bytes)) != 0)
            base::logWarning("recorder", "the end of " + row_path + " could not be cut off");
    }
    files_.clear();
}

}  // namespace porchlight::record
