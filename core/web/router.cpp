#include "web/router.h"

#include <Poco/Exception.h>

#include <algorithm>

#include "base/cancel.h"
#include "base/log.h"
#include "base/text.h"
#include "web/backend.h"
#include "web/http_error.h"
#include "web/static_files.h"

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
        case ErrorKind::Exhausted: return 503;
        case ErrorKind::Misconfigured: return 409;
        case ErrorKind::NotSupported: return 501;
        case ErrorKind::BadData:
        case ErrorKind::Internal: return 500;
    }
    return 500;
}

void sendFailure(Exchange& exchange, int status, const std::string& code, const std::string& text,
                 const std::string& field = {}) {
    if (exchange.hasAnswered()) {
        exchange.closeAfterwards();  // half an answer is out: only the end of the connection can say so
        return;
    }
    exchange.sendError(status, code, text, field);
}

}  // namespace

Router::Router(Backend& backend, const StaticFiles& files) : backend_(backend), files_(files) {
    addAccountRoutes(routes_);
    addCameraRoutes(routes_);
    addHealthRoutes(routes_);
    addLiveRoutes(routes_);
    addEventRoutes(routes_);
    addRemovalRoutes(routes_);
    addTimelineRoutes(routes_);
    addClipRoutes(routes_);
    addExportRoutes(routes_);
    addSystemRoutes(routes_);
    addSourceRoutes(routes_);
}

void Router::handle(Exchange& exchange) const {
    try {
        try {
            dispatch(exchange);
        } catch (const HttpError& error) {
            if (error.retry_after_s > 0) exchange.setHeader("Retry-After", std::to_string(error.retry_after_s));
            sendFailure(exchange, error.status, error.code, error.what(), error.field);
        } catch (const Error& error) {
            base::logWarning("web", exchange.path() + ": " + error.what());
            sendFailure(exchange, statusOf(error.kind()), nameOf(error.kind()), base::redactUrls(error.what()));
        } catch (const ClientGone&) {
            throw;
        } catch (const base::Cancelled& end) {
            if (end.cause() == base::Cancelled::Cause::Stopped) throw ClientGone(end.what());
            base::logWarning("web", exchange.path() + ": " + end.what());
            sendFailure(exchange, 503, "too_long", "it takes too long: ask for less at once");
        } catch (const Poco::Exception& error) {
            base::logError("web", exchange.path() + ": " + error.displayText());
            sendFailure(exchange, 500, "internal", "something went wrong; the log says more");
        } catch (const std::exception& error) {
            base::logError("web", exchange.path() + ": " + error.what());
            sendFailure(exchange, 500, "internal", "something went wrong; the log says more");
        }
    } catch (const ClientGone& gone) {
        exchange.closeAfterwards();
        base::logDebug("web", exchange.path() + ": " + gone.what());
    }
}

void Router::dispatch(Exchange& exchange) const {
    if (std::find(std::begin(kMethods), std::end(kMethods), exchange.isHead() ? "HEAD" : exchange.method()) ==
        std::end(kMethods))
        throw HttpError(405, "bad_method", "only GET, HEAD, POST, PUT, PATCH and DELETE are understood");
    checkOrigin(exchange);
    std::string allowed;
    for (const Route& route : routes_) {
        std::vector<std::string> values;
        if (!fits(route.pattern, exchange.path(), values)) continue;
        if (route.method != exchange.method()) {
            allowed += (allowed.empty() ? "" : ", ") + route.method;
            continue;
        }
        authorize(exchange, route);
        exchange.path_values = std::move(values);
        route.handler(exchange, backend_);
        return;
    }
    if (!allowed.empty()) {
        exchange.setHeader("Allow", allowed);
        throw HttpError(405, "bad_method", "this route understands " + allowed);
    }
    if (exchange.method() == "GET" && files_.send(exchange)) return;
    throw HttpError(404, "not_found", "there is nothing here");
}

void Router::authorize(Exchange& exchange, const Route& route) const {
    if (route.access == Access::Open) return;
    exchange.caller = backend_.accounts.callerOf(exchange);
    if (!exchange.caller) throw HttpError(401, "login_needed", "log in first");
    exchange.entry().setKnown();
    if (route.access == Access::Admin && exchange.caller->role != store::Role::Admin)
        throw HttpError(403, "admin_needed", "only an administrator may do this");
}

}  // namespace porchlight::web
