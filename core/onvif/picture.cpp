#include "onvif/picture.h"

#include "base/secret/secrets.h"
#include "onvif/address.h"
#include "onvif/refusal.h"
#include "onvif/soap.h"
#include "porchlight/percent.h"

namespace porchlight::onvif {
namespace {

constexpr std::size_t kClientNonceBytes = 16;
constexpr const char* kAccept = "Accept: image/jpeg\r\n";

bool isJpeg(std::string_view bytes) noexcept {
    return bytes.size() > 3 && bytes.starts_with("\xff\xd8\xff");
}

/// "Authorization: ..." for what the camera asks for.
std::string loginFor(const HttpAnswer& refused, const ServiceAddress& address,
                     const std::optional<Login>& login) {
    if (!login) throw Error(ErrorKind::Misconfigured, "the still picture needs a login");
    const auto offers = challengesIn(refused.head);
    const Challenge* best = bestOf(offers);
    std::string answer;
    if (best != nullptr)
        answer = digestAnswer(*best, *login, {"GET", address.path, hexText(freshBytes(kClientNonceBytes)), 1},
                              digestHashes());
    if (answer.empty())
        throw Error(ErrorKind::Misconfigured,
                    "the still picture needs a login of another kind than HTTP Digest: not made");
    return answer;
}

}  // namespace

std::string fetchPicture(const std::string& snapshot, const std::optional<Login>& login, const Waits& waits,
                         Deadline deadline) {
    if (snapshot.empty()) throw Error(ErrorKind::Misconfigured, "the camera tells no address of a still");
    if (snapshot.find("***") != std::string::npos)
        throw Error(ErrorKind::Misconfigured, "the still picture needs a login in its address");
    if (login && !login->password.empty()) base::keepSecrets({login->password});
    const ServiceAddress address = parseServiceAddress(snapshot);
    HttpAnswer answer = get(address, kAccept, kMaxPictureBytes, waits, deadline);
    if (answer.status == 401)
        answer = get(address, kAccept + loginFor(answer, address, login), kMaxPictureBytes, waits, deadline);
    if (answer.status == 401)
        throw Error(ErrorKind::Misconfigured, "the login is refused for the still picture");
    if (answer.status != 200)
        throw Error(ErrorKind::Unavailable,
                    "the still picture is not given: HTTP " + std::to_string(answer.status));
    if (!isJpeg(answer.body)) throw Error(ErrorKind::BadData, "what comes for the still is no JPEG");
    return std::move(answer.body);
}

}  // namespace porchlight::onvif
