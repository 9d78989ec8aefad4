/// For whom a proxy asks: X-Forwarded-For and X-Forwarded-Proto, believed only of proxies that the owner
/// named.
#pragma once

#include <string>

#include "config/config.h"
#include "http/exchange.h"

namespace porchlight::web {

/// `peer` as it is; behind a trusted proxy the nearest address that is none, and whether that came by HTTPS -
/// as all people do when web.url says so. Both texts are lists with commas, the nearest last. Pure.
http::Peer clientOf(const http::Peer& peer, const std::string& forwarded_for,
                    const std::string& forwarded_proto, const config::WebConfig& web);

}  // namespace porchlight::web
