/// Finds a camera's host, within bounds that the system's resolver does not keep.
#pragma once

#include <netdb.h>
#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "porchlight/head.h"
#include "porchlight/mutex.h"
#include "porchlight/source_error.h"
#include "porchlight/time.h"

namespace porchlight {
namespace detail {

inline constexpr seconds kLookupPatience{6};  ///< the resolver's first server is asked again after 5 s
inline constexpr milliseconds kLookupSlice{50};
inline constexpr int kMaxLookups = 4;

inline constinit std::atomic<int> lookups_under_way{0};

/// What a lookup and those who wait for it share. **Thread**: any.
struct LookupAnswer {
    Mutex mutex;
    ConditionVariable changed;
    std::optional<int> code PORCHLIGHT_GUARDED_BY(mutex);
    std::vector<std::string> addresses PORCHLIGHT_GUARDED_BY(mutex);
};

/// As numbers; connecting to no address in particular is connecting to oneself.
inline void addAddress(const addrinfo& found, std::vector<std::string>& addresses) {
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

inline int resolve(const std::string& host, int flags, std::vector<std::string>& addresses) {
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

inline void lookUp(const std::string& host, const std::shared_ptr<LookupAnswer>& answer) {
    ::pthread_setname_np(::pthread_self(), "lookup");
    std::vector<std::string> addresses;
    const int code = resolve(host, 0, addresses);
    {
        const LockGuard lock(answer->mutex);
        answer->code = code;
        answer->addresses = std::move(addresses);
    }
    answer->changed.notifyAll();
    --lookups_under_way;
}

/// Nothing when no answer came in time.
inline std::optional<int> resolveInTime(const std::string& host, const std::atomic<bool>& stop,
                                        std::vector<std::string>& addresses) {
    if (lookups_under_way.fetch_add(1) >= kMaxLookups) {
        --lookups_under_way;
        return std::nullopt;
    }
    const auto answer = std::make_shared<LookupAnswer>();
    try {
        std::thread([host, answer] { lookUp(host, answer); }).detach();
    } catch (const std::system_error& error) {
        --lookups_under_way;
        throw Error(ErrorKind::Exhausted, std::string("look up ") + host + ": " + error.what());
    }
    const auto until = Monotonic::now() + kLookupPatience;
    UniqueLock lock(answer->mutex);
    while (!answer->code && !stop && Monotonic::now() < until)
        answer->changed.waitUntil(lock, Monotonic::now() + kLookupSlice);
    addresses = answer->addresses;
    return answer->code;
}

inline bool isLocalName(const std::string& host) {
    return lower(host).ends_with(".local");
}

}  // namespace detail

/// The host's addresses as numbers; a host that is a number is not asked about. A resolver whose server is
/// silent takes up to half a minute and cannot be interrupted: it is left to a thread that nobody waits for,
/// of which there are four at most. Blocks up to 6 s, ends within 50 ms of `stop`. `what` begins the texts of
/// failures: "open http://cam: ". Throws SourceError(NotFound: unknown host), Error(Unavailable: the name
/// service does not answer, or a ".local" name whose owner is away).
inline std::vector<std::string> lookUpHost(const std::string& host, const std::string& what,
                                           const std::atomic<bool>& stop) {
    std::vector<std::string> addresses;
    if (detail::resolve(host, AI_NUMERICHOST, addresses) == 0) return addresses;
    const std::optional<int> code = detail::resolveInTime(host, stop, addresses);
    if (code == 0) return addresses;
    if (!code || code == EAI_AGAIN)
        throw Error(ErrorKind::Unavailable,
                    what + "host " + host + " not found: the name service does not answer");
    if (code != EAI_NONAME && code != EAI_NODATA)  // of this machine: no memory, no descriptors
        throw Error(ErrorKind::Unavailable,
                    what + "host " + host + " not looked up: " + ::gai_strerror(*code));
    const std::string why = what + "unknown host " + host + " (" + ::gai_strerror(*code) + ")";
    if (detail::isLocalName(host)) throw Error(ErrorKind::Unavailable, why);
    throw SourceError(SourceFault::NotFound, why);
}

}  // namespace porchlight
