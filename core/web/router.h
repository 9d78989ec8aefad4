/// Which handler answers which path, and who may ask it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "http/exchange.h"
#include "http/static_files.h"

namespace porchlight::web {

class Backend;

enum class Access : std::uint8_t {
    Open = 1,  ///< anybody
    Viewer,    ///< any session
    Admin,     ///< sessions of administrators and the command line
};

struct Route {
    std::string method;   ///< GET answers HEAD too
    std::string pattern;  ///< "/api/v1/cameras/{name}/recover"
    Access access = Access::Admin;
    std::function<void(http::Exchange&, Backend&)> handler;
};

/// Immutable after construction; any thread.
class Router : public http::Answerer {
  public:
    Router(Backend& backend, const http::StaticFiles& files);

    void handle(http::Exchange& exchange) const override;

    const std::vector<Route>& routes() const noexcept { return routes_; }

  private:
    void dispatch(http::Exchange& exchange) const;
    bool authorize(http::Exchange& exchange, const Route& route) const;
    void countStranger(http::Exchange& exchange) const;

    Backend& backend_;
    const http::StaticFiles& files_;
    std::vector<Route> routes_;
};

/// All routes there are.
std::vector<Route> allRoutes();

/// The route groups, one file each.
void addAlertRoutes(std::vector<Route>& routes);
void addAccountRoutes(std::vector<Route>& routes);
void addCameraRoutes(std::vector<Route>& routes);
void addControlRoutes(std::vector<Route>& routes);
void addHealthRoutes(std::vector<Route>& routes);
void addLiveRoutes(std::vector<Route>& routes);
void addWatchRoutes(std::vector<Route>& routes);
void addEventRoutes(std::vector<Route>& routes);
void addRemovalRoutes(std::vector<Route>& routes);
void addTimelineRoutes(std::vector<Route>& routes);
void addClipRoutes(std::vector<Route>& routes);
void addExportRoutes(std::vector<Route>& routes);
void addSystemRoutes(std::vector<Route>& routes);
void addSourceRoutes(std::vector<Route>& routes);

}  // namespace porchlight::web
