/// What handlers work with.
#pragma once

#include "evidence/export_place.h"
#include "http/connection_table.h"
#include "tls/served_certificate.h"
#include "web/accounts.h"
#include "web/guard/hand_guard.h"
#include "web/services.h"
#include "web/store_pool.h"

namespace porchlight::web {

/// Any thread.
class Backend {
  public:
    Backend(const Services& services_, http::ConnectionTable::Limits limits)
        : services(services_),
          stores(services_.config.databaseFile()),
          accounts(stores, services_.clock, services_.hash_cost, services_.node_id),
          hands(services_.clock),
          connections(limits),
          started_at(services_.clock.wallNow()) {
        if (services.config.web.tls != config::TlsMode::Off)
            certificate = std::make_unique<tls::ServedCertificate>(services.config, services.clock);
    }

    const Services services;
    StorePool stores;
    Accounts accounts;
    HandGuard hands;
    http::ConnectionTable connections;
    const WallTime started_at;
    evidence::ExportPlaces exports;
    std::unique_ptr<tls::ServedCertificate> certificate;  ///< null: plain HTTP

    /// What is wrong with the way in, for people; empty when all is well.
    std::vector<std::string> problems() const {
        auto out = certificate ? certificate->problems() : std::vector<std::string>{};
        if (const auto crowd = connections.crowding()) out.push_back(*crowd);
        return out;
    }
};

}  // namespace porchlight::web
