// The third door of libporchlight-worker.so: `porchlightd prove` reads footage back.
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/text.h"
#include "ipc/proof_exit.h"
#include "worker/confine/call_filter.h"
#include "worker/confine/sandbox.h"
#include "worker/proof/proof.h"
#include "worker/stream/libav_log.h"

namespace {

using namespace porchlight;

constexpr rlim_t kMaxMemoryBytes = rlim_t{768} << 20U;  ///< 4K H.265 of 10 bits with all its references

/// Footage is bytes of strangers: nothing but reading them is left. It gives way to everything else.
void confineProof() {
    const base::Fd file(::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC));
    [[maybe_unused]] const bool goes_first = file && ::write(file.get(), "900", 3) == 3;
    ::setpriority(PRIO_PROCESS, 0, 10);
    worker::limitProcess();
#ifndef PORCHLIGHT_SANITIZED
    const rlimit memory{kMaxMemoryBytes, kMaxMemoryBytes};
    ::setrlimit(RLIMIT_DATA, &memory);
    if (!worker::CallFilter::isSupported()) return;  // as a worker there
    worker::refuseOutside();
    worker::filterCalls(Confinement::Decoding, false);
#endif
}

worker::ProofWish wishOf(int argc, char** argv) {
    worker::ProofWish wish;
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        std::int64_t lasts_us = 0;
        if (word == "--whole")
            wish.is_whole = true;
        else if (std::from_chars(word.data(), word.data() + word.size(), lasts_us).ec == std::errc())
            wish.duration = microseconds(lasts_us);
        else
            throw Error(ErrorKind::Misconfigured, "unknown word " + std::string(word));
    }
    return wish;
}

std::string describe(const worker::Proof& proof) {
    return proof.video + " " + std::to_string(proof.width_px) + "x" + std::to_string(proof.height_px) + ", " +
           std::to_string(proof.pictures) + " pictures, " + base::formatDuration(proof.duration) +
           (proof.has_audio ? ", with sound" : "") +
           (proof.damaged_groups > 0
                ? ", " + std::to_string(proof.damaged_groups) + " group(s) of pictures damaged"
                : "");
}

int exitOf(const worker::Proof& proof) {
    if (!proof.problem.empty()) return ipc::kProofDoesNotPlay;
    return proof.damaged_groups > 0 ? ipc::kProofPlaysDamaged : ipc::kProofPlays;
}

}  // namespace

/// Arguments: [--whole] [MICROSECONDS that it should last]; the footage is standard input. Says what it found
/// in one line. Returns a code of ipc/proof_exit.h.
extern "C" PORCHLIGHT_EXPORT int porchlight_proof_main(int argc, char** argv) noexcept {
    try {
        const auto wish = wishOf(argc, argv);
        worker::silenceLibavLog();
        confineProof();
        const auto proof = worker::prove(STDIN_FILENO, wish);
        std::puts((proof.problem.empty() ? describe(proof) : proof.problem).c_str());
        return exitOf(proof);
    } catch (const std::exception& error) {
        std::puts(error.what());
    }
    return ipc::kProofCannotLook;
}
