#include "sender.h"

#include <curl/curl.h>

#include <algorithm>

namespace porchlight::webhook {

namespace curl {

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
using Form = std::unique_ptr<curl_mime, Ends<&curl_mime_free>>;

template <class T>
T* needed(T* thing) {
    if (thing == nullptr) throw Error(ErrorKind::Exhausted, "webhook: libcurl has no memory");
    return thing;
}

struct Body {
    std::string text;
    std::size_t bytes = 0;
};

}  // namespace curl

using namespace curl;

namespace {

constexpr milliseconds kSlice{500};
constexpr milliseconds kInterruptedGrace{50};
constexpr long kConnectMs = 5'000;
constexpr std::size_t kMaxKept = 300;          ///< of an answer
constexpr std::size_t kMaxAnswer = 1U << 20U;  ///< then it is cut off

std::size_t takeBytes(char* data, std::size_t, std::size_t bytes, void* to) {
    auto& body = *static_cast<Body*>(to);
    body.bytes += bytes;
    body.text.append(data, std::min(bytes, kMaxKept - std::min(kMaxKept, body.text.size())));
    return body.bytes > kMaxAnswer ? 0 : bytes;
}

/// One line without control characters and blanks at its ends.
std::string shownOf(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c > 0x7e; }, ' ');
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
}

bool isOfTls(CURLcode code) {
    return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE ||
           code == CURLE_SSL_CERTPROBLEM || code == CURLE_SSL_ISSUER_ERROR;
}

}  // namespace

class Sender::Curl {
  public:
    Curl() {
        [[maybe_unused]] static const CURLcode is_ready = curl_global_init(CURL_GLOBAL_DEFAULT);
        easy.reset(needed(curl_easy_init()));
        multi.reset(needed(curl_multi_init()));
    }
    ~Curl() { leave(); }
    Curl(const Curl&) = delete;
    Curl& operator=(const Curl&) = delete;

    void leave() noexcept { curl_multi_remove_handle(multi.get(), easy.get()); }

    template <class T>
    void set(CURLoption option, T value) {
        if (curl_easy_setopt(easy.get(), option, value) != CURLE_OK)
            throw Error(ErrorKind::Misconfigured, "webhook: the address, a header or a file cannot be used");
    }

    Easy easy;
    Multi multi;
    Lines lines;
    Form form;
    Body body;
    char why[CURL_ERROR_SIZE] = "";
};

Sender::Sender(std::string ca_file, Wake& wake)
    : curl_(std::make_unique<Curl>()), ca_file_(std::move(ca_file)), wake_(wake) {}

Sender::~Sender() = default;

namespace {

/// The headers as libcurl wants them; "Expect:" keeps it from waiting before a picture.
Lines linesOf(const Request& request) {
    Lines lines(needed(curl_slist_append(nullptr, "Expect:")));
    for (const auto& [name, value] : request.headers) {
        const std::string line = value.empty() ? name + ";" : name + ": " + value;
        auto* longer = needed(curl_slist_append(lines.get(), line.c_str()));
        (void)lines.release();
        lines.reset(longer);
    }
    return lines;
}

Form formOf(CURL* easy, const Request& request) {
    if (request.form.empty()) return nullptr;
    Form form(needed(curl_mime_init(easy)));
    for (const Part& part : request.form) {
        curl_mimepart* entry = needed(curl_mime_addpart(form.get()));
        curl_mime_name(entry, part.name.c_str());
        curl_mime_data(entry, part.content.data(), part.content.size());
        if (part.file_name.empty()) continue;
        curl_mime_filename(entry, part.file_name.c_str());
        curl_mime_type(entry, "image/jpeg");
    }
    return form;
}

}  // namespace

