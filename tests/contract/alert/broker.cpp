#include "broker.h"
#include "support/loopback_port.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

extern char** environ;

namespace porchlight::test {

namespace {

sockaddr_in loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

int freePort() {
    return LoopbackPort(false).number();
}

bool accepts(int port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    const sockaddr_in address = loopback(port);
    const bool is_open = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::close(fd);
    return is_open;
}

pid_t spawn(std::vector<std::string> words) {
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    pid_t pid = -1;
    const int failed = ::posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failed != 0) throw std::runtime_error("cannot start " + words[0] + ": install the package mosquitto");
    return pid;
}

void runToEnd(const std::vector<std::string>& words) {
    int status = 0;
    ::waitpid(spawn(words), &status, 0);
    if (status != 0) throw std::runtime_error(words[0] + " failed");
}

}  // namespace

Broker::Broker(const std::string& user, const std::string& password) : port_(freePort()) {
    std::ofstream config(folder_ / "mosquitto.conf");
    config << "listener " << port_ << " 127.0.0.1\n";
    if (::geteuid() == 0) config << "user root\n";  // or it would drop to a user that cannot read this folder
    if (user.empty()) {
        config << "allow_anonymous true\n";
        return;
    }
    config << "allow_anonymous false\npassword_file " << (folder_ / "passwords").string() << "\n";
    runToEnd({"mosquitto_passwd", "-b", "-c", (folder_ / "passwords").string(), user, password});
}

Broker::~Broker() {
    stop();
}

void Broker::set(const std::string& lines) const {
    std::ofstream(folder_ / "mosquitto.conf", std::ios::app) << lines << "\n";
}

void Broker::setRights(const std::string& rules) const {
    std::ofstream(folder_ / "rights") << rules << "\n";
    set("acl_file " + (folder_ / "rights").string());
}

void Broker::useTls(const std::string& subject_alt_name, int valid_days) const {
    const std::string ca_key = (folder_ / "ca.key").string(), request = (folder_ / "server.csr").string();
    const std::string key = (folder_ / "server.key").string(),
                      certificate = (folder_ / "server.pem").string();
    std::ofstream(folder_ / "names") << "subjectAltName=" << subject_alt_name << "\n";
    runToEnd({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
              "-days", "9", "-subj", "/CN=test authority", "-keyout", ca_key, "-out", caFile()});
    runToEnd({"openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
              "/CN=broker", "-keyout", key, "-out", request});
    runToEnd({"openssl", "x509", "-req", "-in", request, "-CA", caFile(), "-CAkey", ca_key, "-CAcreateserial",
              "-days", std::to_string(valid_days), "-extfile", (folder_ / "names").string(), "-out",
              certificate});
    set("certfile " + certificate + "\nkeyfile " + key);
}

void Broker::start() {
    const bool is_in_sbin = std::filesystem::exists("/usr/sbin/mosquitto");
    pid_ = spawn(
        {is_in_sbin ? "/usr/sbin/mosquitto" : "mosquitto", "-c", (folder_ / "mosquitto.conf").string()});
    const auto deadline = Deadline::in(seconds{5});
    while (!accepts(port_)) {
        if (deadline.isPast()) throw std::runtime_error("mosquitto did not start");
        std::this_thread::sleep_for(milliseconds{20});
    }
}

void Broker::signal(int number) const {
    ::kill(pid_, number);
}

void Broker::stop() {
    if (pid_ < 0) return;
    ::kill(pid_, SIGCONT);
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
}

Subscriber::Subscriber(int port) : client_(mosquitto_new(nullptr, true, this)) {
    mosquitto_message_callback_set(client_.get(),
                                   [](mosquitto*, void* self, const mosquitto_message* message) {
                                       static_cast<Subscriber*>(self)->heard_.push_back(
                                           {message->topic,
                                            std::string(static_cast<const char*>(message->payload),
                                                        static_cast<std::size_t>(message->payloadlen)),
                                            message->retain});
                                   });
    if (mosquitto_connect(client_.get(), "127.0.0.1", port, 30) != MOSQ_ERR_SUCCESS)
        throw std::runtime_error("no broker");
    mosquitto_subscribe_callback_set(client_.get(), [](mosquitto*, void* self, int, int, const int*) {
        static_cast<Subscriber*>(self)->is_subscribed_ = true;
    });
    mosquitto_subscribe(client_.get(), nullptr, "#", 1);
    if (!waitFor([&] { return is_subscribed_; })) throw std::runtime_error("the broker does not answer");
}

bool Subscriber::waitFor(const std::function<bool()>& is_done, milliseconds span) {
    const auto deadline = Deadline::in(span);
    while (!is_done()) {
        if (deadline.isPast()) return false;
        mosquitto_loop(client_.get(), 20, 1);
    }
    return true;
}

std::size_t Subscriber::count(const std::string& topic, const std::string& part) const {
    std::size_t found = 0;
    for (const Heard& one : heard_)
        found += one.topic == topic && one.payload.find(part) != std::string::npos;
    return found;
}

std::size_t Subscriber::indexOf(const std::string& topic, const std::string& part) const {
    std::size_t index = 0;
    while (index < heard_.size() &&
           (heard_[index].topic != topic || heard_[index].payload.find(part) == std::string::npos))
        ++index;
    return index;
}

std::string Subscriber::last(const std::string& topic) const {
    std::string payload;
    for (const Heard& one : heard_)
        if (one.topic == topic) payload = one.payload;
    return payload;
}

void Subscriber::publish(const std::string& topic, const std::string& payload, bool is_retained) {
    mosquitto_publish(client_.get(), nullptr, topic.c_str(), static_cast<int>(payload.size()), payload.data(),
                      1, is_retained);
}

}  // namespace porchlight::test
