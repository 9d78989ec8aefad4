/// Finds words in notes, in upper or lower case.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace porchlight::store {

/// Every word (separated by blanks) must stand somewhere in the note. Case is ignored for ASCII and for the
/// letters of Latin-1 (é, ü, ...) in UTF-8; other letters are compared as they are. **Thread**: immutable,
/// any thread.
class NoteSearch {
  public:
    explicit NoteSearch(std::string_view text);
    bool matches(std::string_view note) const;

  private:
    std::vector<std::string> words_;  ///< folded
};

/// The text with those letters in lower case.
std::string foldCase(std::string_view text);

}  // namespace porchlight::store
