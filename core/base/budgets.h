/// The waits that are promises, in the order of the table in docs/architecture.md ("Budgets"), which a test
/// compares with this one. What is a matter of one file alone stands there.
#pragma once

#include "porchlight/time.h"

namespace porchlight::budget {

inline constexpr seconds kOpenNetwork{10};  ///< of a source on the network; others: the frame timeout
inline constexpr seconds kOpenHang{1};      ///< beyond it, for the source to keep its own deadline
inline constexpr seconds kReadSlice{1};     ///< a call of read
inline constexpr seconds kHeartbeat{1};
inline constexpr milliseconds kHeartbeatLeast{2'500};  ///< a frame timeout, but not less ...
inline constexpr seconds kHeartbeatMost{5};            ///< ... nor more: then the worker hangs

inline constexpr seconds kWorkerStop{2};
inline constexpr seconds kWorkerKill{1};  ///< more

inline constexpr milliseconds kRespawnFirst{300};
inline constexpr seconds kRespawnLast{2};  ///< doubled up to it

inline constexpr seconds kForkAnswer{5};  ///< of the fork server
/// It loads all libraries and plugins first, on a small board from a slow card.
inline constexpr seconds kForkFirstAnswer{15};

inline constexpr seconds kStill{12};
inline constexpr seconds kStillInWorker{8};
static_assert(kStillInWorker < kStill, "the worker says why before the core gives up");
inline constexpr seconds kCameraCommand{6};          ///< what the camera was told to do; said to who asked
inline constexpr seconds kCameraCommandInWorker{5};  ///< ... or why not
static_assert(kCameraCommandInWorker < kCameraCommand, "the worker says why before the core gives up");
inline constexpr seconds kSourceChange{60};      ///< for a refused camera to become another one
inline constexpr seconds kSourceChangeStuck{5};  ///< beyond it: the source does not keep its deadline

inline constexpr seconds kHttpRequest{10};
inline constexpr seconds kAnswerLook{2};             ///< whether anybody still waits for a long answer
inline constexpr milliseconds kIdleAnswerLook{500};  ///< while the client takes nothing
inline constexpr seconds kExportBoxes{120};

inline constexpr seconds kDatabaseBusy{2};
/// The recorder's thread or a database connection, by one thing: longer is told in the log.
inline constexpr seconds kHeld{1};
inline constexpr seconds kAlertDelivery{5};

inline constexpr seconds kShutdown{10};
inline constexpr seconds kRecorderStop{5};  ///< of it
inline constexpr seconds kAlertsStop{2};    ///< of it

}  // namespace porchlight::budget
