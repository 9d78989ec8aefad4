#include <curl/curl.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "place.h"
#include "porchlight/head.h"
#include "porchlight/host_lookup.h"
#include "porchlight/source_error.h"

namespace porchlight::still {
namespace {

constexpr long kConnectMs = 5'000;
constexpr long kWholeMs = 10'000;  ///< of one request, with the answer to a 401
constexpr long kSilentSeconds = 5;
constexpr milliseconds kSlice{50};
constexpr int kMaxRedirects = 3;
constexpr std::size_t kMaxMarkBytes = 256;  ///< of an ETag or a date

template <auto End>
struct Ends {
    template <class T>
    void operator()(T* thing) const noexcept {
        End(thing);
    }
};
using Easy = std::unique_ptr<CURL, Ends<&curl_easy_cleanup>>;
using Multi = std::unique_ptr<CURLM, Ends<&curl_multi_cleanup>>;
using Lines = std::unique_ptr<curl_slist, Ends<&curl_slist_free_all>>;
using Url = std::unique_ptr<CURLU, Ends<&curl_url_cleanup>>;
using Text = std::unique_ptr<char, Ends<&curl_free>>;

template <class T>
T* needed(T* thing) {
    if (thing == nullptr) throw Error(ErrorKind::Exhausted, "libcurl has no memory");
    return thing;
}

/// An address taken apart by the same hands that will use it.
class WebAddress {
  public:
    explicit WebAddress(const std::string& text) : url_(needed(curl_url())) {
        if (curl_url_set(url_.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK)
            throw Error(ErrorKind::Misconfigured, "no address that can be asked");
    }

    std::string part(CURLUPart what, unsigned flags = 0) const {
        char* found = nullptr;
        const CURLUcode code = curl_url_get(url_.get(), what, &found, flags);
        const Text owner(found);
        return code == CURLUE_OK ? std::string(found) : std::string();
    }
    /// In small letters, without brackets around an IPv6 address.
    std::string host() const {
        std::string host = part(CURLUPART_HOST);
        if (isNumberOf6()) host = host.substr(1, host.size() - 2);
        return lower(host);
    }
    bool isNumberOf6() const { return part(CURLUPART_HOST).starts_with('['); }
    std::string port() const { return part(CURLUPART_PORT, CURLU_DEFAULT_PORT); }
    std::string shown() const { return part(CURLUPART_SCHEME) + "://" + part(CURLUPART_HOST) + ":" + port(); }
    std::string withoutUser() const {
        const Url plain(needed(curl_url_dup(url_.get())));
        curl_url_set(plain.get(), CURLUPART_USER, nullptr, 0);
        curl_url_set(plain.get(), CURLUPART_PASSWORD, nullptr, 0);
        char* found = nullptr;
        curl_url_get(plain.get(), CURLUPART_URL, &found, 0);
        return Text(needed(found)).get();
    }

  private:
    Url url_;
};

/// A word of the server's, fit for a text.
std::string plain(const char* text) {
    std::string out = text != nullptr ? std::string(text).substr(0, 60) : "no type";
    std::replace_if(
        out.begin(), out.end(), [](unsigned char c) { return c < 0x20 || c > 0x7e; }, '?');
    return out;
}

class HttpPlace final : public Place {
  public:
    HttpPlace(const Settings& settings, const std::atomic<bool>& stop)
        : address_(std::string(settings.text("url"))),
          shown_(address_.shown()),
          user_(address_.part(CURLUPART_USER, CURLU_URLDECODE)),
          password_(address_.part(CURLUPART_PASSWORD, CURLU_URLDECODE)),
          stop_(stop) {
        [[maybe_unused]] static const CURLcode is_ready = curl_global_init(CURL_GLOBAL_DEFAULT);
        for (const auto& number : lookUpHost(address_.host(), "open " + shown_ + ": ", stop))
            numbers_ += (numbers_.empty() ? "" : ",") + number;
        easy_.reset(needed(curl_easy_init()));
        multi_.reset(needed(curl_multi_init()));
        bytes_.reserve(kMaxBytes);
        setUp(settings.boolean("verify"));
    }
    ~HttpPlace() override { leave(); }

    std::optional<Answer> ask(Deadline deadline) override {
        if (!is_under_way_) {
            redirects_ = 0;
            begin(address_);
        }
        for (;;) {
            int running = 0;
            curl_multi_perform(multi_.get(), &running);
            if (running == 0) {
                if (const auto answer = finish()) return answer;
                continue;  // it was a redirect
            }
            if (stop_ || deadline.isPast()) return std::nullopt;
            const auto wait = std::min(deadline.remaining(), kSlice);
            curl_multi_poll(multi_.get(), nullptr, 0, static_cast<int>(wait.count()), nullptr);
        }
    }

