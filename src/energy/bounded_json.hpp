#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

namespace ecnas::energy {

/// JSON of a stranger: absent where it is none, or nested deeper than 16 levels.
[[nodiscard]] std::optional<nlohmann::json> parse_bounded_json(std::string_view text);

/// A member of an object; null where there is none, or no object.
[[nodiscard]] const nlohmann::json& member(const nlohmann::json& object, const char* name);

}  // namespace ecnas::energy
