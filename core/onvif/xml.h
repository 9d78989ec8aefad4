/// XML of strangers as a tree of bounded size.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace porchlight::onvif {

/// An element. Prefixes of names are left out: cameras forget to declare them, and no two things of ONVIF
/// that stand in one place differ by namespace alone.
struct Node {
    std::string name;
    std::string space;  ///< its namespace, for what goes back to the camera; empty: none, or not declared
    std::vector<std::pair<std::string, std::string>> attributes;
    std::string text;  ///< its own, without spaces around it
    std::vector<Node> children;

    /// Down by names: "Configurations/VideoEncoder"; null where there is none, the first of several.
    const Node* find(std::string_view path) const noexcept;
    /// The text there; empty where there is none.
    std::string_view textAt(std::string_view path) const noexcept;
    std::string_view attribute(std::string_view attribute_name) const noexcept;
};

inline constexpr std::size_t kMaxXmlBytes = std::size_t{1} << 20U;
inline constexpr std::size_t kMaxXmlDepth = 48;
inline constexpr std::size_t kMaxXmlNodes = 20'000;
inline constexpr std::size_t kMaxXmlSpace = 128;   ///< a longer namespace is none
inline constexpr std::size_t kMaxXmlSpaces = 256;  ///< declared at the same time

/// The root. Throws Error(BadData) for what is no XML, has a document type (so no entities of its own) or is
/// beyond the bounds.
Node parseXml(std::string_view text);

/// As text of an element or attribute.
std::string xmlText(std::string_view text);

/// An element without attributes; `content` is XML, `space` its namespace where that is not its parent's.
std::string xmlElement(std::string_view name, std::string_view content, std::string_view space = {});

}  // namespace porchlight::onvif
