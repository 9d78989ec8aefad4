/// Judges a configuration on this machine: what stands in no file, but keeps the daemon from starting all the
/// same.
#pragma once

#include <sys/types.h>

#include "config/loader.h"

namespace porchlight::config {

/// What examineHost found. Both are refused by check-config; the daemon starts in spite of `troubles`, and
/// tells them.
struct HostFindings {
    Problems stops;     ///< the daemon does not start
    Problems troubles;  ///< something will not work: alerts without their certificate authority
};

/// The user that the appliance runs as: the owner of the data folder, of the configuration while that is not
/// there.
uid_t userOf(const Config& config);

/// Whether the appliance can listen and keep its data here, and whether nobody else than root and `self` can
/// change what it believes. Reads the file system and the addresses of this machine; changes nothing. Never
/// throws for what it finds.
HostFindings examineHost(const LoadResult& loaded, uid_t self);

/// Why a database, locks and a socket cannot live on the file system of this folder (exFAT, FAT, NTFS); empty
/// when they can.
std::string whyNoDataOn(long file_system_type);

}  // namespace porchlight::config
