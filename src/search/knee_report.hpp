#pragma once

#include <span>
#include <vector>

#include "ecnas/search/comparison.hpp"

namespace ecnas::search {

/// How far trials agree on where the knee is, by every definition.
/// @return empty unless the problem has two objectives
[[nodiscard]] std::vector<KneeReport> knee_reports(const Judge& judge,
                                                   std::span<const Trial* const> trials);

}  // namespace ecnas::search
