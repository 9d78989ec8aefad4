#include "tls_trust.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <new>

#include "porchlight/error.h"
#include "porchlight/utf8.h"

namespace porchlight::mqtt {

namespace {

std::string dateOf(const ASN1_TIME* time) {
    std::tm parts{};
    if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return "a time nobody can read";
    char text[40];
    return std::string(text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &parts));
}

/// The names that a certificate is for: "broker.local, 192.0.2.5".
std::string namesOf(X509* certificate) {
    std::string out;
    const auto add = [&](const std::string& name) { out += (out.empty() ? "" : ", ") + asUtf8(name, 100); };
    auto* names =
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
    for (int i = 0; i < sk_GENERAL_NAME_num(names) && out.size() < 300; ++i) {
        const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
        const auto* bytes = name->type == GEN_DNS || name->type == GEN_IPADD ? name->d.ia5 : nullptr;
        if (bytes == nullptr) continue;
        const unsigned char* data = ASN1_STRING_get0_data(bytes);
        const auto size = static_cast<std::size_t>(ASN1_STRING_length(bytes));
        if (name->type == GEN_DNS)
            add({reinterpret_cast<const char*>(data), size});
        else if (size == 4)
            add(std::to_string(data[0]) + "." + std::to_string(data[1]) + "." + std::to_string(data[2]) +
                "." + std::to_string(data[3]));
    }
    GENERAL_NAMES_free(names);
    char common[100] = "";
    if (out.empty() && X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, common,
                                                 sizeof common) > 0)
        add(common);
    return out.empty() ? "nobody" : out;
}

}  // namespace

TlsTrust::TlsTrust(const std::string& host, const std::string& ca_file)
    : host_(host), ca_file_(ca_file), context_(SSL_CTX_new(TLS_client_method())) {
    if (!context_) throw Error(ErrorKind::Exhausted, "mqtt: TLS cannot be used: out of memory");
    SSL_CTX_set_min_proto_version(context_.get(), TLS1_2_VERSION);
    const int is_loaded = ca_file.empty()
                              ? SSL_CTX_set_default_verify_paths(context_.get())
                              : SSL_CTX_load_verify_locations(context_.get(), ca_file.c_str(), nullptr);
    ERR_clear_error();
    if (is_loaded != 1)
        throw Error(ErrorKind::Misconfigured,
                    "mqtt: ca_file " + ca_file + " holds no certificate (PEM is wanted)");
    X509_VERIFY_PARAM* wanted = SSL_CTX_get0_param(context_.get());
    if (X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str()) != 1)
        X509_VERIFY_PARAM_set1_host(wanted, host.c_str(), host.size());
    ERR_clear_error();
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, &TlsTrust::judge);
    SSL_CTX_set_app_data(context_.get(), this);
}

/// Called by OpenSSL for each certificate of the chain.
int TlsTrust::judge(int is_good, X509_STORE_CTX* chain) {
    if (is_good == 1) return 1;
    auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx()));
    auto* self = static_cast<TlsTrust*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
    try {
        self->refusal_ =
            self->explain(X509_STORE_CTX_get_error(chain), X509_STORE_CTX_get_current_cert(chain));
    } catch (const std::bad_alloc&) {
        return 0;  // refused all the same, without words
    }
    return 0;
}

std::string TlsTrust::explain(int code, X509* certificate) const {
    const std::string trusted = ca_file_.empty()
                                    ? "an authority of this system (set mqtt.ca_file for one of your own)"
                                    : "the authority in " + ca_file_;
    switch (code) {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return "the broker's certificate has expired on " + dateOf(X509_get0_notAfter(certificate));
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return "the broker's certificate is valid from " + dateOf(X509_get0_notBefore(certificate)) +
                   " only: is the clock right?";
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return "the broker's certificate is for " + namesOf(certificate) + ", not for " + host_ +
                   " (mqtt.host)";
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        case X509_V_ERR_CERT_SIGNATURE_FAILURE:
            return "the broker's certificate was not signed by " + trusted;
        default:
            return std::string("the broker's certificate is refused: ") + X509_verify_cert_error_string(code);
    }
}

std::string explainTlsError(const std::string& line) {
    const auto has = [&](const char* part) { return line.find(part) != std::string::npos; };
    if (has("wrong version number") || has("packet length too long") || has("http request"))
        return "the broker does not speak TLS at this port (set mqtt.tls: false, or the port of its TLS "
               "listener)";
    if (has("certificate required"))
        return "the broker wants a certificate of its clients, which Porchlight does not have";
    if (has("handshake failure"))
        return "the broker shares no cipher with us, or wants a certificate of its clients";
    if (has("protocol version") || has("unsupported protocol"))
        return "the broker speaks TLS older than 1.2 only";
    if (has("unexpected eof")) return "";
    const auto reason = line.rfind("::");
    return "TLS: " + line.substr(reason == std::string::npos ? 0 : reason + 2);
}

}  // namespace porchlight::mqtt
