#pragma once
/// A comparison as one page.

#include <string>

#include "comparison_output.hpp"
#include "document.hpp"
#include "ecnas/report/page.hpp"

namespace ecnas::app {

/// Everything that is told of a comparison, in order.
[[nodiscard]] Document comparison_document(const ComparisonReport& report);

/// @param command  that made it
[[nodiscard]] report::Page comparison_page(const ComparisonReport& report, const Document& document,
                                           const std::string& command);

}  // namespace ecnas::app
