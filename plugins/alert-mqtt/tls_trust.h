/// Whom we trust at the other end of a TLS connection, and why we did not.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

namespace porchlight::mqtt {

/// **Owns** an SSL_CTX that checks the broker's certificate and its name. Thread-bound. Must outlive the
/// connections that use it.
class TlsTrust {
  public:
    /// `ca_file` empty: the system's authorities. Throws Error(Misconfigured) when it holds none.
    TlsTrust(const std::string& host, const std::string& ca_file);
    TlsTrust(const TlsTrust&) = delete;
    TlsTrust& operator=(const TlsTrust&) = delete;

    SSL_CTX* context() noexcept { return context_.get(); }

    /// Why the broker's certificate was refused, in words; empty when it was not.
    const std::string& refusal() const noexcept { return refusal_; }

  private:
    struct Free {
        void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
    };
    static int judge(int is_good, X509_STORE_CTX* chain);
    std::string explain(int code, X509* certificate) const;

    const std::string host_;
    const std::string ca_file_;
    std::unique_ptr<SSL_CTX, Free> context_;
    std::string refusal_;
};

/// What an error line of OpenSSL ("error:0A00010B:SSL routines::wrong version number") means for the owner.
std::string explainTlsError(const std::string& line);

}  // namespace porchlight::mqtt
