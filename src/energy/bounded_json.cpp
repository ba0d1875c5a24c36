#include "energy/bounded_json.hpp"

namespace ecnas::energy {

using nlohmann::json;

std::optional<json> parse_bounded_json(std::string_view text) {
  constexpr int kMaxDepth = 16;
  bool is_too_deep = false;
  const auto watch = [&](int depth, json::parse_event_t, json&) {
    is_too_deep |= depth > kMaxDepth;
    return depth <= kMaxDepth;  // what is deeper is not kept
  };
  json parsed = json::parse(text.begin(), text.end(), watch, /*allow_exceptions=*/false);
  if (parsed.is_discarded() || is_too_deep) return std::nullopt;
  return parsed;
}

const json& member(const json& object, const char* name) {
  static const json kNone;
  const auto found = object.is_object() ? object.find(name) : object.end();
  return found == object.end() ? kNone : *found;
}

}  // namespace ecnas::energy
