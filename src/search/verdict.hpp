#pragma once

#include <string>
#include <vector>

#include "ecnas/search/comparison.hpp"

namespace ecnas::search {

/// What may be said of a comparison, and what not, in sentences.
/// @pre everything but the verdict is there
[[nodiscard]] std::vector<std::string> verdict_of(const Comparison& comparison,
                                                  const ComparisonOptions& options);

}  // namespace ecnas::search
