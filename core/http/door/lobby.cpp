#include "http/door/lobby.h"

#include <Poco/Net/SocketAddress.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <thread>

#include "base/log.h"
#include "http/door/local_peer.h"

namespace porchlight::http {
namespace {

constexpr int kTickMs = 250;
constexpr int kMaxEvents = 64;
constexpr int kMaxAccepted = 32;  // at a time: who already waits has a turn in between
constexpr std::size_t kMaxHeldBytes = 8U << 20U;
constexpr milliseconds kNoDescriptorPause{20};
constexpr seconds kOwnLine{60};

bool isOutOfDescriptors(int error) noexcept {
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

}  // namespace

Lobby::Lobby(ConnectionTable& table, std::vector<Door> doors, Give give, std::function<void()> tick)
    : table_(table),
      doors_(std::move(doors)),
      give_(std::move(give)),
      tick_(std::move(tick)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (!epoll_) throw base::errnoError("make the web's epoll", errno);
}

void Lobby::start() {
    watch(waker_.fd(), EPOLLIN, false);
    for (const Door& door : doors_) watch(door.socket, EPOLLIN, false);
    thread_ = base::Thread("web-lobby", [this] { run(); });
}

void Lobby::stop() {
    is_stopping_ = true;
    waker_.notify();
    thread_.join();
    waiting_.clear();
    const LockGuard lock(mutex_);
    returned_.clear();
}

void Lobby::take(std::unique_ptr<Connection> connection) {
    {
        const LockGuard lock(mutex_);
        returned_.push_back(std::move(connection));
    }
    waker_.notify();
}

void Lobby::watch(int fd, unsigned events, bool is_known) {
    epoll_event event{};
    event.events = events;
    event.data.fd = fd;
    if (::epoll_ctl(epoll_.get(), is_known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event) != 0)
        throw base::errnoError("wait for a connection", errno);
}

void Lobby::run() {
    epoll_event events[kMaxEvents];
    Monotonic::time_point tick_at = Monotonic::now();
    while (!is_stopping_) {
        const int count = ::epoll_wait(epoll_.get(), events, kMaxEvents, kTickMs);
        for (int i = 0; i < count && !is_stopping_; ++i) {
            try {
                onReady(events[i].data.fd);
            } catch (const std::exception& error) {
                base::logWarning("web", std::string("a connection ended: ") + error.what());
            }
        }
        if (Monotonic::now() < tick_at) continue;
        tick_at = Monotonic::now() + milliseconds(kTickMs);
        tick_();
    }
}

void Lobby::onReady(int fd) {
    if (fd == waker_.fd()) return takeReturned();
    for (const Door& door : doors_)
        if (door.socket == fd) return acceptFrom(door);
    const auto found = waiting_.find(fd);
    if (found == waiting_.end()) return;
    auto connection = std::move(found->second);
    waiting_.erase(found);
    advance(std::move(connection));
    limitBytes();
}

void Lobby::takeReturned() {
    waker_.drain();
    std::vector<std::unique_ptr<Connection>> returned;
    {
        const LockGuard lock(mutex_);
        returned.swap(returned_);
    }
    for (auto& connection : returned) {
        connection->awaitNext();
        watch(connection->fd(), 0, false);
        advance(std::move(connection));
    }
}

void Lobby::acceptFrom(const Door& door) {
    for (int i = 0; i < kMaxAccepted; ++i) {
        sockaddr_storage storage{};
        auto* peer = reinterpret_cast<sockaddr*>(&storage);
        socklen_t size = sizeof storage;
        base::Fd socket(::accept4(door.socket, peer, &size, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (!socket && isOutOfDescriptors(errno)) {
            table_.shedStranger();
            std::this_thread::sleep_for(kNoDescriptorPause);
        }
        if (!socket) return;
        welcome(door, std::move(socket),
                door.is_local ? "local" : Poco::Net::SocketAddress(peer, size).host().toString());
    }
}

void Lobby::welcome(const Door& door, base::Fd socket, const std::string& address) {
    if (door.is_local && isOwnDescendant(socket.get())) return noteOwn();
    auto connection = std::make_unique<Connection>(table_, std::move(socket), door, address);
    if (!connection->isAdmitted()) return;
    watch(connection->fd(), 0, false);
    advance(std::move(connection));
}

/// A line a minute: a worker that was taken over must not wash out the log.
void Lobby::noteOwn() {
    ++own_refused_;
    if (own_told_at_ && Monotonic::now() - *own_told_at_ < kOwnLine) return;
    own_told_at_ = Monotonic::now();
    base::logWarning("web",
                     "a process of the appliance itself was refused at the control socket" +
                         (own_refused_ > 1 ? ", " + std::to_string(own_refused_) + " times" : std::string()));
    own_refused_ = 0;
}

/// The connection is watched; it waits on, goes to a thread, or ends here.
void Lobby::advance(std::unique_ptr<Connection> connection) {
    const int fd = connection->fd();
    const auto wish = connection->advance();
    if (wish == Connection::Wish::Read || wish == Connection::Wish::Write) {
        watch(fd, wish == Connection::Wish::Read ? EPOLLIN | EPOLLRDHUP : EPOLLOUT, true);
        waiting_[fd] = std::move(connection);
        return;
    }
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
    if (wish == Connection::Wish::Answer) give_(std::move(connection));
}

/// What all incomplete requests hold together; the largest goes first.
void Lobby::limitBytes() {
    std::size_t sum = 0;
    auto largest = waiting_.begin();
    for (auto it = waiting_.begin(); it != waiting_.end(); ++it) {
        sum += it->second->bytes();
        if (it->second->bytes() > largest->second->bytes()) largest = it;
    }
    if (sum <= kMaxHeldBytes || largest == waiting_.end()) return;
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, largest->first, nullptr);
    waiting_.erase(largest);
}

}  // namespace porchlight::http
