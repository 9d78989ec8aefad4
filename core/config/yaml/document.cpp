#include "config/yaml/document.h"

#include <sys/stat.h>
#include <yaml-cpp/eventhandler.h>

#include <cerrno>
#include <fstream>
#include <set>
#include <sstream>
#include <vector>

#include "base/fd.h"
#include "base/text.h"

namespace porchlight::config {
namespace {

constexpr std::size_t kMaxBytes = 1U << 20U;
constexpr std::size_t kMaxDepth = 32;
constexpr const char* kInQuotes = "; if it is meant as text, put it in quotes";

/// True when the text begins with a quote that is closed nowhere: yaml-cpp takes the end of the file for the
/// closing one.
bool isLeftOpen(std::string_view text) noexcept {
    if (!text.starts_with('"') && !text.starts_with('\'')) return false;
    const char quote = text.front();
    for (std::size_t at = 1; at < text.size(); ++at) {
        if (quote == '"' && text[at] == '\\')
            ++at;
        else if (text[at] == quote && (quote == '"' || !text.substr(at + 1).starts_with(quote)))
            return false;
        else if (text[at] == quote)
            ++at;
    }
    return true;
}

/// Thrown by the judge when the rest of a file means nothing any more.
struct Stopped {};

/// Reads the events of a whole file and tells what the tree that is built from them would not show.
class Judge final : public YAML::EventHandler {
  public:
    Judge(std::string_view text, std::vector<std::pair<YAML::Mark, std::string>>& findings)
        : text_(text), findings_(findings) {}

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (++documents_ > 1)
            stop(mark,
                 "something follows the end of the configuration: only what stands before it would count");
    }
    void OnDocumentEnd() override {
        for (const auto& [id, mark] : unused_)
            tell(mark, "names an anchor (&) that nothing refers to" + std::string(kInQuotes));
        unused_.clear();
    }
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        begin(mark, anchor, "?");
        if (isKey()) stop(mark, "a key is missing in front of ':'");
        end();
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        if (isKey()) stop(mark, "an alias (*) cannot be a key" + std::string(kInQuotes));
        for (const Frame& frame : frames_)
            if (frame.anchor == anchor) stop(mark, "an alias (*) that refers to what it stands in");
        unused_.erase(anchor);
        end();
    }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        begin(mark, anchor, tag);
        if (isLeftOpen(rest(mark, anchor))) stop(mark, "a quote is opened here and never closed");
        if (isKey())
            addKey(mark, tag, value);
        else
            end();
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override {
        beginNested(mark, tag, anchor, false);
    }
    void OnSequenceEnd() override { endNested(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        beginNested(mark, tag, anchor, true);
    }
    void OnMapEnd() override { endNested(); }
    void OnAnchor(const YAML::Mark& mark, const std::string& name) override {
        if (!names_.insert(name).second) tell(mark, "the same anchor (&) is set twice");
    }

    bool hasDocument() const noexcept { return documents_ > 0; }

  private:
    /// A mapping or list that is being read.
    struct Frame {
        bool is_map = false;
        YAML::anchor_t anchor = 0;
        bool is_key_next = false;
        std::map<std::string, int> keys;  ///< and their lines
    };

    void tell(const YAML::Mark& mark, const std::string& text) { findings_.emplace_back(mark, text); }
    [[noreturn]] void stop(const YAML::Mark& mark, const std::string& text) {
        tell(mark, text);
        throw Stopped{};
    }
    bool isKey() const noexcept { return !frames_.empty() && frames_.back().is_key_next; }

    void begin(const YAML::Mark& mark, YAML::anchor_t anchor, const std::string& tag) {
        if (anchor != 0) unused_.emplace(anchor, mark);
        const bool is_quoted = tag == "!" && !rest(mark, anchor).starts_with('!');
        if (tag.empty() || tag == "?" || is_quoted || (tag == "!secret" && !isKey())) return;
        tell(mark, "a tag (!) is not understood here, but for !secret NAME" + std::string(kInQuotes));
    }

    /// The text from a node on, behind its anchor.
    std::string_view rest(const YAML::Mark& mark, YAML::anchor_t anchor) const {
        std::string_view out =
            text_.substr(std::min(static_cast<std::size_t>(std::max(mark.pos, 0)), text_.size()));
        if (anchor == 0 || !out.starts_with('&')) return out;
        out.remove_prefix(std::min(out.find_first_of(" \t\r\n"), out.size()));
        out.remove_prefix(std::min(out.find_first_not_of(" \t\r\n"), out.size()));
        return out;
    }

    /// A value is over: in a mapping, a key comes next.
    void end() {
        if (!frames_.empty() && frames_.back().is_map) frames_.back().is_key_next = true;
    }

    void addKey(const YAML::Mark& mark, const std::string& tag, const std::string& key) {
        Frame& frame = frames_.back();
        if (key == "<<" && tag == "?") tell(mark, "merge keys (<<) are not understood: write the keys out");
        if (!hasColon(mark, tag, key))
            stop(mark, "a key without a ':' behind it; if it is meant as text, put it in quotes");
        const auto [first, is_new] = frame.keys.emplace(key, mark.line + 1);
        if (!is_new)
            tell(mark, "the key " + base::printable(key) + " stands here again, it stood in line " +
                           std::to_string(first->second) + " already: only one of the two would count");
        frame.is_key_next = false;
    }

    /// A plain key is followed by its ':' in its line. yaml-cpp takes one without it for a key without a
    /// value.
    bool hasColon(const YAML::Mark& mark, const std::string& tag, const std::string& key) const {
        std::string_view behind = rest(mark, 0);
        if (tag != "?" || !behind.starts_with(key)) return true;
        behind.remove_prefix(key.size());
        const std::size_t first = behind.find_first_not_of(" \t");
        return first != std::string_view::npos && behind[first] == ':';
    }

    void beginNested(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, bool is_map) {
        if (isKey()) stop(mark, "a list or a mapping cannot be a key" + std::string(kInQuotes));
        begin(mark, anchor, tag == "!secret" ? "!other" : tag);
        if (frames_.size() >= kMaxDepth) stop(mark, "nested deeper than any configuration");
        frames_.push_back({is_map, anchor, is_map, {}});
    }

    void endNested() {
        frames_.pop_back();
        end();
    }

    std::string_view text_;
    std::vector<std::pair<YAML::Mark, std::string>>& findings_;
    std::vector<Frame> frames_;
    std::map<YAML::anchor_t, YAML::Mark> unused_;
    std::set<std::string> names_;
    int documents_ = 0;
};

/// yaml-cpp's words for people; never with a piece of the file, which may be a secret.
std::string wordsFor(const YAML::Exception& error) {
    if (error.msg.starts_with("the referenced anchor"))
        return "there is no anchor for this alias (*)" + std::string(kInQuotes);
    if (error.msg == "unknown token")
        return "is no valid YAML: a value cannot begin with this character; put it in quotes";
    return "is no valid YAML: " + base::printable(error.msg);
}

bool isUtf16(std::string_view text) noexcept {
    if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) return true;
    return text.size() >= 2 && (text[0] == 0) != (text[1] == 0);
}

