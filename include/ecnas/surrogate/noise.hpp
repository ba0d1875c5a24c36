#pragma once

#include <optional>

#include "ecnas/surrogate/observations.hpp"
#include "ecnas/table/noise.hpp"
#include "ecnas/table/table.hpp"

namespace ecnas::surrogate {

/// Run-to-run noise from trainings that were repeated: the pooled robust deviation of each repeat
/// from its cell's mean, in logarithms or log-odds, with n/(n − 1) for the mean's own noise.
/// @param table  with a target of which at least 10 entries have two repeats or more
/// @return by the table's budgets that have enough of them
/// @throws Error{not_found} if the table lacks the target; Error{invalid_data} if no budget has
/// enough repeats
[[nodiscard]] table::NoiseModel noise_of_repeats(const table::Table& table, Target target);

/// Run-to-run noise of accuracies from one repeat beside the mean of three that it is one of, whose
/// difference has 2/3 of a repeat's variance; where the one repeat is the best of the three, from
/// their median difference, 0.846 deviations for normal noise.
/// @param samples  of kind `sample`  @param means  of kind `mean`
/// @return by the budgets in both
/// @throws Error{invalid_data} if they share fewer than 10 cells
[[nodiscard]] table::NoiseModel noise_of_samples(const Observations& samples,
                                                 const Observations& means);

}  // namespace ecnas::surrogate