    void reject() noexcept override {
        has_picture_ = false;
        tag_.clear();
        date_.clear();
    }

    const std::string& shown() const noexcept override { return shown_; }

  private:
    template <class T>
    void set(CURLoption option, T value) {
        if (curl_easy_setopt(easy_.get(), option, value) != CURLE_OK)
            throw Error(ErrorKind::Internal, "libcurl refused option " + std::to_string(option));
    }

    void setUp(bool verifies) {
        set(CURLOPT_PROTOCOLS_STR, "http,https");
        set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
        set(CURLOPT_NOSIGNAL, 1L);
        set(CURLOPT_PROXY, "");  // the camera itself is asked, whatever the environment names
        set(CURLOPT_CONNECTTIMEOUT_MS, kConnectMs);
        set(CURLOPT_TIMEOUT_MS, kWholeMs);
        set(CURLOPT_LOW_SPEED_LIMIT, 1L);
        set(CURLOPT_LOW_SPEED_TIME, kSilentSeconds);
        set(CURLOPT_MAXFILESIZE, static_cast<long>(kMaxBytes));
        set(CURLOPT_USERAGENT, "Porchlight");
        set(CURLOPT_SSL_VERIFYPEER, verifies ? 1L : 0L);
        set(CURLOPT_SSL_VERIFYHOST, verifies ? 2L : 0L);
        set(CURLOPT_WRITEFUNCTION, &HttpPlace::take);
        set(CURLOPT_WRITEDATA, static_cast<void*>(this));
        if (user_.empty()) return;
        set(CURLOPT_HTTPAUTH,
            static_cast<long>(CURLAUTH_DIGEST | CURLAUTH_BASIC));  // the safest that is offered
    }

    /// User and password are for what the owner named: another service of the same host is told neither.
    bool isOwnDoor(const WebAddress& address) const {
        const bool is_upgrade =
            address_.port() == "80" && address.port() == "443" && address.part(CURLUPART_SCHEME) == "https";
        return address.port() == address_.port() || is_upgrade;
    }

    /// The host is found already: libcurl's own lookup cannot be ended, and needs a pair of sockets, which
    /// the sandbox has none of.
    void begin(const WebAddress& address) {
        bytes_.clear();
        refusal_.clear();
        lines_.reset();
        if (!tag_.empty()) add(lines_, "If-None-Match: " + tag_);
        if (!date_.empty()) add(lines_, "If-Modified-Since: " + date_);
        set(CURLOPT_HTTPHEADER, lines_.get());
        Lines found;
        if (!address.isNumberOf6()) add(found, address.host() + ":" + address.port() + ":" + numbers_);
        set(CURLOPT_RESOLVE, found.get());
        found_ = std::move(found);
        const bool is_told = !user_.empty() && isOwnDoor(address);
        set(CURLOPT_USERNAME, is_told ? user_.c_str() : nullptr);
        set(CURLOPT_PASSWORD, is_told ? password_.c_str() : nullptr);
        set(CURLOPT_URL, address.withoutUser().c_str());
        if (curl_multi_add_handle(multi_.get(), easy_.get()) != CURLM_OK)
            throw Error(ErrorKind::Exhausted, what() + "libcurl takes no request");
        is_under_way_ = true;
    }

    static void add(Lines& lines, const std::string& line) {
        curl_slist* const longer = needed(curl_slist_append(lines.get(), line.c_str()));
        (void)lines.release();
        lines.reset(longer);
    }

    void leave() noexcept {
        if (is_under_way_) curl_multi_remove_handle(multi_.get(), easy_.get());
        is_under_way_ = false;
    }

    /// Bytes of a body; what was answered with another status than 200 is not kept.
    static std::size_t take(char* data, std::size_t, std::size_t size, void* self) noexcept {
        auto& place = *static_cast<HttpPlace*>(self);
        try {
            return place.takeBytes(data, size) ? size : 0;
        } catch (const std::exception&) {
            return 0;
        }
    }

    bool takeBytes(const char* data, std::size_t size) {
        if (status() != 200) return true;
        if (bytes_.empty() && size > 0 && data[0] != '\xff') {
            const char* type = nullptr;
            curl_easy_getinfo(easy_.get(), CURLINFO_CONTENT_TYPE, &type);
            refusal_ = "answers with " + plain(type) + ", not with a JPEG";
            if (plain(type).starts_with("multipart/")) refusal_ += ": a stream, for the plugin ffmpeg";
        } else if (size > kMaxBytes - bytes_.size()) {
            refusal_ = "answers with more than 8 MiB";
        }
        if (!refusal_.empty()) return false;
        bytes_.insert(bytes_.end(), data, data + size);
        return true;
    }

