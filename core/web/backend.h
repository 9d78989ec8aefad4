/// What handlers work with.
#pragma once

#include <atomic>

#include "web/accounts.h"
#include "web/connection_table.h"
#include "web/services.h"
#include "web/store_pool.h"

namespace porchlight::web {

/// Any thread.
class Backend {
  public:
    Backend(const Services& services_, ConnectionTable::Limits limits)
        : services(services_), stores(services_.config.databaseFile()),
          accounts(stores, services_.clock, services_.hash_cost, services_.node_id), connections(limits),
          started_at(services_.clock.wallNow()) {}

    const Services services;
    StorePool stores;
    Accounts accounts;
    ConnectionTable connections;
    const WallTime started_at;
    std::atomic<int> exports{0};  ///< running ones, see ExportPlace
};

}  // namespace porchlight::web
