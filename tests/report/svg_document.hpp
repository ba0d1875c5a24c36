#pragma once
/// Enough of an XML reader to look into SVG files: it insists on well-formedness.

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace ecnas::testing {

struct SvgElement {
  std::string name;
  std::map<std::string, std::string> attributes;
  std::string text;  ///< directly inside, entities resolved
  std::vector<SvgElement> children;

  [[nodiscard]] std::string attribute(const std::string& key) const;

  /// This and everything below with that element name.
  [[nodiscard]] std::vector<const SvgElement*> all(std::string_view element_name) const;

  /// The first `g` below whose class names contain this word; nullptr: none.
  [[nodiscard]] const SvgElement* group(std::string_view class_word) const;
};

/// @throws std::runtime_error if the text is not one well-formed element (a prologue may precede).
[[nodiscard]] SvgElement parse_svg(std::string_view text);

}  // namespace ecnas::testing
