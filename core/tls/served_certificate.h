/// Which certificate the dashboard shows, read again when its files change.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "config/config.h"
#include "porchlight/mutex.h"
#include "tls/certificate.h"

namespace porchlight::tls {

/// The owner's (web.certificate and web.key) if it can be served, else Porchlight's own. A pair that became
/// unusable does not replace the one that is served. Any thread.
class ServedCertificate {
  public:
    /// Throws Error: Misconfigured, Exhausted, Internal - when not even a pair of our own can be made.
    ServedCertificate(const config::Config& config, const base::Clock& clock);

    /// For the next connection; never null.
    std::shared_ptr<SSL_CTX> context() const;

    /// Looks whether the files changed, and once an hour at what time did to them. Never throws.
    void look() noexcept;

    /// For people: what cannot be served and why, what ends soon.
    std::vector<std::string> problems() const;

  private:
    void load();
    CertificateFiles choose(std::vector<std::string>& problems) const;

    const CertificateFiles owners_;  ///< empty: none configured
    const std::filesystem::path folder_;
    const base::Clock& clock_;
    std::string stamp_;                  ///< of all files that matter; the thread of look() only
    Monotonic::time_point loaded_at_{};  ///< likewise
    mutable Mutex mutex_;
    std::shared_ptr<SSL_CTX> context_ PORCHLIGHT_GUARDED_BY(mutex_);
    std::vector<std::string> problems_ PORCHLIGHT_GUARDED_BY(mutex_);
};

/// The files that are to be served by this configuration, and what is wrong or will be soon ("" when
/// nothing); for whoever only looks, such as the doctor.
std::string certificateProblem(const config::Config& config, WallTime now);

}  // namespace porchlight::tls
