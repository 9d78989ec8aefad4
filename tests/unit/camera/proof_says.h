/// What the reader of bad-worker says and how it ends, for a test's time.
#pragma once

#include <string>

#include "ipc/proof_exit.h"
#include "support/environment.h"

namespace porchlight::camera::testing {

inline constexpr int kProofCrashes = -1;

/// `code` of ipc/proof_exit.h, or kProofCrashes.
class ProofSays {
  public:
    ProofSays(int code, const std::string& words) : value_("PORCHLIGHT_TEST_PROOF", textOf(code, words)) {}
    void set(int code, const std::string& words) const { value_.set(textOf(code, words)); }

  private:
    static std::string textOf(int code, const std::string& words) {
        return std::to_string(code) + " " + words;
    }
    test::EnvironmentValue value_;
};

}  // namespace porchlight::camera::testing
