#include "onvif/xml.h"

#include <expat.h>

#include <algorithm>
#include <memory>

#include "porchlight/error.h"
#include "porchlight/head.h"

namespace porchlight::onvif {
namespace {

constexpr std::size_t kMaxAttributes = 32;

struct FreeParser {
    void operator()(XML_Parser parser) const noexcept { ::XML_ParserFree(parser); }
};

std::string_view withoutPrefix(std::string_view name) noexcept {
    return name.substr(name.rfind(':') + 1);  // npos + 1 is 0
}

/// What expat calls back into. No exception may pass through it: a failure is kept and ends the parsing.
class Builder {
  public:
    explicit Builder(XML_Parser parser) : parser_(parser) {
        ::XML_SetUserData(parser, this);
        ::XML_SetElementHandler(parser, &Builder::begin, &Builder::end);
        ::XML_SetCharacterDataHandler(parser, &Builder::text);
        ::XML_SetStartDoctypeDeclHandler(
            parser, [](void* self, const XML_Char*, const XML_Char*, const XML_Char*, int) {
                static_cast<Builder*>(self)->fail("it has a document type");
            });
    }

    const std::string& failure() const noexcept { return failure_; }
    Node take() { return std::move(top_.children.front()); }

  private:
    void fail(const char* why) noexcept {
        if (failure_.empty()) failure_ = why;  // short enough to need no memory
        ::XML_StopParser(parser_, XML_FALSE);
    }

    template <class Work>
    void guarded(Work work) noexcept {
        try {
            work();
        } catch (const std::exception&) {
            fail("no memory");
        }
    }

    static void begin(void* user, const XML_Char* name, const XML_Char** attributes) {
        auto& self = *static_cast<Builder*>(user);
        self.guarded([&] { self.add(name, attributes); });
    }
    static void end(void* user, const XML_Char*) {
        auto& self = *static_cast<Builder*>(user);
        if (self.open_.size() < 2) return;
        std::string& text = self.open_.back()->text;
        self.guarded([&] { text = std::string(trimmed(text)); });
        self.open_.pop_back();
        std::erase_if(self.spaces_, [&](const Space& one) { return one.depth >= self.open_.size(); });
    }
    static void text(void* user, const XML_Char* letters, int size) {
        auto& self = *static_cast<Builder*>(user);
        self.guarded([&] { self.open_.back()->text.append(letters, static_cast<std::size_t>(size)); });
    }

    void add(const XML_Char* name, const XML_Char** attributes) {
        if (open_.size() > kMaxXmlDepth) return fail("it is too deep");
        if (++nodes_ > kMaxXmlNodes) return fail("it is too long");
        Node& node = open_.back()->children.emplace_back();
        node.name = withoutPrefix(name);
        declare(attributes);
        node.space = spaceOf(name);
        for (; attributes[0] != nullptr && node.attributes.size() < kMaxAttributes; attributes += 2)
            node.attributes.emplace_back(withoutPrefix(attributes[0]), attributes[1]);
        // Its parents' lists of children do not grow while it is open, so it stays where it is.
        open_.push_back(&node);
    }

    /// A namespace under its prefix, as long as the element that declares it is open.
    struct Space {
        std::string prefix;
        std::string uri;
        std::size_t depth;
    };

    void declare(const XML_Char** attributes) {
        for (; attributes[0] != nullptr; attributes += 2) {
            const std::string_view name = attributes[0], uri = attributes[1];
            if (!name.starts_with("xmlns") || uri.size() > kMaxXmlSpace || spaces_.size() >= kMaxXmlSpaces)
                continue;
            if (name.size() == 5 || name[5] == ':')
                spaces_.push_back({std::string(name.substr(std::min<std::size_t>(name.size(), 6))),
                                   std::string(uri), open_.size()});
        }
    }

    /// Of an element by its prefix; the innermost counts.
    std::string spaceOf(std::string_view name) const {
        const std::size_t colon = name.rfind(':');
        const std::string_view prefix = colon == std::string_view::npos ? "" : name.substr(0, colon);
        const auto found = std::find_if(spaces_.rbegin(), spaces_.rend(),
                                        [&](const Space& one) { return one.prefix == prefix; });
        return found != spaces_.rend() ? found->uri : std::string();
    }

    XML_Parser parser_;
    std::vector<Space> spaces_;
    Node top_;
    std::vector<Node*> open_{&top_};
    std::size_t nodes_ = 0;
    std::string failure_;
};

}  // namespace

const Node* Node::find(std::string_view path) const noexcept {
    const Node* at = this;
    while (!path.empty()) {
        const std::string_view wanted = path.substr(0, path.find('/'));
        path.remove_prefix(std::min(path.size(), wanted.size() + 1));
        const auto found = std::find_if(at->children.begin(), at->children.end(),
                                        [&](const Node& child) { return child.name == wanted; });
        if (found == at->children.end()) return nullptr;
        at = &*found;
    }
    return at;
}

std::string_view Node::textAt(std::string_view path) const noexcept {
    const Node* node = find(path);
    return node != nullptr ? std::string_view(node->text) : std::string_view();
}

std::string_view Node::attribute(std::string_view attribute_name) const noexcept {
    for (const auto& [name_of_one, value] : attributes)
        if (name_of_one == attribute_name) return value;
    return {};
}

Node parseXml(std::string_view text) {
    const auto refuse = [](const std::string& why) {
        throw Error(ErrorKind::BadData, "no XML that can be read: " + why);
    };
    if (text.size() > kMaxXmlBytes) refuse("it is longer than 1 MiB");
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    text = trimmed(text);  // expat wants nothing in front of <?xml
    const std::unique_ptr<std::remove_pointer_t<XML_Parser>, FreeParser> parser(::XML_ParserCreate(nullptr));
    if (!parser) throw Error(ErrorKind::Exhausted, "read XML: out of memory");
    Builder builder(parser.get());
    const auto done = ::XML_Parse(parser.get(), text.data(), static_cast<int>(text.size()), 1);
    if (!builder.failure().empty()) refuse(builder.failure());
    if (done != XML_STATUS_OK) refuse(::XML_ErrorString(::XML_GetErrorCode(parser.get())));
    return builder.take();
}

std::string xmlElement(std::string_view name, std::string_view content, std::string_view space) {
    std::string out = "<" + std::string(name);
    if (!space.empty()) out += " xmlns=\"" + xmlText(space) + "\"";
    return out + ">" + std::string(content) + "</" + std::string(name) + ">";
}

std::string xmlText(std::string_view text) {
    std::string out;
    for (const char letter : text) {
        if (letter == '&')
            out += "&amp;";
        else if (letter == '<')
            out += "&lt;";
        else if (letter == '>')
            out += "&gt;";
        else if (letter == '"')
            out += "&quot;";
        else if (static_cast<unsigned char>(letter) >= 0x20)
            out += letter;
    }
    return out;
}

}  // namespace porchlight::onvif
