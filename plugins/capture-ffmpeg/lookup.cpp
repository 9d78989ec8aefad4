#include "lookup.h"

#include <netdb.h>
#include <pthread.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "porchlight/mutex.h"
#include "porchlight/source_error.h"
#include "porchlight/time.h"

namespace porchlight::ffmpeg {
namespace {

constexpr std::chrono::seconds kPatience{6};  ///< the resolver's first server is asked again after 5 s
constexpr std::chrono::milliseconds kSlice{50};
constexpr int kMaxUnderWay = 4;

constinit std::atomic<int> under_way{0};

/// What a lookup and those who wait for it share. Thread: any thread.
struct Answer {
    Mutex mutex;
    ConditionVariable changed;
    std::optional<int> code PORCHLIGHT_GUARDED_BY(mutex);
    std::vector<std::string> addresses PORCHLIGHT_GUARDED_BY(mutex);
};

/// As HostGuard compares them; connecting to no address in particular is connecting to oneself.
void addAddress(const addrinfo& found, std::vector<std::string>& addresses) {
    char text[NI_MAXHOST] = {};
    if (::getnameinfo(found.ai_addr, found.ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST) != 0)
        return;
    const std::string address(text);
    addresses.push_back(address.starts_with("::ffff:") && address.find('.') != std::string::npos
                            ? address.substr(7)
                            : address);
    if (address == "0.0.0.0") addresses.emplace_back("127.0.0.1");
    if (address == "::") addresses.emplace_back("::1");
}

int resolve(const std::string& host, int flags, std::vector<std::string>& addresses) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags;
    addrinfo* found = nullptr;
    const int code = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(code == 0 ? found : nullptr,
                                                                     &::freeaddrinfo);
    for (const addrinfo* at = owner.get(); at != nullptr; at = at->ai_next) addAddress(*at, addresses);
    return code;
}

void lookUp(const std::string& host, const std::shared_ptr<Answer>& answer) {
    ::pthread_setname_np(::pthread_self(), "ffmpeg-lookup");
    std::vector<std::string> addresses;
    const int code = resolve(host, 0, addresses);
    {
        const LockGuard lock(answer->mutex);
        answer->code = code;
        answer->addresses = std::move(addresses);
    }
    answer->changed.notifyAll();
    --under_way;
}

/// Nothing when no answer came in time.
std::optional<int> resolveInTime(const std::string& host, const std::atomic<bool>& stop,
                                 std::vector<std::string>& addresses) {
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
    UniqueLock lock(answer->mutex);
    while (!answer->code && !stop && Monotonic::now() < until)
        answer->changed.waitUntil(lock, Monotonic::now() + kSlice);
    addresses = answer->addresses;
    return answer->code;
}

bool isLocalName(std::string host) {
    std::transform(host.begin(), host.end(), host.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return host.ends_with(".local");
}

}  // namespace

std::vector<std::string> checkHost(const Address& address, const std::atomic<bool>& stop) {
    std::vector<std::string> addresses;
    if (resolve(address.host, AI_NUMERICHOST, addresses) == 0) return addresses;
    const std::optional<int> code = resolveInTime(address.host, stop, addresses);
    if (code == 0) return addresses;
    const std::string what = "open " + address.shown + ": ";
    if (!code || code == EAI_AGAIN)
        throw Error(ErrorKind::Unavailable,
                    what + "host " + address.host + " not found: the name service does not answer");
    if (code != EAI_NONAME && code != EAI_NODATA)  // of this machine: no memory, no descriptors
        throw Error(ErrorKind::Unavailable,
                    what + "host " + address.host + " not looked up: " + ::gai_strerror(*code));
    const std::string why = what + "unknown host " + address.host + " (" + ::gai_strerror(*code) + ")";
    if (isLocalName(address.host)) throw Error(ErrorKind::Unavailable, why);
    throw SourceError(SourceFault::NotFound, why);
}

}  // namespace porchlight::ffmpeg
