/// Certificates: what a file holds, and the one Porchlight makes for itself.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "porchlight/time.h"

namespace porchlight::tls {

struct CertificateFiles {
    std::filesystem::path certificate;
    std::filesystem::path key;
};

/// What a pair of files holds.
struct CertificateReport {
    std::string fault;  ///< why it cannot be served, for people; empty: it reads and the key belongs to it
    bool is_there = false;  ///< one of the two files exists
    bool is_own = false;    ///< both were made by Porchlight - only then it may replace them
    bool is_due = false;    ///< ends within 30 days, or its time has not begun
    WallTime ends_at{};
};

/// Never asks for a passphrase. Throws nothing for what it finds.
CertificateReport examineCertificate(const CertificateFiles& files, WallTime now);

/// The names of the files in the data folder.
CertificateFiles ownFiles(const std::filesystem::path& folder);

/// The pair that Porchlight may serve from `folder` (made when missing, with mode 0700): what lies there as
/// certificate.pem and key.pem if it can be served, whoever made it. Its own pair is made anew when it is
/// missing, torn or due. What others made is never touched: if it cannot be served, a pair of our own stands
/// beside it under other names. P-256, 820 days, for the host's name, name.local, localhost and its
/// addresses; the key has mode 0600. Throws Error: Misconfigured (folder not writable), Exhausted, Internal.
CertificateFiles ensureCertificate(const std::filesystem::path& folder, WallTime now);

/// Names a certificate should carry: "DNS:porch", "IP:192.0.2.7".
std::vector<std::string> hostNames();

}  // namespace porchlight::tls
