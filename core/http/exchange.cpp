#include "http/exchange.h"

#include <Poco/DateTimeFormat.h>
#include <Poco/DateTimeFormatter.h>
#include <Poco/Exception.h>
#include <Poco/String.h>
#include <Poco/Timestamp.h>
#include <Poco/URI.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "base/budgets.h"
#include "base/text.h"
#include "http/http_error.h"
#include "porchlight/json.h"

namespace porchlight::http {
namespace {

/// Browsers write a space of a query as '+'. (Poco's own flag for it works on whole URIs only.)
std::string decode(std::string_view text) {
    std::string encoded(text);
    std::replace(encoded.begin(), encoded.end(), '+', ' ');
    std::string out;
    try {
        Poco::URI::decode(encoded, out);
    } catch (const Poco::Exception&) {
        throw HttpError(400, "bad_query", "the query is not well encoded");
    }
    if (out.find('\0') != std::string::npos) throw HttpError(400, "bad_query", "the query holds a NUL");
    return out;
}

std::map<std::string, std::string> parseQuery(std::string_view text) {
    std::map<std::string, std::string> out;
    if (text.empty()) return out;
    for (const std::string& part : base::split(text, '&')) {
        const auto equals = part.find('=');
        out[decode(std::string_view(part).substr(0, equals))] =
            equals == std::string::npos ? "" : decode(std::string_view(part).substr(equals + 1));
    }
    return out;
}

}  // namespace

Exchange::Exchange(const Request& request, Wire& wire, ConnectionTable::Entry& entry, const Peer& peer,
                   bool can_keep_alive)
    : request_(request),
      wire_(wire),
      entry_(entry),
      peer_(peer),
      path_(request.head.target.substr(0, request.head.target.find('?'))),
      is_head_(request.head.method == "HEAD"),
      keep_alive_(can_keep_alive) {
    response_.setVersion(request.head.version);
}

std::string Exchange::method() const {
    return is_head_ ? "GET" : request_.head.method;
}

std::string Exchange::headerList(const std::string& name) const {
    std::string out;
    for (const auto& [field, value] : request_.head.fields)
        if (Poco::icompare(field, name) == 0) out += (out.empty() ? "" : ",") + value;
    return out;
}

std::string Exchange::cookie(const std::string& name) const {
    for (const std::string& part : base::split(header("Cookie"), ';')) {
        const auto start = part.find_first_not_of(' ');
        const auto equals = part.find('=');
        if (start == std::string::npos || equals == std::string::npos || equals < start) continue;
        if (part.substr(start, equals - start) == name) return part.substr(equals + 1);
    }
    return {};
}

std::string Exchange::queryText() const {
    const auto mark = request_.head.target.find('?');
    return mark == std::string::npos ? "" : request_.head.target.substr(mark);
}

std::optional<std::string> Exchange::query(const std::string& name) const {
    const std::string& uri = request_.head.target;
    const auto mark = uri.find('?');
    if (mark == std::string::npos) return std::nullopt;
    const auto all = parseQuery(std::string_view(uri).substr(mark + 1));
    const auto found = all.find(name);
    if (found == all.end() || found->second.empty()) return std::nullopt;
    return found->second;
}

std::optional<WallTime> Exchange::queryTime(const std::string& name, WallTime now) const {
    const auto text = query(name);
    if (!text) return std::nullopt;
    const auto time = base::parseTime(*text, now);
    if (!time) throw HttpError(400, "bad_time", "must be ISO 8601 UTC or relative like -2h", name);
    return time;
}

std::optional<bool> Exchange::queryBoolean(const std::string& name) const {
    const auto text = query(name);
    if (!text) return std::nullopt;
    if (*text == "true" || *text == "1") return true;
    if (*text == "false" || *text == "0") return false;
    throw HttpError(400, "bad_boolean", "must be true or false", name);
}

std::string Exchange::head(int status) {
    const auto code = static_cast<Poco::Net::HTTPResponse::HTTPStatus>(status);
    response_.setStatusAndReason(code);
    response_.setDate(Poco::Timestamp());
    response_.setKeepAlive(keep_alive_);
    response_.set("Content-Security-Policy",
                  "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; base-uri 'none'; "
                  "form-action 'self'; frame-ancestors 'none'");
    response_.set("X-Content-Type-Options", "nosniff");
    response_.set("Referrer-Policy", "no-referrer");
    if (!response_.has("Cache-Control")) response_.set("Cache-Control", "no-store");
    std::ostringstream text;
    response_.write(text);
    has_answered_ = true;
    return text.str();
}

void Exchange::sendAll(Bytes bytes) {
    try {
        wire_.send(bytes, is_over_);
    } catch (const ClientGone&) {
        keep_alive_ = false;
        throw;
    }
}

void Exchange::sendBytes(int status, const std::string& type, Bytes bytes) {
    response_.setContentType(type);
    response_.setContentLength64(static_cast<Poco::Int64>(bytes.size()));
    std::string out = head(status);
    if (!is_head_ && bytes.size() <= 16384)
        out.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    entry_.mustMoveWithin(budget::kHttpRequest);
    sendAll(bytesOf(out));
    if (!is_head_ && bytes.size() > 16384) sendAll(bytes);
}

void Exchange::sendJson(int status, const std::string& json) {
    sendBytes(status, "application/json", bytesOf(json));
}

void Exchange::sendError(int status, const std::string& code, const std::string& message,
                         const std::string& field) {
    JsonWriter json;
    json.beginObject().key("error").beginObject().field("code", code).field("message", message);
    json.field("field", field).endObject().endObject();
    sendJson(status, json.text());
}

void Exchange::sendEmpty(int status) {
    if (status != 204 && status != 304) response_.setContentLength64(0);
    entry_.mustMoveWithin(budget::kHttpRequest);
    sendAll(bytesOf(head(status)));
}

void Exchange::sendRedirect(const std::string& location) {
    response_.set("Location", location);
    sendEmpty(303);
}

void Exchange::beginFixed(int status, const std::string& type, std::uint64_t length) {
    response_.setContentType(type);
    response_.setContentLength64(static_cast<Poco::Int64>(length));
    entry_.mustMoveWithin(budget::kHttpRequest);
    sendAll(bytesOf(head(status)));
}

void Exchange::beginOpenEnded(const std::string& type) {
    response_.setContentType(type);
    response_.set("X-Accel-Buffering", "no");  // a proxy that waits for more shows nothing
    is_chunked_ = request_.head.version == "HTTP/1.1";
    if (is_chunked_)
        response_.setChunkedTransferEncoding(true);
    else
        keep_alive_ = false;
    entry_.mustMoveWithin(budget::kHttpRequest);
    sendAll(bytesOf(head(200)));
}

void Exchange::sendPart(Bytes bytes, milliseconds budget) {
    if (bytes.empty()) return;
    entry_.mustMoveWithin(budget);
    if (is_chunked_) {
        std::ostringstream size;
        size << std::hex << bytes.size() << "\r\n";
        sendAll(bytesOf(size.str()));
    }
    sendAll(bytes);
    if (is_chunked_) sendAll(bytesOf("\r\n"));
    entry_.mayRest();
}

void Exchange::finishOpenEnded() {
    if (!is_chunked_) return;
    entry_.mustMoveWithin(budget::kHttpRequest);
    sendAll(bytesOf("0\r\n\r\n"));
}

void Exchange::switchProtocol(const std::string& protocol, const std::string& fields) {
    keep_alive_ = false;
    has_answered_ = true;
    response_.setStatus(Poco::Net::HTTPResponse::HTTP_SWITCHING_PROTOCOLS);
    entry_.mustMoveWithin(budget::kHttpRequest);
    sendAll(bytesOf("HTTP/1.1 101 Switching Protocols\r\nUpgrade: " + protocol +
                    "\r\nConnection: Upgrade\r\n" + fields + "\r\n"));
    entry_.mayRest();
}

void Exchange::receive(std::string& into) {
    for (std::size_t records = 0; records < 4; ++records) {
        const Wire::Step step = wire_.receive(into);
        if (step == Wire::Step::Ended) throw ClientGone("the client closed the connection");
        if (step != Wire::Step::Done) return;
    }
}

}  // namespace porchlight::http
