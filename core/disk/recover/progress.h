/// What is told while rows and files are compared.
#pragma once

#include <cstdint>
#include <string>

namespace porchlight::disk {

/// How far the comparison of rows and files has come, see Reconciliation.
struct ComparisonProgress {
    std::string step;  ///< listing files rows gone
    std::uint64_t files_done = 0;
    std::uint64_t files_total = 0;  ///< 0 while they are listed
    std::uint64_t adopted = 0;      ///< files that had no row
};

}  // namespace porchlight::disk
