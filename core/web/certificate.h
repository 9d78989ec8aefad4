/// The certificate Porchlight makes for itself.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "porchlight/time.h"

namespace porchlight::web {

struct CertificateFiles {
    std::filesystem::path certificate;
    std::filesystem::path key;
};

/// The files below `folder` (made when missing, with mode 0700); a new pair is made when there is none, it does not
/// read, or it ends within 30 days. P-256, 820 days, for the host's name, name.local, localhost and its addresses.
/// The key has mode 0600. Throws Error: Misconfigured (folder not writable), Exhausted, Internal.
CertificateFiles ensureCertificate(const std::filesystem::path& folder, WallTime now);

/// Names a certificate should carry: "DNS:porch", "IP:192.0.2.7".
std::vector<std::string> hostNames();

}  // namespace porchlight::web
