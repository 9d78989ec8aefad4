#include "onvif/exchange.h"

#include <Poco/Net/Context.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/SSLException.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/Net/StreamSocketImpl.h>
#include <poll.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/dial.h"
#include "base/text.h"
#include "onvif/refusal.h"

namespace porchlight::onvif {
namespace {

using Poco::Net::StreamSocket;

constexpr const char* kPorts =
    "is the camera on, and ONVIF switched on in it? Some have it at another port (8080, 8000, 8899, 2020): "
    "give ADDRESS:PORT";

/// Whether it happened before the deadline; POLLIN, POLLOUT.
bool await(const StreamSocket& socket, short what, Deadline deadline, const base::Halt* halt) {
    if (deadline.isPast()) return false;
    const int fd = socket.impl()->sockfd();
    return (halt != nullptr ? halt->await(fd, what, deadline) : base::waitFor(fd, what, deadline)) != 0;
}

[[noreturn]] void refuse(Refusal refusal, const ServiceAddress& address, const std::string& why) {
    throw OnvifError(refusal, "ask " + address.hostAndPort() + ": " + why);
}

std::string whyNobodyAnswers(int error) {
    if (error == ECONNREFUSED) return "nothing listens at this port";
    return error == ETIMEDOUT ? "no answer" : std::strerror(error);
}

StreamSocket connectTo(const ServiceAddress& address, Deadline deadline, const base::Halt* halt) {
    if (halt != nullptr && halt->isRaised()) refuse(Refusal::TimedOut, address, "it is given up here");
    if (deadline.isPast()) refuse(Refusal::TimedOut, address, "the time for all questions is over");
    base::Dialled dialled;
    try {
        dialled = base::dial(address.host, address.port, deadline.remaining(), halt);
    } catch (const Error& error) {  // of the name
        refuse(Refusal::Unreachable, address, error.what());
    }
    if (!dialled.socket)
        refuse(Refusal::Unreachable, address, whyNobodyAnswers(dialled.error) + ": " + kPorts);
    return StreamSocket(new Poco::Net::StreamSocketImpl(dialled.socket.release()));
}

/// Over TLS where the address says so. **Owns** the socket, which never blocks.
class Line {
  public:
    Line(const ServiceAddress& address, Deadline deadline, const base::Halt* halt)
        : socket_(connectTo(address, deadline, halt)), halt_(halt) {
        socket_.setBlocking(false);
        if (!address.is_secure) return;
        const Poco::Net::Context::Ptr context(new Poco::Net::Context(
            Poco::Net::Context::TLS_CLIENT_USE, "", "", "", Poco::Net::Context::VERIFY_NONE));
        socket_ = Poco::Net::SecureStreamSocket::attach(socket_, address.host, context);
        socket_.setBlocking(false);
    }

    /// False: not in time.
    bool send(std::string_view bytes, Deadline deadline) {
        while (!bytes.empty()) {
            const int sent = socket_.sendBytes(bytes.data(), static_cast<int>(bytes.size()));
            if (sent > 0)
                bytes.remove_prefix(static_cast<std::size_t>(sent));
            else if (!awaitStep(sent, POLLOUT, deadline))
                return false;
        }
        return true;
    }

    /// What has come, empty at the end of the connection; false: not in time.
    bool receive(std::string& into, Deadline deadline) {
        std::array<char, 16384> piece{};
        for (;;) {
            if (deadline.isPast()) return false;
            const int got = socket_.receiveBytes(piece.data(), static_cast<int>(piece.size()));
            if (got >= 0) {
                into.assign(piece.data(), static_cast<std::size_t>(got));
                return true;
            }
            if (!awaitStep(got, POLLIN, deadline)) return false;
        }
    }

  private:
    /// TLS may want the other direction first.
    bool awaitStep(int result, short otherwise, Deadline deadline) {
        short what = otherwise;
        if (socket_.secure() && result == Poco::Net::SecureStreamSocket::ERR_SSL_WANT_READ) what = POLLIN;
        if (socket_.secure() && result == Poco::Net::SecureStreamSocket::ERR_SSL_WANT_WRITE) what = POLLOUT;
        return await(socket_, what, deadline, halt_);
    }

    StreamSocket socket_;
    const base::Halt* const halt_;
};

HttpAnswer answerOn(Line& line, const ServiceAddress& address, const http::AnswerBounds& bounds,
                    Deadline deadline) {
    http::AnswerReader reader(bounds);
    std::string bytes;
    bool is_whole = false;
    while (!is_whole) {
        if (!line.receive(bytes, deadline))
            refuse(Refusal::TimedOut, address, "no whole answer in time: it may be busy, try again later");
        if (bytes.empty()) break;
        is_whole = reader.add(bytes);
    }
    if (!is_whole && !reader.end()) throw Error(ErrorKind::BadData, "the answer was cut short");
    return reader.take();
}

std::string headOf(const char* method, const ServiceAddress& address, const std::string& fields) {
    return std::string(method) + " " + address.path + " HTTP/1.1\r\nHost: " + address.hostAndPort() +
           "\r\nConnection: close\r\n" + fields;
}

HttpAnswer exchange(const ServiceAddress& address, const std::string& request,
                    const http::AnswerBounds& bounds, const Waits& waits, Deadline deadline) {
    try {
        Line line(address, deadline.within(waits.connect), waits.halt);
        if (!line.send(request, deadline.within(waits.send)))
            refuse(Refusal::TimedOut, address, "it takes no request: it may be busy, try again later");
        return answerOn(line, address, bounds, deadline.within(waits.answer));
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::BadData) throw;
        refuse(Refusal::NotOnvif, address, error.what() + std::string(": ") + kPorts);
    } catch (const Poco::Net::SSLException&) {
        refuse(Refusal::NotOnvif, address, "it does not speak TLS as we do: try http:// instead of https://");
    } catch (const Poco::Exception& error) {
        refuse(Refusal::Unreachable, address, base::printable(error.displayText()) + ": " + kPorts);
    }
}

}  // namespace

HttpAnswer post(const ServiceAddress& address, const std::string& fields, const std::string& body,
                const Waits& waits, Deadline deadline) {
    return exchange(address,
                    headOf("POST", address, fields) + "Content-Length: " + std::to_string(body.size()) +
                        "\r\n\r\n" + body,
                    kAnswerBounds, waits, deadline);
}

HttpAnswer get(const ServiceAddress& address, const std::string& fields, std::uint64_t most_bytes,
               const Waits& waits, Deadline deadline) {
    return exchange(address, headOf("GET", address, fields) + "\r\n", {kAnswerBounds.head_bytes, most_bytes},
                    waits, deadline);
}

}  // namespace porchlight::onvif
