#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "ecnas/search/study.hpp"

namespace ecnas::testing {

inline const std::vector<search::Objective> kTwo = {search::Objective::energy,
                                                    search::Objective::validation_error};

/// A study run in memory, with seed 5.
inline search::Study study_of(const search::Problem& problem,
                              std::vector<search::Contender> contenders, std::size_t evaluations,
                              std::size_t trials) {
  search::StudyOptions options;
  options.contenders = std::move(contenders);
  options.common.stop.count = evaluations;
  options.common.trials = trials;
  options.common.seed = 5;
  return search::run_study(problem, options);
}

}  // namespace ecnas::testing
