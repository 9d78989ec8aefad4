/// The ledger against the recordings.
#pragma once

#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/wall_times.h"
#include "ledger/gap_cause.h"
#include "store/store.h"

namespace porchlight::ledger {

/// What part of a ledger is looked at.
struct LedgerRange {
    WallTime from{};
    WallTime to = kEndOfTime;
};

/// Stretches of more than a second that the ledger calls recorded and no recording covers (recordings whose
/// files are gone by now count), and recordings of more than a second of which the ledger calls nothing
/// recorded. Before the camera's oldest row nothing is compared. One sentence each, of the first 20. With
/// `repair` the ledger is made to agree with all the rows; what they do not cover becomes a gap with the
/// cause `otherwise`. Throws what Store throws, and Cancelled: what is repaired by then is. Parts of a ledger
/// that overlap by the length of a recording may be looked at one by one.
std::vector<std::string> ledgerProblems(store::Store& store, const std::string& camera, bool repair = false,
                                        GapCause otherwise = GapCause::WriteError,
                                        const base::Cancel& cancel = {}, const LedgerRange& range = {});

}  // namespace porchlight::ledger
