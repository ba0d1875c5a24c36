#pragma once

#include <string_view>

#include "table/import_source.hpp"

namespace ecnas::table {

/// Checks a CSV against the space, infers what it does not say (docs/formats/csv.md) and adds its
/// values to `builder`; inferences become notes of `summary`.
/// @param name  the file's, in messages
/// @throws Error{invalid_data} with file and line
SourceFacts import_csv(std::string_view text, std::string_view name, const ImportOptions& options,
                       TableBuilder& builder, ImportSummary& summary);

}  // namespace ecnas::table
