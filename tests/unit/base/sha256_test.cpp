#include "base/secret/sha256.h"

#include "support/catch.h"

namespace sha256_test {

using namespace porchlight::base;

TEST_CASE("SHA-256 as in FIPS 180-4, whatever the pieces are") {
    const std::pair<std::string, const char*> rows[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {std::string(1'000'000, 'a'), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"}};
    for (const auto& [text, hash] : rows) {
        CHECK(sha256Hex(text) == hash);
        Sha256 pieces;
        for (std::size_t at = 0; at < text.size(); at += 63)
            pieces.add({reinterpret_cast<const std::uint8_t*>(text.data()) + at,
                        std::min<std::size_t>(63, text.size() - at)});
        CHECK(pieces.finish() == hash);
    }
}

}  // namespace sha256_test