/// Where a line break stands that one YAML reader sees and another does not: a lone CR, NEL, LS or PS.
std::size_t firstOddBreak(std::string_view text) noexcept {
    for (std::size_t at = 0; at < text.size(); ++at) {
        const std::string_view rest = text.substr(at, 3);
        if (rest.starts_with('\r') && !rest.starts_with("\r\n")) return at;
        if (rest.starts_with("\xc2\x85") || rest == "\xe2\x80\xa8" || rest == "\xe2\x80\xa9") return at;
    }
    return std::string_view::npos;
}

/// Where a tab stands in front of the first character of a line, which is neither blank nor a comment.
std::size_t firstTabIndent(std::string_view text) noexcept {
    for (std::size_t line = 0; line < text.size();) {
        const std::size_t end = std::min(text.find('\n', line), text.size());
        const std::size_t first = text.find_first_not_of(" \t\r", line);
        const std::size_t tab = text.find('\t', line);
        if (tab < first && first < end && text[first] != '#') return tab;
        line = end + 1;
    }
    return std::string_view::npos;
}

/// Where a line begins with '%' behind the beginning of the configuration: yaml-cpp drops such a line in
/// silence.
std::size_t firstStrayDirective(std::string_view text) noexcept {
    bool has_content = false;
    for (std::size_t line = 0; line < text.size(); line = std::min(text.find('\n', line), text.size()) + 1) {
        const std::string_view rest = text.substr(line);
        if (rest.starts_with('%') && (has_content || !rest.starts_with("%YAML "))) return line;
        has_content = has_content || rest.find_first_of("#%\r\n") != 0;
    }
    return std::string_view::npos;
}

std::filesystem::path secretsFileFor(const std::filesystem::path& file) {
    const auto folder = file.parent_path();
    if (file.filename() == "secrets.yaml") return {};
    return (folder.filename() == "cameras.d" ? folder.parent_path() : folder) / "secrets.yaml";
}

}  // namespace

