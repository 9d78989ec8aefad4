#include "tls/certificate.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fstream>
#include <memory>
#include <string_view>

#include "base/fd.h"
#include "base/log.h"
#include "base/wall_times.h"

namespace porchlight::tls {
namespace {

constexpr long kLifeDays = 820;
// A board without a battery-backed clock starts before this: its time then judges no certificate and makes
// none.
constexpr std::string_view kKeyMark = "Made by Porchlight, which replaces it with its certificate.";
constexpr auto kRenewBefore = std::chrono::hours(24 * 30);

template <auto Free>
struct Freer {
    template <class T>
    void operator()(T* object) const {
        Free(object);
    }
};
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freer<X509_free>>;
using Bio = std::unique_ptr<BIO, Freer<BIO_free_all>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freer<X509_EXTENSION_free>>;

Error failure(const std::string& what) {
    return Error(ErrorKind::Internal, "make a certificate: " + what);
}

void addExtension(X509* certificate, int id, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str()));
    if (!extension || X509_add_ext(certificate, extension.get(), -1) != 1)
        throw failure("extension " + value);
}

std::string joined(const std::vector<std::string>& names) {
    std::string out;
    for (const std::string& name : names) out += (out.empty() ? "" : ",") + name;
    return out;
}

Certificate makeCertificate(EVP_PKEY* key, WallTime now) {
    Certificate certificate(X509_new());
    if (!certificate) throw failure("no memory");
    X509_set_version(certificate.get(), 2);
    unsigned char serial[16];
    if (RAND_bytes(serial, sizeof serial) != 1) throw failure("no randomness");
    serial[0] &= 0x7f;
    BIGNUM* number = BN_bin2bn(serial, sizeof serial, nullptr);
    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate.get()));
    BN_free(number);
    // A day earlier: without a battery-backed clock the appliance may be behind its viewers, or they behind
    // it.
    const std::time_t start = std::chrono::system_clock::to_time_t(now - std::chrono::hours(24));
    std::time_t base = start;
    X509_time_adj_ex(X509_getm_notBefore(certificate.get()), 0, 0, &base);
    X509_time_adj_ex(X509_getm_notAfter(certificate.get()), kLifeDays, 0, &base);
    X509_set_pubkey(certificate.get(), key);
    X509_NAME* name = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("Porchlight"),
                               -1, -1, 0);
    X509_set_issuer_name(certificate.get(), name);
    addExtension(certificate.get(), NID_basic_constraints, "critical,CA:FALSE");
    addExtension(certificate.get(), NID_key_usage, "critical,digitalSignature");
    addExtension(certificate.get(), NID_ext_key_usage, "serverAuth");
    addExtension(certificate.get(), NID_subject_alt_name, joined(hostNames()));
    if (X509_sign(certificate.get(), key, EVP_sha256()) == 0) throw failure("sign");
    return certificate;
}

std::string textOf(BIO* bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return {data, static_cast<std::size_t>(size)};
}

void makePair(const CertificateFiles& files, WallTime now) {
    const Key key(EVP_EC_gen("P-256"));
    if (!key) throw failure("key");
    const Certificate certificate = makeCertificate(key.get(), now);
    const Bio key_text(BIO_new(BIO_s_mem()));
    const Bio certificate_text(BIO_new(BIO_s_mem()));
    if (PEM_write_bio_PKCS8PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) !=
            1 ||
        PEM_write_bio_X509(certificate_text.get(), certificate.get()) != 1)
        throw failure("encode");
    base::writeFileDurably(files.key.string(), std::string(kKeyMark) + "\n" + textOf(key_text.get()), 0600);
    base::writeFileDurably(files.certificate.string(), textOf(certificate_text.get()), 0644);
    base::logInfo("web", "made a certificate for " + joined(hostNames()));
}

int noPassphrase(char*, int, int, void*) {
    return 0;
}

Certificate readCertificate(const std::filesystem::path& file) {
    const Bio in(BIO_new_file(file.c_str(), "r"));
    return Certificate(in ? PEM_read_bio_X509(in.get(), nullptr, noPassphrase, nullptr) : nullptr);
}

Key readKey(const std::filesystem::path& file) {
    const Bio in(BIO_new_file(file.c_str(), "r"));
    return Key(in ? PEM_read_bio_PrivateKey(in.get(), nullptr, noPassphrase, nullptr) : nullptr);
}

std::string beginOf(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::string line;
    std::getline(in, line);
    return line;
}

/// By what makeCertificate writes and nobody else does by chance: issuer, kind of key, days.
bool isOurs(X509* certificate) {
    char name[64] = "";
    X509_NAME* subject = X509_get_subject_name(certificate);
    X509_NAME_get_text_by_NID(subject, NID_commonName, name, sizeof name);
    EVP_PKEY* key = X509_get0_pubkey(certificate);
    int days = 0;
    int rest_s = 0;
    ASN1_TIME_diff(&days, &rest_s, X509_get0_notBefore(certificate), X509_get0_notAfter(certificate));
    return X509_NAME_entry_count(subject) == 1 && std::string(name) == "Porchlight" && days == kLifeDays &&
           rest_s == 0 && X509_NAME_cmp(subject, X509_get_issuer_name(certificate)) == 0 && key &&
           EVP_PKEY_base_id(key) == EVP_PKEY_EC;
}

