#include "web/forwarded.h"

#include <Poco/String.h>

#include <algorithm>

#include "base/text.h"

namespace porchlight::web {
namespace {

std::vector<std::string> listOf(const std::string& text) {
    std::vector<std::string> out;
    for (const std::string& part : base::split(text, ',')) out.push_back(Poco::trim(part));
    return out;
}

bool isTrusted(const std::vector<base::Network>& proxies, const std::string& address) {
    return std::any_of(proxies.begin(), proxies.end(),
                       [&](const auto& proxy) { return base::contains(proxy, address); });
}

}  // namespace

http::Peer clientOf(const http::Peer& peer, const std::string& forwarded_for,
                    const std::string& forwarded_proto, const config::WebConfig& web) {
    http::Peer out = peer;
    if (peer.is_local) return out;
    out.is_secure = peer.is_secure || web.url.starts_with("https://");
    if (!isTrusted(web.trusted_proxies, peer.address)) return out;
    const auto hops = listOf(forwarded_for);
    // From the nearest on: what stands further left was written by whoever asked.
    for (auto hop = hops.rbegin(); hop != hops.rend() && isTrusted(web.trusted_proxies, out.address); ++hop) {
        if (!base::parseNetwork(*hop) || hop->find('/') != std::string::npos) break;
        out.address = *hop;
    }
    if (Poco::icompare(listOf(forwarded_proto).back(), "https") == 0) out.is_secure = true;
    return out;
}

}  // namespace porchlight::web
