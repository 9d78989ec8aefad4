#include "onvif/search.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <memory>
#include <set>

#include "base/fd.h"
#include "onvif/match.h"
#include "onvif/soap.h"
#include "porchlight/percent.h"

namespace porchlight::onvif {
namespace {

constexpr std::size_t kMaxCameras = 64;
constexpr std::size_t kMaxInterfaces = 16;
constexpr milliseconds kSlice{50};         ///< in which the search can be ended
constexpr milliseconds kSecondProbe{300};  ///< the first may be lost

std::string makeMessageId() {
    std::string bytes = freshBytes(16);
    bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x40);
    bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);
    std::string digits = hexText(bytes);
    for (const std::size_t at : {20U, 16U, 12U, 8U}) digits.insert(at, 1, '-');
    return "uuid:" + digits;
}

/// A socket that sends its multicast through the network of `interface`; none when the kernel refuses.
base::Fd openSocket(const std::string& interface) {
    base::Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    in_addr own{};
    if (!socket || ::inet_pton(AF_INET, interface.c_str(), &own) != 1) return {};
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr = own;
    const int hops = 1;
    if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::setsockopt(socket.get(), IPPROTO_IP, IP_MULTICAST_IF, &own, sizeof own) != 0 ||
        ::setsockopt(socket.get(), IPPROTO_IP, IP_MULTICAST_TTL, &hops, sizeof hops) != 0)
        return {};
    return socket;
}

class Asker {
  public:
    Asker(const Search& search, const MatchSink& found)
        : found_(found), halt_(search.halt), message_id_(makeMessageId()), probe_(probe(message_id_)) {
        group_.sin_family = AF_INET;
        group_.sin_port = htons(search.port);
        if (::inet_pton(AF_INET, search.group.c_str(), &group_.sin_addr) != 1)
            throw Error(ErrorKind::Internal, "no address: " + search.group);
        for (const std::string& interface : search.interfaces)
            if (base::Fd socket = openSocket(interface); socket && sockets_.size() < kMaxInterfaces)
                sockets_.push_back(std::move(socket));
        if (sockets_.empty()) throw Error(ErrorKind::Unavailable, "search the network: there is none");
    }

    void run(Deadline deadline) {
        send();
        const Deadline again = deadline.within(kSecondProbe);
        receive(again);
        if (deadline.isPast() || isOver()) return;
        send();
        receive(deadline);
    }

  private:
    void send() {
        for (const base::Fd& socket : sockets_)  // a network that is down just stays silent
            ::sendto(socket.get(), probe_.data(), probe_.size(), 0,
                     reinterpret_cast<const sockaddr*>(&group_), sizeof group_);
    }

    bool isOver() const noexcept {
        return is_enough_ || seen_.size() >= kMaxCameras || (halt_ != nullptr && halt_->isRaised());
    }

    void receive(Deadline deadline) {
        std::vector<pollfd> polls;
        for (const base::Fd& socket : sockets_) polls.push_back({socket.get(), POLLIN, 0});
        while (!isOver() && !deadline.isPast()) {
            const milliseconds left = std::min(deadline.remaining(), kSlice);
            if (::poll(polls.data(), static_cast<nfds_t>(polls.size()), static_cast<int>(left.count())) <= 0)
                continue;
            for (const pollfd& entry : polls)
                if (entry.revents != 0) takeOne(entry.fd);
        }
    }

    void takeOne(int socket) {
        sockaddr_in from{};
        socklen_t from_size = sizeof from;
        const ssize_t size = ::recvfrom(socket, buffer_.data(), buffer_.size(), 0,
                                        reinterpret_cast<sockaddr*>(&from), &from_size);
        if (size <= 0) return;
        char sender[INET_ADDRSTRLEN] = "";
        ::inet_ntop(AF_INET, &from.sin_addr, sender, sizeof sender);
        for (const Match& match : matchesIn({buffer_.data(), static_cast<std::size_t>(size)}, message_id_)) {
            const std::string id = match.endpoint.empty() ? match.addresses.front() : match.endpoint;
            if (!isOver() && seen_.insert(id).second) is_enough_ = !found_(match, sender);
        }
    }

    const MatchSink& found_;
    const base::Halt* const halt_;
    bool is_enough_ = false;
    const std::string message_id_;
    const std::string probe_;
    sockaddr_in group_{};
    std::vector<base::Fd> sockets_;
    std::set<std::string> seen_;
    std::vector<char> buffer_ = std::vector<char>(65'536);
};

}  // namespace

std::vector<std::string> Search::interfacesHere() {
    std::vector<std::string> out;
    ifaddrs* list = nullptr;
    if (::getifaddrs(&list) != 0) return out;
    const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner(list, ::freeifaddrs);
    for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
        if (entry->ifa_addr == nullptr || entry->ifa_addr->sa_family != AF_INET ||
            (entry->ifa_flags & IFF_UP) == 0)
            continue;
        char text[INET_ADDRSTRLEN] = "";
        ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(entry->ifa_addr)->sin_addr, text,
                    sizeof text);
        out.emplace_back(text);
    }
    return out;
}

void searchMatches(const Search& search, const MatchSink& found, Deadline deadline) {
    Asker(search, found).run(deadline);
}

void discover(const Search& search, const FoundSink& found, Deadline deadline) {
    searchMatches(
        search,
        [&found](const Match& match, const std::string& sender) {
            found(foundCamera(match, sender));
            return true;
        },
        deadline);
}

}  // namespace porchlight::onvif
