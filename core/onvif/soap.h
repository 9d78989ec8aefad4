/// What ONVIF says inside HTTP: envelopes, the login of WS-Security, faults. Pure but for memory.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "onvif/xml.h"
#include "porchlight/challenge.h"
#include "porchlight/time.h"

namespace porchlight::onvif {

/// What a service is asked: "GetProfiles" of a namespace, with the elements within it.
struct Operation {
    std::string_view service;  ///< its namespace
    std::string_view name;
    std::string arguments;         ///< XML
    std::string action_told = {};  ///< where it is none of service and name; then told as SOAPAction, too
    std::string header = {};       ///< XML beside the login

    std::string action() const {
        return action_told.empty() ? std::string(service) + "/" + std::string(name) : action_told;
    }
};

/// Namespaces of services.
inline constexpr std::string_view kDevice = "http://www.onvif.org/ver10/device/wsdl";
inline constexpr std::string_view kMedia1 = "http://www.onvif.org/ver10/media/wsdl";
inline constexpr std::string_view kMedia2 = "http://www.onvif.org/ver20/media/wsdl";
inline constexpr std::string_view kEvents = "http://www.onvif.org/ver10/events/wsdl";
inline constexpr std::string_view kPtz = "http://www.onvif.org/ver20/ptz/wsdl";
inline constexpr std::string_view kImaging = "http://www.onvif.org/ver20/imaging/wsdl";
inline constexpr std::string_view kDeviceIo = "http://www.onvif.org/ver10/deviceIO/wsdl";
inline constexpr std::string_view kNotification =
    "http://docs.oasis-open.org/wsn/b-2";                                         ///< Renew, Unsubscribe
inline constexpr std::string_view kSchema = "http://www.onvif.org/ver10/schema";  ///< of arguments

/// A SOAP 1.2 envelope; `header` is XML.
std::string envelope(const Operation& operation, const std::string& header);

/// UsernameToken with PasswordDigest (WS-Security UsernameToken Profile 1.0): base64 of the SHA-1 of nonce,
/// time and password. `nonce`: 16 bytes that nobody had before; `now`: by the camera's clock.
std::string usernameToken(const Login& login, std::string_view nonce, WallTime now);

/// Why a camera did not do what it was asked, in its own words.
struct Fault {
    std::string code;  ///< the innermost, without its prefix: "NotAuthorized"
    std::string reason;

    std::string text() const;  ///< for people, printable, of bounded length
};

/// An answer: what it holds, or the fault.
struct SoapAnswer {
    Node content;  ///< "GetProfilesResponse"
    std::optional<Fault> fault;
};

/// Takes SOAP 1.1 and 1.2. Throws Error(BadData) for what is none.
SoapAnswer readSoap(std::string_view body);

/// Whether the fault, or any other answer to somebody whose login was refused, says that...
bool saysNotAuthorized(const Fault& fault);
bool saysNotSupported(const Fault& fault);
bool saysExpired(const Fault& fault);
bool saysLocked(std::string_view text);  ///< ... the account is locked; `text`: reason or body

/// Lower-case hexadecimal digits.
DigestHashes digestHashes() noexcept;

/// Random bytes. Throws Error(Unavailable).
std::string freshBytes(std::size_t size);

}  // namespace porchlight::onvif
