/// libav's messages on their way into our log.
#pragma once

namespace porchlight::worker {

/// Replaces libav's printing to standard error for the whole process: warnings and errors go to base::log, at
/// most five in ten seconds, the rest is counted. Call once, before threads start.
void redirectLibavLog() noexcept;

/// Nothing is printed: what libav has to say is in its results.
void silenceLibavLog() noexcept;

}  // namespace porchlight::worker
