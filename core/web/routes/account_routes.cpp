/// Login, logout, users, tokens and the audit log.
#include <limits>

#include "http/http_error.h"
#include "http/json_body.h"
#include "porchlight/json.h"
#include "web/backend.h"
#include "web/event_query.h"
#include "web/router.h"

namespace porchlight::web {
namespace {

constexpr std::size_t kLongestPasswordBytes = 4096;  // read; passwordProblem() says what is accepted
constexpr std::size_t kMaxTokens = 64;
constexpr std::size_t kFailedLoginsShown = 200;

void checkUserName(const std::string& name) {
    if (const std::string problem = accountNameProblem(name); !problem.empty())
        throw http::HttpError(400, "bad_field", problem, "name");
}

std::string newPassword(const http::JsonBody& body) {
    std::string password = body.text("password", kLongestPasswordBytes);
    if (const std::string problem = passwordProblem(password); !problem.empty())
        throw http::HttpError(400, "bad_field", problem, "password");
    return password;
}

void login(http::Exchange& exchange, Backend& backend) {
    const http::JsonBody body(exchange.body(), {"username", "password"});
    const std::string name = body.text("username", 64);
    const std::string password = body.text("password", kLongestPasswordBytes);
    exchange.entry().mustMoveWithin(milliseconds{30'000});  // waiting for a turn to hash
    backend.accounts.login(exchange, name, password);
    exchange.sendEmpty(204);
}

void logout(http::Exchange& exchange, Backend& backend) {
    backend.accounts.logout(exchange);
    backend.accounts.audit(exchange, "logout", "");
    exchange.sendEmpty(204);
}

void me(http::Exchange& exchange, Backend& backend) {
    backend.accounts.rememberDevice(exchange);  // a page begins with this request
    JsonWriter json;
    json.beginObject()
        .field("name", exchange.caller->name)
        .field("role", nameOf(exchange.caller->is_admin ? store::Role::Admin : store::Role::Viewer))
        .endObject();
    exchange.sendJson(200, json.text());
}

store::Role readRole(const http::JsonBody& body) {
    const std::string role = body.optionalText("role", 16).value_or("viewer");
    if (role != "viewer" && role != "admin")
        throw http::HttpError(400, "bad_field", "must be admin or viewer", "role");
    return role == "admin" ? store::Role::Admin : store::Role::Viewer;
}

void listUsers(http::Exchange& exchange, Backend& backend) {
    JsonWriter json;
    json.beginObject().key("users").beginArray();
    for (const store::UserRow& user : backend.stores.lease()->accounts.all()) {
        json.beginObject().field("name", user.name).field("role", nameOf(user.role));
        json.field("created_at", user.created_at).endObject();
    }
    exchange.sendJson(200, json.endArray().endObject().text());
}

void addUser(http::Exchange& exchange, Backend& backend) {
    const http::JsonBody body(exchange.body(), {"name", "password", "role"});
    store::UserRow row;
    row.name = body.text("name", 40);
    checkUserName(row.name);
    row.role = readRole(body);
    const std::string role = nameOf(row.role);
    const std::string password = newPassword(body);
    if (backend.stores.lease()->accounts.byName(row.name))
        throw http::HttpError(409, "name_taken", "this name is taken", "name");
    exchange.entry().mustMoveWithin(milliseconds{30'000});
    row.password_hash = hashPassword(password, backend.accounts.hashCost());
    row.created_at = backend.services.clock.wallNow();
    backend.stores.lease()->accounts.insert(row);
    backend.accounts.audit(exchange, "user_add", row.name + " as " + role);
    JsonWriter json;
    json.beginObject()
        .field("name", row.name)
        .field("role", role)
        .field("created_at", row.created_at)
        .endObject();
    exchange.sendJson(201, json.text());
}

void setPassword(http::Exchange& exchange, Backend& backend) {
    const std::string name = exchange.path_values.at(0);
    const std::string password = newPassword(http::JsonBody(exchange.body(), {"password"}));
    exchange.entry().mustMoveWithin(milliseconds{30'000});
    const std::string hash = hashPassword(password, backend.accounts.hashCost());
    if (!backend.stores.lease()->accounts.setPassword(name, hash))
        throw http::HttpError(404, "not_found", "no such user");
    backend.accounts.audit(exchange, "user_password", name);
    exchange.sendEmpty(204);
}

void removeUser(http::Exchange& exchange, Backend& backend) {
    const std::string name = exchange.path_values.at(0);
    const store::UserRemoval removal = backend.stores.lease()->accounts.remove(name);
    if (removal == store::UserRemoval::NoSuchUser) throw http::HttpError(404, "not_found", "no such user");
    if (removal == store::UserRemoval::LastAdmin)
        throw http::HttpError(409, "last_admin", "this is the last administrator");
    backend.accounts.audit(exchange, "user_remove", name);
    exchange.sendEmpty(204);
}

void listTokens(http::Exchange& exchange, Backend& backend) {
    JsonWriter json;
    json.beginObject().key("tokens").beginArray();
    for (const store::TokenRow& token : backend.stores.lease()->accounts.tokens()) {
        json.beginObject()
            .field("name", token.name)
            .field("role", nameOf(token.role))
            .field("created_at", token.created_at);
        json.field("maker", token.maker).field("last_used_at", token.last_used_at).endObject();
    }
    exchange.sendJson(200, json.endArray().endObject().text());
}

void addToken(http::Exchange& exchange, Backend& backend) {
    const http::JsonBody body(exchange.body(), {"name", "role"});
    store::TokenRow row;
    row.name = body.text("name", 40);
    checkUserName(row.name);
    row.role = readRole(body);
    const auto tokens = backend.stores.lease()->accounts.tokens();
    if (tokens.size() >= kMaxTokens)
        throw http::HttpError(409, "too_many", "there are too many tokens: remove one first");
    for (const auto& token : tokens)
        if (token.name == row.name) throw http::HttpError(409, "name_taken", "this name is taken", "name");
    const std::string token = generateToken();
    row.token_hash = hashToken(token);
    row.created_at = backend.services.clock.wallNow();
    row.user_id = exchange.caller->user_id;
    row.maker = exchange.caller->name;
    backend.stores.lease()->accounts.insertToken(row);
    backend.accounts.audit(exchange, "token_add", row.name + " as " + nameOf(row.role));
    JsonWriter json;
    json.beginObject()
        .field("name", row.name)
        .field("role", nameOf(row.role))
        .field("created_at", row.created_at);
    exchange.sendJson(201, json.field("token", token).endObject().text());
}

void removeToken(http::Exchange& exchange, Backend& backend) {
    const std::string name = exchange.path_values.at(0);
    if (!backend.stores.lease()->accounts.removeToken(name))
        throw http::HttpError(404, "not_found", "no such token");
    backend.accounts.audit(exchange, "token_remove", name);
    exchange.sendEmpty(204);
}

store::AuditFilter readAuditFilter(const http::Exchange& exchange, WallTime now) {
    store::AuditFilter filter;
    filter.user = exchange.query("user").value_or("");
    filter.action = exchange.query("action").value_or("");
    filter.from = exchange.queryTime("from", now);
    filter.to = exchange.queryTime("to", now);
    filter.before_id = readNumber(exchange, "cursor", 0, 1, std::numeric_limits<std::int64_t>::max());
    return filter;
}

void audit(http::Exchange& exchange, Backend& backend) {
    const auto limit = static_cast<std::size_t>(readNumber(exchange, "limit", 500, 1, 500));
    const auto rows = backend.stores.lease()->audit.newest(
        limit, readAuditFilter(exchange, backend.services.clock.wallNow()));
    JsonWriter json;
    json.beginObject().key("audit").beginArray();
    for (const store::AuditRow& row : rows) {
        json.beginObject().field("done_at", row.at).field("user", row.user).field("address", row.address);
        json.field("action", row.action).field("detail", row.detail).endObject();
    }
    json.endArray().key("next_cursor");
    if (rows.size() < limit)
        json.null();
    else
        json.value(std::to_string(rows.back().id));
    json.key("failed_logins").beginArray();
    for (const store::FailedLoginRow& row : backend.stores.lease()->audit.failedLogins(kFailedLoginsShown)) {
        json.beginObject().field("user", row.user).field("address", row.address);
        json.field("first_at", row.first_at)
            .field("last_at", row.last_at)
            .field("tries", row.tries)
            .endObject();
    }
    exchange.sendJson(200, json.endArray().endObject().text());
}

}  // namespace

void addAccountRoutes(std::vector<Route>& routes) {
    routes.push_back({"POST", "/api/v1/login", Access::Open, login});
    routes.push_back({"POST", "/api/v1/logout", Access::Viewer, logout});
    routes.push_back({"GET", "/api/v1/me", Access::Viewer, me});
    routes.push_back({"GET", "/api/v1/users", Access::Admin, listUsers});
    routes.push_back({"POST", "/api/v1/users", Access::Admin, addUser});
    routes.push_back({"PUT", "/api/v1/users/{name}/password", Access::Admin, setPassword});
    routes.push_back({"DELETE", "/api/v1/users/{name}", Access::Admin, removeUser});
    routes.push_back({"GET", "/api/v1/tokens", Access::Admin, listTokens});
    routes.push_back({"POST", "/api/v1/tokens", Access::Admin, addToken});
    routes.push_back({"DELETE", "/api/v1/tokens/{name}", Access::Admin, removeToken});
    routes.push_back({"GET", "/api/v1/audit", Access::Admin, audit});
}

}  // namespace porchlight::web