    long status() const {
        long status = 0;
        curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
        return status;
    }

    /// Nothing: the answer sends elsewhere, and that is asked now.
    std::optional<Answer> finish() {
        int left = 0;
        const CURLMsg* message = curl_multi_info_read(multi_.get(), &left);
        const CURLcode code = message != nullptr ? message->data.result : CURLE_OUT_OF_MEMORY;
        leave();
        if (code != CURLE_OK) fail(code);
        char* elsewhere = nullptr;
        curl_easy_getinfo(easy_.get(), CURLINFO_REDIRECT_URL, &elsewhere);
        if (elsewhere != nullptr) {
            follow(elsewhere);
            return std::nullopt;
        }
        return judge(status());
    }

    /// To the camera's own host only: a camera must not make this machine talk to others.
    void follow(const std::string& url) {
        const WebAddress next(url);
        const bool is_less_safe =
            address_.part(CURLUPART_SCHEME) == "https" && next.part(CURLUPART_SCHEME) != "https";
        if (++redirects_ > kMaxRedirects)
            throw Error(ErrorKind::Misconfigured, what() + "sends from one address to the next");
        if (next.host() != address_.host() || is_less_safe)
            throw Error(ErrorKind::Misconfigured,
                        what() + "sends to " + next.shown() + ", which is not asked");
        begin(next);
    }

    Answer judge(long status) {
        if (status == 304 && has_picture_) return {Answer::News::NoneItSays, {}};
        if (status == 401)
            throw SourceError(SourceFault::AuthRefused, what() + "user or password refused (401)");
        if (status == 403)
            throw SourceError(SourceFault::AuthRefused, what() + "not allowed to this user (403)");
        if (status == 404 || status == 410)
            throw SourceError(SourceFault::NotFound,
                              what() + "no such picture (" + std::to_string(status) + ")");
        if (status != 200)
            throw Error(ErrorKind::Unavailable, what() + "answers with status " + std::to_string(status));
        tag_ = header("ETag");
        date_ = header("Last-Modified");
        has_picture_ = true;
        return {Answer::News::Picture, bytes_};
    }

    /// Empty where the server has none, or one that is too long to be sent back.
    std::string header(const char* name) const {
        curl_header* found = nullptr;
        if (curl_easy_header(easy_.get(), name, 0, CURLH_HEADER, -1, &found) != CURLHE_OK) return "";
        return std::strlen(found->value) <= kMaxMarkBytes ? found->value : "";
    }

    [[noreturn]] void fail(CURLcode code) {
        if (code == CURLE_FILESIZE_EXCEEDED) refusal_ = "answers with more than 8 MiB";
        if (!refusal_.empty()) throw Error(ErrorKind::Misconfigured, what() + refusal_);
        if (code == CURLE_OUT_OF_MEMORY) throw Error(ErrorKind::Exhausted, what() + "no memory");
        if (code == CURLE_PARTIAL_FILE) throw Error(ErrorKind::BadData, what() + "the picture is cut off");
        if (code == CURLE_PEER_FAILED_VERIFICATION)
            throw Error(ErrorKind::Misconfigured,
                        what() + "its certificate is not to be trusted (verify: false takes any)");
        long number = 0;
        curl_easy_getinfo(easy_.get(), CURLINFO_OS_ERRNO, &number);
        throw Error(ErrorKind::Unavailable, what() + (code == CURLE_COULDNT_CONNECT && number != 0
                                                          ? std::strerror(static_cast<int>(number))
                                                          : curl_easy_strerror(code)));
    }

    std::string what() const { return "ask " + shown_ + ": "; }

    const WebAddress address_;
    const std::string shown_;
    const std::string user_;
    const std::string password_;
    const std::atomic<bool>& stop_;
    std::string numbers_;  ///< the host's addresses
    Lines found_;
    Lines lines_;
    Easy easy_;
    Multi multi_;
    bool is_under_way_ = false;
    bool has_picture_ = false;  ///< 304 answers nothing else
    int redirects_ = 0;
    std::string tag_;
    std::string date_;
    std::string refusal_;  ///< why the body was not read on
    std::vector<std::uint8_t> bytes_;
};

}  // namespace

std::unique_ptr<Place> httpPlace(const Settings& settings, const std::atomic<bool>& stop) {
    return std::make_unique<HttpPlace>(settings, stop);
}

}  // namespace porchlight::still
