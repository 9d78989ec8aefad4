#include "challenge.h"

extern "C" {
#include <libavutil/base64.h>
#include <libavutil/md5.h>
#include <libavutil/mem.h>
#include <libavutil/random_seed.h>
#include <libavutil/sha.h>
}

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <memory>

#include "porchlight/error.h"
#include "porchlight/percent.h"

namespace porchlight::ffmpeg {
namespace {

struct FreeSha {
    void operator()(AVSHA* sha) const noexcept { av_free(sha); }
};

std::string sha256(std::string_view text) {
    const std::unique_ptr<AVSHA, FreeSha> sha(av_sha_alloc());
    if (!sha) throw Error(ErrorKind::Exhausted, "answer a camera: out of memory");
    std::uint8_t hash[32];
    av_sha_init(sha.get(), 256);
    av_sha_update(sha.get(), reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
    av_sha_final(sha.get(), hash);
    return hexText(hash);
}

std::string md5(std::string_view text) {
    std::uint8_t hash[16];
    av_md5_sum(hash, reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
    return hexText(hash);
}

}  // namespace

std::string answerTo(const Challenge& offer, const Login& login, const Asked& asked) {
    if (offer.kind == Challenge::Kind::Basic)
        return "Authorization: Basic " + base64(login.user + ":" + login.password) + "\r\n";
    return digestAnswer(offer, login, asked, {md5, sha256});
}

bool doesLibavformatAnswer(const std::vector<Challenge>& offers) noexcept {
    const auto last =
        std::find_if(offers.rbegin(), offers.rend(), [](const Challenge& offer) { return offer.is_digest; });
    if (last == offers.rend()) return bestOf(offers) != nullptr;
    const bool is_known = last->algorithm.empty() || last->algorithm == "MD5" ||
                          (last->algorithm == "MD5-sess" && last->has_qop);
    return last->kind == Challenge::Kind::Md5 && is_known;
}

std::string base64(std::string_view text) {
    std::string out(AV_BASE64_SIZE(text.size()), '\0');
    av_base64_encode(out.data(), static_cast<int>(out.size()),
                     reinterpret_cast<const std::uint8_t*>(text.data()), static_cast<int>(text.size()));
    out.resize(out.find('\0'));
    return out;
}

std::string freshNonce() {
    char digits[33];
    std::snprintf(digits, sizeof digits, "%08x%08x%08x%08x", av_get_random_seed(), av_get_random_seed(),
                  av_get_random_seed(), av_get_random_seed());
    return digits;
}

}  // namespace porchlight::ffmpeg
