#include "lookup.h"

#include <netdb.h>
#include <pthread.h>

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "porchlight/time.h"

namespace porchlight::ffmpeg {
namespace {

constexpr std::chrono::seconds kPatience{6};  ///< the resolver's first server is asked again after 5 s
constexpr std::chrono::milliseconds kSlice{50};
constexpr int kMaxUnderWay = 4;

constinit std::atomic<int> under_way{0};

/// What a lookup and those who wait for it share. Thread: any thread.
struct Answer {
    std::mutex mutex;
    std::condition_variable changed;
    std::optional<int> code;
};

int resolve(const std::string& host, int flags) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags;
    addrinfo* found = nullptr;
    const int code = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
    if (found) ::freeaddrinfo(found);
    return code;
}

void lookUp(const std::string& host, const std::shared_ptr<Answer>& answer) {
    ::pthread_setname_np(::pthread_self(), "ffmpeg-lookup");
    const int code = resolve(host, 0);
    {
        const std::lock_guard lock(answer->mutex);
        answer->code = code;
    }
    answer->changed.notify_all();
    --under_way;
}

/// Nothing when no answer came in time.
std::optional<int> resolveInTime(const std::string& host, const std::atomic<bool>& stop) {
    if (under_way.fetch_add(1) >= kMaxUnderWay) {
        --under_way;
        return std::nullopt;
    }
    const auto answer = std::make_shared<Answer>();
    try {
        std::thread([host, answer] { lookUp(host, answer); }).detach();
    } catch (const std::system_error& error) {
        --under_way;
        throw Error(ErrorKind::Exhausted, std::string("look up ") + host + ": " + error.what());
    }
    const auto until = Monotonic::now() + kPatience;
    std::unique_lock lock(answer->mutex);
    while (!answer->code && !stop && Monotonic::now() < until) answer->changed.wait_for(lock, kSlice);
    return answer->code;
}

bool isLocalName(std::string host) {
    std::transform(host.begin(), host.end(), host.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return host.ends_with(".local");
}

}  // namespace

void checkHost(const Address& address, const std::atomic<bool>& stop) {
    if (resolve(address.host, AI_NUMERICHOST) == 0) return;
    const std::optional<int> code = resolveInTime(address.host, stop);
    if (code == 0) return;
    const std::string what = "open " + address.shown + ": ";
    if (!code || code == EAI_AGAIN)
        throw Error(ErrorKind::Unavailable, what + "host " + address.host + " not found: the name service does not answer");
    if (code != EAI_NONAME && code != EAI_NODATA)  // of this machine: no memory, no descriptors
        throw Error(ErrorKind::Unavailable, what + "host " + address.host + " not looked up: " + ::gai_strerror(*code));
    throw Error(isLocalName(address.host) ? ErrorKind::Unavailable : ErrorKind::Misconfigured,
                what + "unknown host " + address.host + " (" + ::gai_strerror(*code) + ")");
}

}  // namespace porchlight::ffmpeg
