#include "store/sql/note_search.h"

#include <algorithm>

namespace porchlight::store {

std::string foldCase(std::string_view text) {
    std::string out(text);
    bool is_latin_1 = false;  // the byte before was 0xC3, which leads U+00C0 to U+00FF
    for (char& letter : out) {
        const auto byte = static_cast<unsigned char>(letter);
        const bool is_upper =
            is_latin_1 ? byte >= 0x80 && byte <= 0x9e && byte != 0x97 : byte >= 'A' && byte <= 'Z';
        if (is_upper) letter = static_cast<char>(byte + 0x20);
        is_latin_1 = byte == 0xc3;
    }
    return out;
}

NoteSearch::NoteSearch(std::string_view text) {
    const std::string folded = foldCase(text);
    std::size_t at = 0;
    while ((at = folded.find_first_not_of(" \t\n", at)) != std::string::npos) {
        const std::size_t end = std::min(folded.find_first_of(" \t\n", at), folded.size());
        words_.push_back(folded.substr(at, end - at));
        at = end;
    }
}

bool NoteSearch::matches(std::string_view note) const {
    const std::string folded = foldCase(note);
    return std::all_of(words_.begin(), words_.end(),
                       [&](const std::string& word) { return folded.find(word) != std::string::npos; });
}

}  // namespace porchlight::store
