/// How `porchlightd prove` ends, for those who run it.
#pragma once

namespace porchlight::ipc {

/// Exit codes that nothing else of ours, no shell and no loader ends with; any other says nothing of the
/// footage.
inline constexpr int kProofPlays = 0;
inline constexpr int kProofDoesNotPlay = 10;
inline constexpr int kProofPlaysDamaged = 11;  ///< it plays, and some groups of pictures in it are damaged
inline constexpr int kProofCannotLook = 12;    ///< why stands in the output

}  // namespace porchlight::ipc