Answer Sender::send(const Request& request, Deadline deadline) {
    Curl& curl = *curl_;
    curl.leave();
    curl_easy_reset(curl.easy.get());
    curl.body = {};
    curl.why[0] = '\0';
    curl.set(CURLOPT_ERRORBUFFER, curl.why);
    curl.set(CURLOPT_URL, request.url.c_str());
    curl.set(CURLOPT_PROTOCOLS_STR, "http,https");
    curl.set(CURLOPT_NOSIGNAL, 1L);
    curl.set(CURLOPT_USERAGENT, "Porchlight");
    curl.set(CURLOPT_CONNECTTIMEOUT_MS, kConnectMs);
    curl.set(CURLOPT_TIMEOUT_MS, static_cast<long>(std::max<std::int64_t>(1, deadline.remaining().count())));
    curl.set(CURLOPT_SSL_VERIFYPEER, 1L);
    curl.set(CURLOPT_SSL_VERIFYHOST, 2L);
    if (!ca_file_.empty()) curl.set(CURLOPT_CAINFO, ca_file_.c_str());
    curl.set(CURLOPT_WRITEFUNCTION, &takeBytes);
    curl.set(CURLOPT_WRITEDATA, &curl.body);
    curl.lines = linesOf(request);
    curl.set(CURLOPT_HTTPHEADER, curl.lines.get());
    curl.form = formOf(curl.easy.get(), request);
    if (curl.form) {
        curl.set(CURLOPT_MIMEPOST, curl.form.get());
    } else {
        curl.set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
        curl.set(CURLOPT_POSTFIELDS, request.body.data());
    }
    curl.set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
    did_reach_ = false;
    curl_multi_add_handle(curl.multi.get(), curl.easy.get());
    return finish(deadline);
}

void Sender::noteReach() {
    curl_off_t began_us = 0;  // of sending: TCP and TLS stand
    curl_easy_getinfo(curl_->easy.get(), CURLINFO_PRETRANSFER_TIME_T, &began_us);
    did_reach_ = began_us > 0;
}

Answer Sender::finish(Deadline deadline) {
    Curl& curl = *curl_;
    bool is_interrupted = false;
    for (int running = 1; running > 0;) {
        curl_multi_perform(curl.multi.get(), &running);
        if (running == 0) break;
        if (deadline.isPast()) {
            noteReach();
            curl.leave();
            throw Error(ErrorKind::Unavailable, "no answer in time");
        }
        curl_waitfd wake{wake_.fd(), CURL_WAIT_POLLIN, 0};
        const auto wait = std::min(deadline.remaining(), kSlice);
        curl_multi_poll(curl.multi.get(), is_interrupted ? nullptr : &wake, is_interrupted ? 0 : 1,
                        static_cast<int>(wait.count()), nullptr);
        if (!is_interrupted && wake_.isNotified()) {
            is_interrupted = true;
            deadline = deadline.within(kInterruptedGrace);
        }
    }
    int left = 0;
    const CURLMsg* message = curl_multi_info_read(curl.multi.get(), &left);
    const CURLcode code = message != nullptr ? message->data.result : CURLE_GOT_NOTHING;
    noteReach();
    Answer answer;
    curl_easy_getinfo(curl.easy.get(), CURLINFO_RESPONSE_CODE, &answer.status);
    curl_off_t retry_after_s = 0;
    curl_easy_getinfo(curl.easy.get(), CURLINFO_RETRY_AFTER, &retry_after_s);
    if (retry_after_s > 0) answer.retry_after = seconds(retry_after_s);
    curl.leave();
    answer.text = shownOf(curl.body.text);
    // An answer that was cut off behind its status has been given.
    if (code == CURLE_OK || (code == CURLE_WRITE_ERROR && answer.status != 0)) return answer;
    const std::string why = curl.why[0] != '\0' ? shownOf(curl.why) : curl_easy_strerror(code);
    throw Error(
        isOfTls(code) || code == CURLE_URL_MALFORMAT ? ErrorKind::Misconfigured : ErrorKind::Unavailable,
        why);
}

}  // namespace porchlight::webhook
