/// Who else could change what the appliance believes: files and folders that other users may write.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

namespace porchlight::config {

/// Why somebody else than root and `self` can change this file or folder, or put another in its place: its
/// owner, its mode, or those of a folder above it. Says what to do. Empty when nobody can, and when there is
/// no such file.
///
/// Both where it leads and as it is written: whoever may change a folder on the way can lay another link
/// there. Sticky folders above (/tmp) keep what `self` owns. A group counts as others unless nobody else is
/// in it.
std::string whyUntrusted(const std::filesystem::path& path, uid_t self);

/// Why an entry of this folder belongs to somebody else than root and `self`; empty when none does.
std::string whyEntriesUntrusted(const std::filesystem::path& folder, uid_t self);

/// The name of a user, else the number.
std::string userName(uid_t user);

}  // namespace porchlight::config
