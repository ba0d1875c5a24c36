#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ecnas/space/skeleton.hpp"
#include "ecnas/space/space.hpp"

namespace ecnas::table {

// What is known of many cells of one space at once, by whichever of its ways is faster: the space's
// tables over all cells when most are asked for, else cell by cell.
// `ranks` (n) ascending and without duplicates; results (n) in the same order.

[[nodiscard]] std::vector<space::Hash> hashes_of(std::span<const space::Rank> ranks,
                                                 const space::Space& space);

[[nodiscard]] std::vector<std::int64_t> parameters_of(std::span<const space::Rank> ranks,
                                                      const space::Space& space,
                                                      const space::Skeleton& skeleton);

[[nodiscard]] std::vector<std::int64_t> flops_of(std::span<const space::Rank> ranks,
                                                 const space::Space& space,
                                                 const space::Skeleton& skeleton);

}  // namespace ecnas::table
