/// One HTTP connection: reads requests within limits, hands them on, never leaves bytes of one for the next.
#pragma once

#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/TCPServerConnectionFactory.h>

#include "web/connection_table.h"
#include "web/exchange.h"

namespace porchlight::web {

class Router;

/// What all connections of a listener share. Outlives them.
struct ConnectionSetup {
    ConnectionTable& table;
    const Router& router;
    Poco::Net::HTTPServerParams::Ptr params;
    Poco::Net::Context::Ptr tls;   ///< null: plain
    bool is_local = false;
    milliseconds request_budget{10'000};  ///< handshake, header and body together
};

/// Makes connections for Poco's TCPServer.
class ConnectionFactory final : public Poco::Net::TCPServerConnectionFactory {
  public:
    explicit ConnectionFactory(ConnectionSetup setup) : setup_(std::move(setup)) {}
    Poco::Net::TCPServerConnection* createConnection(const Poco::Net::StreamSocket& socket) override;

  private:
    ConnectionSetup setup_;
};

}  // namespace porchlight::web
