#pragma once

#include <string_view>

#include "table/import_context.hpp"

namespace ecnas::table {

/// Checks a CSV against the space, infers what it does not say (docs/formats/csv.md) and adds its
/// facts and values; inferences become notes of the summary.
/// @param name  the file's, in messages
/// @throws Error{invalid_data} with file and line
void import_csv(std::string_view text, std::string_view name, ImportContext& context);

}  // namespace ecnas::table
