/// Whether anybody still waits for an answer that takes long.
#pragma once

#include "base/budgets.h"
#include "base/cancel.h"
#include "web/backend.h"

namespace porchlight::web {

/// Over when the server stops, the client has gone or the caller's session has ended (looked at every two
/// seconds); then it stays over. **Thread**: thread-bound. Never blocks longer than a look into the database.
class AnswerWatch {
  public:
    static constexpr milliseconds kReadBudget{
        8'000};  ///< of what reads the database: its connection is one of few

    /// Both must outlive it. The caller of `exchange` is known.
    AnswerWatch(Backend& backend, http::Exchange& exchange) : backend_(backend), exchange_(exchange) {
        exchange_.endWhen([this] { return isOver(); });
    }
    ~AnswerWatch() { exchange_.endWhen({}); }
    AnswerWatch(const AnswerWatch&) = delete;
    AnswerWatch& operator=(const AnswerWatch&) = delete;

    bool isOver();
    /// For what works for this answer, over `span` at most. The watch outlives it.
    base::Cancel cancel(milliseconds span) {
        return base::Cancel([this] { return isOver(); }, Deadline::in(span));
    }
    base::Cancel cancel() {
        return base::Cancel([this] { return isOver(); });
    }

  private:
    bool isSessionOver();

    Backend& backend_;
    http::Exchange& exchange_;
    bool is_over_ = false;
    Monotonic::time_point look_at_ = Monotonic::now() + budget::kAnswerLook;
};

}  // namespace porchlight::web
