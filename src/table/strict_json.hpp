#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

namespace ecnas::table {

/// JSON as it must be for us to trust it: one document, no duplicate keys (which parsers read
/// differently), no nesting beyond 16 levels, no number beyond a double.
/// @param name  stands in messages for the file's
/// @throws Error{invalid_data}
[[nodiscard]] nlohmann::json parse_strict_json(std::string_view text, std::string_view name);

}  // namespace ecnas::table
