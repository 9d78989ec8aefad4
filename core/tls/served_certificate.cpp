#include "tls/served_certificate.h"

#include <openssl/err.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/text.h"

namespace porchlight::tls {
namespace {

constexpr std::chrono::hours kLookAnyway{1};

std::string lastFault() {
    char text[200] = "";
    ::ERR_error_string_n(::ERR_get_error(), text, sizeof text);
    return text;
}

std::shared_ptr<SSL_CTX> makeContext(const CertificateFiles& files) {
    ::ERR_clear_error();
    std::shared_ptr<SSL_CTX> context(::SSL_CTX_new(::TLS_server_method()), ::SSL_CTX_free);
    if (!context) throw Error(ErrorKind::Exhausted, "no memory for TLS");
    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    ::SSL_CTX_set_cipher_list(context.get(), "ECDHE+AESGCM:ECDHE+CHACHA20");
    ::SSL_CTX_set_default_passwd_cb(context.get(), [](char*, int, int, void*) { return 0; });
    static constexpr unsigned char kSessions[] = "porchlight";
    ::SSL_CTX_set_session_id_context(context.get(), kSessions, sizeof kSessions - 1);
    if (::SSL_CTX_use_certificate_chain_file(context.get(), files.certificate.c_str()) != 1 ||
        ::SSL_CTX_use_PrivateKey_file(context.get(), files.key.c_str(), SSL_FILETYPE_PEM) != 1)
        throw Error(ErrorKind::Misconfigured,
                    "use certificate " + files.certificate.string() + ": " + lastFault());
    return context;
}

std::string stampOf(const std::filesystem::path& file) {
    struct stat status {};
    if (file.empty() || ::stat(file.c_str(), &status) != 0) return "-";
    return std::to_string(status.st_ino) + "." + std::to_string(status.st_size) + "." +
           std::to_string(status.st_mtim.tv_sec) + "." + std::to_string(status.st_mtim.tv_nsec) + " ";
}

std::string stampOf(const CertificateFiles& owners, const std::filesystem::path& folder) {
    const CertificateFiles own = ownFiles(folder);
    return stampOf(owners.certificate) + stampOf(owners.key) + stampOf(own.certificate) + stampOf(own.key);
}

CertificateFiles ownersFiles(const config::Config& config) {
    return {config.web.certificate, config.web.key};
}

std::string endOf(const CertificateFiles& files, const CertificateReport& report, WallTime now) {
    const bool is_over = report.ends_at <= now;
    return "the certificate " + files.certificate.string() + (is_over ? " ended on " : " ends on ") +
           base::formatTime(report.ends_at, 0) + (is_over ? ": browsers refuse it" : "") +
           "; renew it: the new files are taken as soon as they are there";
}

}  // namespace

std::string certificateProblem(const config::Config& config, WallTime now) {
    CertificateFiles files = ownersFiles(config);
    const bool is_configured = !files.certificate.empty();
    if (!is_configured) files = ownFiles(config.data_dir / "tls");
    const CertificateReport report = examineCertificate(files, now);
    if (!is_configured && (!report.is_there || report.is_own)) return {};  // made and renewed by the daemon
    if (!report.fault.empty()) return report.fault + "; Porchlight's own certificate is served instead";
    return report.is_due ? endOf(files, report, now) : "";
}

ServedCertificate::ServedCertificate(const config::Config& config, const base::Clock& clock)
    : owners_(ownersFiles(config)), folder_(config.data_dir / "tls"), clock_(clock) {
    load();
}

CertificateFiles ServedCertificate::choose(std::vector<std::string>& problems) const {
    const WallTime now = clock_.wallNow();
    CertificateFiles files = owners_.certificate.empty() ? ownFiles(folder_) : owners_;
    CertificateReport report = examineCertificate(files, now);
    const bool is_ours_to_make = owners_.certificate.empty() && (!report.is_there || report.is_own);
    if (!is_ours_to_make && report.fault.empty()) {
        if (report.is_due) problems.push_back(endOf(files, report, now));
        return files;
    }
    if (!is_ours_to_make && context()) throw Error(ErrorKind::Misconfigured, report.fault);
    if (!is_ours_to_make)
        problems.push_back(report.fault + "; Porchlight's own certificate is served instead");
    return ensureCertificate(folder_, now);
}

void ServedCertificate::load() {
    loaded_at_ = Monotonic::now();
    stamp_ = stampOf(owners_, folder_);
    std::vector<std::string> problems;
    const CertificateFiles files = choose(problems);
    auto context = makeContext(files);
    if (files.certificate != owners_.certificate)
        stamp_ = stampOf(owners_, folder_);  // it may have been made just now
    const LockGuard lock(mutex_);
    if (problems != problems_)
        for (const std::string& problem : problems) base::logWarning("web", problem);
    if (context_) base::logInfo("web", "from now on " + files.certificate.string() + " is served");
    context_ = std::move(context);
    problems_ = std::move(problems);
}

void ServedCertificate::look() noexcept {
    try {
        if (stampOf(owners_, folder_) == stamp_ && Monotonic::now() - loaded_at_ < kLookAnyway) return;
        load();
    } catch (const std::exception& error) {
        base::logWarning("web", std::string("the certificate from before is served on: ") + error.what());
        const LockGuard lock(mutex_);
        problems_ = {std::string(error.what()) + "; the certificate from before is served"};
    }
}

std::shared_ptr<SSL_CTX> ServedCertificate::context() const {
    const LockGuard lock(mutex_);
    return context_;
}

std::vector<std::string> ServedCertificate::problems() const {
    const LockGuard lock(mutex_);
    return problems_;
}

}  // namespace porchlight::tls
