/// How many exports run at once: each reads much and holds the tables of its clip.
#pragma once

#include <atomic>

namespace porchlight::web {

/// Takes one of two places for its life. Any thread.
class ExportPlace {
  public:
    static constexpr int kMax = 2;
    explicit ExportPlace(std::atomic<int>& taken) : taken_(taken), is_held_(taken.fetch_add(1) < kMax) {}
    ~ExportPlace() { taken_.fetch_sub(1); }
    ExportPlace(const ExportPlace&) = delete;
    ExportPlace& operator=(const ExportPlace&) = delete;
    explicit operator bool() const noexcept { return is_held_; }

  private:
    std::atomic<int>& taken_;
    bool is_held_;
};

}  // namespace porchlight::web
