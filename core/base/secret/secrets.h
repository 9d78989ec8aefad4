/// What must never be shown, and how texts lose it on their way out.
///
/// Every text that leaves the process for people (log, reasons, answers, alerts, the command line) passes
/// hideSecrets once, at the door: base::log, the unit that takes a worker's messages, the router's errors,
/// the alert hub, the command line's printing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace porchlight::base {

/// What an address gives away when shown: user, password, the values of credentials in its path and query
/// ("&pwd=..."), long keys that stand as a part of the path, and the header that HTTP makes of user and
/// password.
std::vector<std::string> secretsIn(std::string_view url);

/// Remembers them for hideSecrets for the life of the process, with their pieces (of 4 letters or more, as
/// the characters that mean something in an address cut them) and encodings. Words that everybody uses
/// (admin, camera, ...) are not remembered: without them no text could be read. Any thread.
void keepSecrets(const std::vector<std::string>& secrets);

/// Keeps what the environment gives away: proxies are set there with user and password.
void keepSecretsOfEnvironment();

/// The text with *** for every kept secret, for all between :// and the last @ of each address, and for the
/// values of credentials
/// ("password=..."). A secret that the end of the text cuts off is hidden as well. Any thread.
std::string hideSecrets(std::string_view text);

}  // namespace porchlight::base
