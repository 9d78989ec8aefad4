/// Whether the database takes what is to be written, and whether it is sound.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "record/footage/late_rows.h"
#include "record/upkeep/storage_news.h"
#include "store/soundness.h"
#include "store/store.h"

namespace porchlight::record {

/// A database that refuses keeps nothing else from working: rows wait here, the ledger in its own memory, and
/// the owner hears of it when it lasts. **Owns** the rows that wait, and the check of a database that was not
/// closed properly. **Thread**: thread-bound (recorder).
class DatabaseWatch {
  public:
    DatabaseWatch(store::Store& store, std::filesystem::path file, const base::Clock& clock);

    LateRows& lateRows() noexcept { return late_rows_; }
    const LateRows& lateRows() const noexcept { return late_rows_; }

    /// Does something with the ledger. That it cannot be written (disk full) is said once, and so is its end.
    void tryLedger(const std::function<void()>& action) noexcept;

    /// Every few seconds: rows that wait.
    void retryLateRows();

    /// `row_refused_since`: by what cameras say of the rows they hold themselves.
    void tell(std::optional<Monotonic::time_point> row_refused_since, StorageNews& news);

    /// Looks through one that was not closed properly, beside everything else.
    void beginSoundnessCheck();
    void endSoundnessCheck() noexcept { soundness_.reset(); }
    /// Throws Error of the database.
    void watchSoundness(StorageNews& news);

  private:
    store::Store& store_;
    const std::filesystem::path file_;
    const base::Clock& clock_;
    LateRows late_rows_;
    Monotonic::time_point next_late_{};
    std::string ledger_error_;
    Monotonic::time_point ledger_refused_since_{};        ///< while ledger_error_ says why
    std::optional<Monotonic::time_point> refused_since_;  ///< whatever it was
    std::optional<store::SoundnessCheck> soundness_;
    Monotonic::time_point next_soundness_{};
};

}  // namespace porchlight::record
