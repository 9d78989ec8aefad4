/// Which handler answers which path, and who may ask it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "web/exchange.h"

namespace porchlight::web {

class Backend;
class StaticFiles;

enum class Access : std::uint8_t {
    Open = 1,  ///< anybody
    Viewer,    ///< any session
    Admin,     ///< sessions of administrators and the command line
};

struct Route {
    std::string method;   ///< GET answers HEAD too
    std::string pattern;  ///< "/api/v1/cameras/{name}/recover"
    Access access = Access::Admin;
    std::function<void(Exchange&, Backend&)> handler;
};

/// Immutable after construction; any thread.
class Router {
  public:
    Router(Backend& backend, const StaticFiles& files);

    /// Answers, whatever happens; a failure of sending closes the connection.
    void handle(Exchange& exchange) const;

    const std::vector<Route>& routes() const noexcept { return routes_; }

  private:
    void dispatch(Exchange& exchange) const;
    bool authorize(Exchange& exchange, const Route& route) const;
    void countStranger(Exchange& exchange) const;

    Backend& backend_;
    const StaticFiles& files_;
    std::vector<Route> routes_;
};

/// All routes there are.
std::vector<Route> allRoutes();

/// The route groups, one file each.
void addAccountRoutes(std::vector<Route>& routes);
void addCameraRoutes(std::vector<Route>& routes);
void addHealthRoutes(std::vector<Route>& routes);
void addLiveRoutes(std::vector<Route>& routes);
void addEventRoutes(std::vector<Route>& routes);
void addRemovalRoutes(std::vector<Route>& routes);
void addTimelineRoutes(std::vector<Route>& routes);
void addClipRoutes(std::vector<Route>& routes);
void addExportRoutes(std::vector<Route>& routes);
void addSystemRoutes(std::vector<Route>& routes);
void addSourceRoutes(std::vector<Route>& routes);

}  // namespace porchlight::web