std::string readText(const std::filesystem::path& file) {
    struct stat status {};
    const std::string name = base::printable(file.string());
    if (::stat(file.c_str(), &status) == 0 && S_ISDIR(status.st_mode))
        throw Error(ErrorKind::Misconfigured, "read " + name + ": it is a folder");
    std::ifstream in(file, std::ios::binary);
    if (!in) throw Error(ErrorKind::Misconfigured, base::errnoError("read " + name, errno).what());
    std::string text(kMaxBytes + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (in.bad()) throw base::errnoError("read " + name, errno);
    text.resize(static_cast<std::size_t>(in.gcount()));
    return text;
}

Document::Document(std::string text, std::filesystem::path file, Problems& problems)
    : text_(std::move(text)), file_(std::move(file)), problems_(problems), secrets_(secretsFileFor(file_)) {
    if (text_.starts_with("\xef\xbb\xbf")) text_.erase(0, 3);  // the mark of UTF-8 that some editors set
    is_readable_ = judgeBytes() && judgeYaml();
    if (!is_readable_) root_ = YAML::Node(YAML::NodeType::Undefined);
}

bool Document::judgeBytes() {
    const auto refuse = [&](std::size_t at, const std::string& what) {
        add(placeAt(at), what);
        return false;
    };
    if (text_.size() > kMaxBytes) return refuse(0, "the file is larger than 1 MiB");
    if (isUtf16(text_)) return refuse(0, "the file is UTF-16: save it as UTF-8");
    if (const auto at = text_.find('\0'); at != std::string::npos)
        return refuse(
            at, "a NUL byte: the file is damaged (by a power cut?); write it anew or take it from a backup");
    std::string_view rest = text_;
    for (std::size_t at = 0; (at = base::firstUnprintable(rest)) != std::string_view::npos;
         rest.remove_prefix(at + 1)) {
        const auto byte = static_cast<unsigned char>(rest[at]);
        if (byte == '\n' || byte == '\r' || byte == '\t') continue;
        const std::size_t offset = text_.size() - rest.size() + at;
        if (byte < 0x20 || byte == 0x7f || byte == 0xc2)
            return refuse(offset, "a control character: remove it");
        return refuse(offset, "a byte that is no UTF-8 (is the file Latin-1?): save the file as UTF-8");
    }
    if (const auto at = firstOddBreak(text_); at != std::string::npos)
        return refuse(at, "an odd end of line: save the file with LF or CR LF");
    if (const auto at = firstTabIndent(text_); at != std::string::npos)
        return refuse(at, "a line is indented with a tab: use spaces");
    if (const auto at = firstStrayDirective(text_); at != std::string::npos)
        return refuse(
            at, "a line that begins with % is a directive of YAML; if it is meant as text, put it in quotes");
    if (text_.find_first_not_of(" \t\r\n") == std::string::npos)
        return refuse(0, "the file is empty: write it anew, or take it from a backup");
    return true;
}

bool Document::judgeYaml() {
    std::vector<std::pair<YAML::Mark, std::string>> findings;
    const auto tellFindings = [&] {
        for (const auto& [mark, what] : findings) add(placeAt(mark), what);
    };
    try {
        std::istringstream in(text_);
        YAML::Parser parser(in);
        Judge judge(text_, findings);
        while (parser.HandleNextDocument(judge)) {
        }
        root_ = YAML::Load(text_);
        tellFindings();
        return true;
    } catch (const Stopped&) {
        tellFindings();
        return false;
    } catch (const YAML::Exception& error) {
        tellFindings();
        add(placeAt(error.mark), wordsFor(error));
        return false;
    }
}

void Document::add(Place place, const std::string& text) {
    problems_.push_back({file_, place.line, place.column, base::printable(text)});
}

Place Document::placeOf(const YAML::Node& node) const {
    return node.IsDefined() ? placeAt(node.Mark()) : Place{1, 1};
}

Place Document::placeAt(const YAML::Mark& mark) const {
    return mark.is_null() || mark.pos < 0 ? Place{1, 1} : placeAt(static_cast<std::size_t>(mark.pos));
}

Place Document::placeAt(std::size_t offset) const {
    Place place{1, 1};
    for (const char letter : std::string_view(text_).substr(0, offset)) {
        if (letter == '\n')
            place = {place.line + 1, 1};
        else if ((static_cast<unsigned char>(letter) & 0xc0U) != 0x80U)
            ++place.column;
    }
    return place;
}

std::string_view Document::commentBehind(const YAML::Node& scalar) const {
    const YAML::Mark mark = scalar.Mark();
    if (!scalar.IsScalar() || scalar.Tag() != "?" || mark.is_null() || mark.pos < 0) return {};
    std::string_view line =
        std::string_view(text_).substr(std::min(static_cast<std::size_t>(mark.pos), text_.size()));
    if (!line.starts_with(scalar.Scalar())) return {};
    line.remove_prefix(scalar.Scalar().size());
    line = line.substr(0, line.find_first_of("\r\n"));
    const std::size_t first = line.find_first_not_of(" \t");
    return first != std::string_view::npos && first > 0 && line[first] == '#' ? line.substr(first)
                                                                              : std::string_view();
}

}  // namespace porchlight::config
