/// What must never be shown: found in addresses, kept, and gone from every text, whole and in pieces.
#include "base/secret/secrets.h"

#include "base/secret/url.h"
#include "support/catch.h"

namespace secrets_test {

using namespace porchlight::base;

TEST_CASE("an address is split at its last @, so that no piece but one can hold a password") {
    for (const char* url : {"rtsp://a:b/c@h:554/main", "rtsp://a:b?c@h:554/main", "rtsp://a:b#c@h:554/main",
                            "rtsp://a:b@c@h:554/main"}) {
        INFO(url);
        const UrlParts parts = splitUrl(url);
        CHECK(parts.credentials.size() == 5);
        CHECK(parts.host == "h");
        CHECK(parts.port == "554");
        CHECK(parts.path == "/main");
    }
    const UrlParts six = splitUrl("http://[2001:db8::1]:81/x");
    CHECK(six.host == "2001:db8::1");
    CHECK(six.port == "81");
    CHECK(splitUrl("/a/b@c").scheme.empty());
}

TEST_CASE("a kept secret is gone from every text, in each encoding and in pieces") {
    keepSecrets(
        secretsIn("rtsp://hofkatze:Blau/Meise%21x77@192.0.2.1:554/user=x&pwd=Zaunk0enig/aB3dE6gH9jK2"));
    keepSecrets({"Rotkehlchen \"42\""});
    for (const char* leak : {"a hofkatze b", "Blau/Meise!x77", "Meise%21x77", "Blau%2FMeise%21x77",
                             "Blau%2fMeise%21x77", "the Meise!x77", "Blau", "Zaunk0enig", "path aB3dE6gH9jK2",
                             "Rotkehlchen", "aG9ma2F0emU6QmxhdS9NZWlzZSF4Nzc="}) {
        INFO(leak);
        const std::string shown = hideSecrets(std::string("said: ") + leak + ".");
        CHECK(shown.find("***") != std::string::npos);
        for (const char* piece : {"katze", "Blau", "Meise", "Zaun", "aB3dE", "kehl", "aG9m"})
            CHECK(shown.find(piece) == std::string::npos);
    }
}

TEST_CASE("a secret of more than 1,024 bytes was shown") {
    std::string token;
    for (int i = 0; token.size() < 4'096; ++i) token += "Sumpfohreule" + std::to_string(i);
    token.resize(4'096);
    keepSecrets({token});
    CHECK(hideSecrets("token " + token + " refused") == "token *** refused");
}

TEST_CASE("a password of more than 3,072 bytes was shown in the header that HTTP makes of it") {
    std::string password;
    std::string header = "Wml0cjpu";  // Zitr:n
    while (password.size() < 4'000) {
        password += "Kernbeisser!";
        header += "S2VybmJlaXNzZXIh";
    }
    keepSecrets(secretsIn("rtsp://Zitr:n" + password + "@192.0.2.1/main"));
    CHECK(hideSecrets("sent Basic " + header + " in vain") == "sent Basic *** in vain");
}

TEST_CASE("the end of a password with an @ in a query was taken for the host, and shown") {
    const char* url = "http://192.0.2.99/v.cgi?pwd=Wendehals@Pirol99";
    REQUIRE(splitUrl(url).host == "Pirol99");
    keepSecrets(secretsIn(url));
    CHECK(hideSecrets("connect to Pirol99: unknown host") == "connect to ***: unknown host");
}

TEST_CASE("a secret that is cut off by the end of a text is hidden") {
    keepSecrets({"Langohrfledermaus"});
    CHECK(hideSecrets("failed for Langohrfl") == "failed for ***");
    CHECK(hideSecrets("failed for Lan") == "failed for Lan");
}

TEST_CASE("common words and short secrets do not blot out what is said") {
    keepSecrets({"admin", "camera", "123", "Port"});
    CHECK(hideSecrets("the camera at port 123 admits no admin: Portal") ==
          "the camera at port 123 admits no admin: Portal");
    CHECK(hideSecrets("is Port it") == "is *** it");
}

}  // namespace secrets_test
