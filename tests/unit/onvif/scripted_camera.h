/// A web server on loopback that answers as a test says.
#pragma once

#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/fd.h"
#include "onvif/address.h"
#include "porchlight/mutex.h"
#include "support/loopback_port.h"

namespace porchlight::test {

/// One connection after the other; each is one request, which `answer` gets whole. What it returns is sent
/// byte for byte, then the connection is closed. **Owns** its thread.
class ScriptedCamera {
  public:
    using Answer = std::function<std::string(const std::string& request)>;

    explicit ScriptedCamera(Answer answer, milliseconds each_byte = milliseconds{0})
        : answer_(std::move(answer)), each_byte_(each_byte) {
        thread_ = std::thread([this] { run(); });
    }
    ~ScriptedCamera() {
        stop_ = true;
        thread_.join();
    }
    ScriptedCamera(const ScriptedCamera&) = delete;
    ScriptedCamera& operator=(const ScriptedCamera&) = delete;

    onvif::ServiceAddress address() const {
        onvif::ServiceAddress out;
        out.host = "127.0.0.1";
        out.port = port_.number();
        return out;
    }

    std::vector<std::string> requests() {
        const LockGuard lock(mutex_);
        return requests_;
    }

    /// How many requests hold it.
    int count(const std::string& text) {
        int out = 0;
        for (const std::string& request : requests()) out += request.find(text) != std::string::npos ? 1 : 0;
        return out;
    }

  private:
    void run() {
        while (!stop_) {
            if (base::waitFor(port_.fd(), POLLIN, Deadline::in(milliseconds(20))) == 0) continue;
            const base::Fd client(port_.accept());
            const std::string request = read(client.get());
            {
                const LockGuard lock(mutex_);
                requests_.push_back(request);
            }
            send(client.get(), answer_(request));
        }
    }

    /// Up to the end of the envelope; of a GET, of its head.
    std::string read(int client) const {
        std::string text;
        char piece[4096];
        while (!stop_ &&
               text.find(text.starts_with("GET ") ? "\r\n\r\n" : "</s:Envelope>") == std::string::npos) {
            if (base::waitFor(client, POLLIN, Deadline::in(milliseconds(50))) == 0) continue;
            const ssize_t got = ::recv(client, piece, sizeof piece, 0);
            if (got <= 0) break;
            text.append(piece, static_cast<std::size_t>(got));
        }
        return text;
    }

    void send(int client, const std::string& text) const {
        const std::size_t step = each_byte_.count() > 0 ? 1 : text.size();
        for (std::size_t at = 0; at < text.size() && !stop_; at += step) {
            if (::send(client, text.data() + at, std::min(step, text.size() - at), MSG_NOSIGNAL) < 0) return;
            std::this_thread::sleep_for(each_byte_);
        }
    }

    const Answer answer_;
    const milliseconds each_byte_;
    const LoopbackPort port_;
    std::atomic<bool> stop_{false};
    Mutex mutex_;
    std::vector<std::string> requests_ PORCHLIGHT_GUARDED_BY(mutex_);
    std::thread thread_;
};

/// An HTTP answer with its length.
inline std::string httpAnswer(const std::string& status, const std::string& body,
                              const std::string& fields = "") {
    return "HTTP/1.1 " + status + "\r\n" + fields + "Content-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
}

inline std::string soapBody(const std::string& content) {
    return "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"><s:Body>" + content +
           "</s:Body></s:Envelope>";
}

inline std::string soapFault(const std::string& code, const std::string& reason) {
    return soapBody("<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>" + code +
                    "</s:Value></s:Subcode></s:Code><s:Reason><s:Text>" + reason +
                    "</s:Text></s:Reason></s:Fault>");
}

}  // namespace porchlight::test
