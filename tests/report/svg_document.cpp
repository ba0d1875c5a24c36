#include "report/svg_document.hpp"

#include <stdexcept>
#include <utility>

namespace ecnas::testing {
namespace {

class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  SvgElement document() {
    skip_prologue();
    SvgElement root = element();
    skip_blanks();
    if (!rest_.empty()) fail("something follows the root element");
    return root;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw std::runtime_error("not well-formed: " + what + " before '" +
                             std::string(rest_.substr(0, 60)) + "'");
  }

  bool take(std::string_view token) {
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }

  void expect(std::string_view token) {
    if (!take(token)) fail("'" + std::string(token) + "' expected");
  }

  std::string_view until(std::string_view end) {
    const std::size_t at = rest_.find(end);
    if (at == std::string_view::npos) fail("'" + std::string(end) + "' missing");
    const std::string_view content = rest_.substr(0, at);
    rest_.remove_prefix(at + end.size());
    return content;
  }

  void skip_blanks() {
    while (!rest_.empty() && std::string_view(" \t\r\n").find(rest_[0]) != std::string_view::npos)
      rest_.remove_prefix(1);
  }

  bool skip_comment() {
    if (!take("<!--")) return false;
    until("-->");
    return true;
  }

  void skip_prologue() {
    for (;;) {
      skip_blanks();
      if (skip_comment()) continue;
      if (!rest_.starts_with("<?") && !rest_.starts_with("<!")) return;
      until(">");
    }
  }

  std::string name() {
    std::size_t end = 0;
    while (end < rest_.size() &&
           (std::isalnum(static_cast<unsigned char>(rest_[end])) != 0 ||
            std::string_view("-_:.").find(rest_[end]) != std::string_view::npos))
      ++end;
    if (end == 0) fail("a name expected");
    std::string result(rest_.substr(0, end));
    rest_.remove_prefix(end);
    return result;
  }

  // Resolves entities; what may not stand raw is refused.
  std::string resolved(std::string_view raw) const {
    static const std::pair<std::string_view, char> kEntities[] = {
        {"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&#39;", '\''}};
    std::string result;
    while (!raw.empty()) {
      const auto byte = static_cast<unsigned char>(raw[0]);
      if (raw[0] == '<') fail("raw '<'");
      if (byte < 0x20 && raw[0] != '\n' && raw[0] != '\t' && raw[0] != '\r') {
        fail("control character");
      }
      if (raw[0] != '&') {
        result += raw[0];
        raw.remove_prefix(1);
        continue;
      }
      bool known = false;
      for (const auto& [entity, character] : kEntities) {
        if (!raw.starts_with(entity)) continue;
        result += character;
        raw.remove_prefix(entity.size());
        known = true;
        break;
      }
      if (known) continue;
      // Numeric and named entities of other programs are kept as they are.
      const std::size_t end = raw.find(';');
      if (end == std::string_view::npos || end > 10) fail("raw '&'");
      result += raw.substr(0, end + 1);
      raw.remove_prefix(end + 1);
    }
    return result;
  }

  void attributes(SvgElement& element) {
    for (;;) {
      skip_blanks();
      if (rest_.starts_with(">") || rest_.starts_with("/>")) return;
      const std::string key = name();
      expect("=");
      expect("\"");
      if (!element.attributes.emplace(key, resolved(until("\""))).second) {
        fail("attribute '" + key + "' twice");
      }
    }
  }

  SvgElement element() {
    SvgElement result;
    expect("<");
    result.name = name();
    attributes(result);
    if (take("/>")) return result;
    expect(">");
    while (!take("</")) {
      if (skip_comment()) continue;
      if (rest_.starts_with("<")) {
        result.children.push_back(element());
        continue;
      }
      const std::size_t end = rest_.find('<');
      if (end == std::string_view::npos) fail("an element is not closed");
      result.text += resolved(rest_.substr(0, end));
      rest_.remove_prefix(end);
    }
    if (name() != result.name) fail("</" + result.name + "> expected");
    expect(">");
    return result;
  }

  std::string_view rest_;
};

}  // namespace

std::string SvgElement::attribute(const std::string& key) const {
  const auto found = attributes.find(key);
  return found == attributes.end() ? std::string() : found->second;
}

std::vector<const SvgElement*> SvgElement::all(std::string_view element_name) const {
  std::vector<const SvgElement*> result;
  if (name == element_name) result.push_back(this);
  for (const SvgElement& child : children) {
    const auto below = child.all(element_name);
    result.insert(result.end(), below.begin(), below.end());
  }
  return result;
}

const SvgElement* SvgElement::group(std::string_view class_word) const {
  for (const SvgElement* candidate : all("g")) {
    const std::string classes = " " + candidate->attribute("class") + " ";
    if (classes.find(" " + std::string(class_word) + " ") != std::string::npos) return candidate;
  }
  return nullptr;
}

SvgElement parse_svg(std::string_view text) {
  return Reader(text).document();
}

}  // namespace ecnas::testing