WallTime endOf(X509* certificate) {
    std::tm end{};
    if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) != 1) return {};
    return WallTime(seconds(::timegm(&end)));
}

bool isDue(X509* certificate, WallTime now) {
    std::time_t soon = std::chrono::system_clock::to_time_t(now + kRenewBefore);
    std::time_t present = std::chrono::system_clock::to_time_t(now);
    return X509_cmp_time(X509_get0_notAfter(certificate), &soon) <= 0 ||
           (now >= kPlausibleSince && X509_cmp_time(X509_get0_notBefore(certificate), &present) > 0);
}

std::string faultOf(const CertificateFiles& files, X509* certificate, EVP_PKEY* key) {
    if (::access(files.certificate.c_str(), R_OK) != 0)
        return files.certificate.string() + ": " + std::strerror(errno);
    if (::access(files.key.c_str(), R_OK) != 0) return files.key.string() + ": " + std::strerror(errno);
    if (!certificate) return files.certificate.string() + " is no certificate in PEM";
    if (!key) return files.key.string() + " is no private key in PEM, or needs a passphrase";
    if (X509_check_private_key(certificate, key) != 1)
        return files.key.string() + " is not the key of " + files.certificate.string();
    return {};
}

}  // namespace

std::vector<std::string> hostNames() {
    std::vector<std::string> names{"DNS:localhost", "IP:127.0.0.1", "IP:::1"};
    char host[256] = "";
    if (::gethostname(host, sizeof host - 1) == 0 && host[0] != '\0') {
        const std::string name(host);
        if (name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.") ==
            std::string::npos) {
            names.push_back("DNS:" + name);
            if (name.find('.') == std::string::npos) names.push_back("DNS:" + name + ".local");
        }
    }
    ifaddrs* list = nullptr;
    if (::getifaddrs(&list) != 0) return names;
    for (const ifaddrs* it = list; it != nullptr && names.size() < 40; it = it->ifa_next) {
        if (it->ifa_addr == nullptr || (it->ifa_flags & IFF_LOOPBACK) != 0) continue;
        char text[INET6_ADDRSTRLEN] = "";
        const int family = it->ifa_addr->sa_family;
        if (family == AF_INET)
            ::inet_ntop(family, &reinterpret_cast<const sockaddr_in*>(it->ifa_addr)->sin_addr, text,
                        sizeof text);
        else if (family == AF_INET6)
            ::inet_ntop(family, &reinterpret_cast<const sockaddr_in6*>(it->ifa_addr)->sin6_addr, text,
                        sizeof text);
        if (text[0] != '\0') names.push_back(std::string("IP:") + text);
    }
    ::freeifaddrs(list);
    return names;
}

CertificateReport examineCertificate(const CertificateFiles& files, WallTime now) {
    CertificateReport report;
    std::error_code ignored;
    const bool has_key = std::filesystem::exists(std::filesystem::symlink_status(files.key, ignored));
    report.is_there =
        has_key || std::filesystem::exists(std::filesystem::symlink_status(files.certificate, ignored));
    const Certificate certificate = readCertificate(files.certificate);
    const Key key = readKey(files.key);
    report.fault = faultOf(files, certificate.get(), key.get());
    // Without the mark only a key that belongs to our certificate is ours: earlier versions wrote none.
    const bool is_key_ours = !has_key || report.fault.empty() || beginOf(files.key) == kKeyMark;
    report.is_own =
        is_key_ours &&
        (certificate ? isOurs(certificate.get())
                     : !std::filesystem::exists(std::filesystem::symlink_status(files.certificate, ignored)));
    if (!certificate) return report;
    report.is_due = isDue(certificate.get(), now);
    report.ends_at = endOf(certificate.get());
    return report;
}

CertificateFiles ownFiles(const std::filesystem::path& folder) {
    return {folder / "certificate.pem", folder / "key.pem"};
}

CertificateFiles ensureCertificate(const std::filesystem::path& folder, WallTime now) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error)
        throw Error(ErrorKind::Misconfigured, "make folder " + folder.string() + ": " + error.message());
    ::chmod(folder.c_str(), 0700);
    CertificateFiles files = ownFiles(folder);
    CertificateReport report = examineCertificate(files, now);
    if (report.fault.empty() && !report.is_own) return files;
    if (report.is_there && !report.is_own) {
        files = {folder / "own-certificate.pem", folder / "own-key.pem"};
        report = examineCertificate(files, now);
    }
    if (!report.fault.empty() || report.is_due) makePair(files, std::max(now, kPlausibleSince));
    return files;
}

}  // namespace porchlight::tls
