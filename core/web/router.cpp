#include "web/router.h"

#include <Poco/Exception.h>
#include <Poco/URI.h>

#include <algorithm>

#include "base/cancel.h"
#include "base/log.h"
#include "base/secret/secrets.h"
#include "base/text.h"
#include "http/http_error.h"
#include "http/static_files.h"
#include "web/backend.h"
#include "web/forwarded.h"

namespace porchlight::web {
namespace {

constexpr std::string_view kMethods[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"};

/// Whether `path` fits; fills what stands at the {placeholders}. Nothing is decoded: names need no escapes.
bool fits(const std::string& pattern, const std::string& path, std::vector<std::string>& values) {
    const auto wanted = base::split(pattern, '/');
    const auto given = base::split(path, '/');
    if (wanted.size() != given.size()) return false;
    values.clear();
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        if (!wanted[i].empty() && wanted[i].front() == '{') {
            if (given[i].empty() || given[i].size() > 64) return false;
            values.push_back(given[i]);
        } else if (wanted[i] != given[i]) {
            return false;
        }
    }
    return true;
}

int statusOf(ErrorKind kind) noexcept {
    switch (kind) {
        case ErrorKind::Unavailable:
        case ErrorKind::Exhausted:
            return 503;
        case ErrorKind::Misconfigured:
            return 409;
        case ErrorKind::NotSupported:
            return 501;
        case ErrorKind::BadData:
        case ErrorKind::Internal:
            return 500;
    }
    return 500;
}

/// Administrators read the cause; it may name files and hosts, which are nobody else's business.
std::string textFor(const http::Exchange& exchange, const Error& error) {
    if (exchange.caller && exchange.caller->is_admin) return base::hideSecrets(error.what());
    return statusOf(error.kind()) == 503 ? "not possible at the moment, try again"
                                         : "this did not work; the log says why";
}

/// A person's browser that goes to an address, not a program and not a page that loads its parts.
bool isPageRequest(const http::Exchange& exchange) {
    if (exchange.method() != "GET") return false;
    const std::string mode = exchange.header("Sec-Fetch-Mode");
    return mode.empty() ? exchange.header("Accept").find("text/html") != std::string::npos
                        : mode == "navigate";
}

/// The page of the dashboard that shows, after the login if need be, what stands at this address. The session
/// cookie does not come along on a click in another site's page (SameSite=Strict); requests of the dashboard
/// carry it.
std::string dashboardPageFor(const http::Exchange& exchange) {
    const auto parts = base::split(exchange.path(), '/');  // "", "api", "v1", "events", ID, "clip.mp4"
    std::string up = "./";
    for (std::size_t i = 2; i < parts.size(); ++i) up += "../";
    if (parts.size() > 4 && parts[3] == "events" && parts[4] != "summary") return up + "#/event/" + parts[4];
    std::string wanted;
    Poco::URI::encode(exchange.path().substr(1) + exchange.queryText(), "?&=+#%/", wanted);
    return up + "#/open?to=" + wanted;
}

void sendFailure(http::Exchange& exchange, int status, const std::string& code, const std::string& text,
                 const std::string& field = {}) {
    if (exchange.hasAnswered()) {
        exchange.closeAfterwards();  // half an answer is out: only the end of the connection can say so
        return;
    }
    exchange.sendError(status, code, text, field);
}

}  // namespace

std::vector<Route> allRoutes() {
    std::vector<Route> routes;
    addAccountRoutes(routes);
    addAlertRoutes(routes);
    addCameraRoutes(routes);
    addControlRoutes(routes);
    addHealthRoutes(routes);
    addLiveRoutes(routes);
    addWatchRoutes(routes);
    addEventRoutes(routes);
    addRemovalRoutes(routes);
    addTimelineRoutes(routes);
    addClipRoutes(routes);
    addExportRoutes(routes);
    addSystemRoutes(routes);
    addSourceRoutes(routes);
    return routes;
}

Router::Router(Backend& backend, const http::StaticFiles& files)
    : backend_(backend), files_(files), routes_(allRoutes()) {}

void Router::handle(http::Exchange& exchange) const {
    try {
        try {
            dispatch(exchange);
        } catch (const http::HttpError& error) {
            if (error.retry_after_s > 0)
                exchange.setHeader("Retry-After", std::to_string(error.retry_after_s));
            sendFailure(exchange, error.status, error.code, error.what(), error.field);
        } catch (const Error& error) {
            base::logWarning("web", exchange.path() + ": " + error.what());
            sendFailure(exchange, statusOf(error.kind()), nameOf(error.kind()), textFor(exchange, error));
        } catch (const http::ClientGone&) {
            throw;
        } catch (const base::Cancelled& end) {
            if (end.cause() == base::Cancelled::Cause::Stopped) throw http::ClientGone(end.what());
            base::logWarning("web", exchange.path() + ": " + end.what());
            sendFailure(exchange, 503, "too_long", "it takes too long: ask for less at once");
        } catch (const Poco::Exception& error) {
            base::logError("web", exchange.path() + ": " + error.displayText());
            sendFailure(exchange, 500, "internal", "something went wrong; the log says more");
        } catch (const std::exception& error) {
            base::logError("web", exchange.path() + ": " + error.what());
            sendFailure(exchange, 500, "internal", "something went wrong; the log says more");
        }
    } catch (const http::ClientGone& gone) {
        exchange.closeAfterwards();
        base::logDebug("web", exchange.path() + ": " + gone.what());
    }
}

void Router::dispatch(http::Exchange& exchange) const {
    exchange.setPeer(clientOf(exchange.peer(), exchange.headerList("X-Forwarded-For"),
                              exchange.headerList("X-Forwarded-Proto"), backend_.services.config.web));
    if (std::find(std::begin(kMethods), std::end(kMethods), exchange.isHead() ? "HEAD" : exchange.method()) ==
        std::end(kMethods))
        throw http::HttpError(405, "bad_method",
                              "only GET, HEAD, POST, PUT, PATCH and DELETE are understood");
    checkOrigin(exchange, backend_.services.config.web.url);
    std::string allowed;
    for (const Route& route : routes_) {
        std::vector<std::string> values;
        if (!fits(route.pattern, exchange.path(), values)) continue;
        if (route.method != exchange.method()) {
            allowed += (allowed.empty() ? "" : ", ") + route.method;
            continue;
        }
        if (!authorize(exchange, route)) return exchange.sendRedirect(dashboardPageFor(exchange));
        exchange.path_values = std::move(values);
        route.handler(exchange, backend_);
        return;
    }
    countStranger(exchange);
    if (!allowed.empty()) {
        exchange.setHeader("Allow", allowed);
        throw http::HttpError(405, "bad_method", "this route understands " + allowed);
    }
    if (exchange.method() == "GET" && files_.send(exchange)) return;
    throw http::HttpError(404, "not_found", "there is nothing here");
}

/// False: nobody is logged in, and a person's browser asks, who can be helped.
bool Router::authorize(http::Exchange& exchange, const Route& route) const {
    if (route.access != Access::Open) exchange.caller = backend_.accounts.callerOf(exchange);
    if (!exchange.caller) countStranger(exchange);
    if (route.access == Access::Open) return true;
    if (!exchange.caller && isPageRequest(exchange)) return false;
    if (!exchange.caller) throw http::HttpError(401, "login_needed", "log in first");
    exchange.entry().setKnown();
    if (route.access == Access::Admin && !exchange.caller->is_admin)
        throw http::HttpError(403, "admin_needed", "only an administrator may do this");
    return true;
}

/// Requests that no session vouches for are few, or refused: they cost time and log lines.
void Router::countStranger(http::Exchange& exchange) const {
    if (exchange.peer().is_local || backend_.accounts.mayAsk(exchange) ||
        backend_.accounts.callerOf(exchange))
        return;
    exchange.closeAfterwards();
    throw http::HttpError(429, "too_many_requests", "too many requests, try again in a second", "", 1);
}

}  // namespace porchlight::web
