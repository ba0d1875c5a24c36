#pragma once

#include <filesystem>
#include <span>
#include <vector>

#include "command.hpp"
#include "ecnas/moo/objectives.hpp"
#include "ecnas/search/search.hpp"

namespace ecnas::app {

/// A search's trials with their indicators.
struct SearchReport {
  std::vector<search::Trial> trials;
  moo::Objectives reference_point;
  std::string prior = "none";
  bool is_feasible = true;  ///< some solution of the problem keeps the constraints
  double exact_hypervolume = 0;
  std::vector<double> hypervolumes;  ///< one a trial
  std::vector<double> shares;        ///< of the exact front's, one a trial; none if not feasible
};

/// Trials with noise are judged by means, and so are their fronts from here on.
[[nodiscard]] SearchReport make_report(const search::Problem& problem,
                                       const search::SearchOptions& options,
                                       std::vector<search::Trial> trials,
                                       const moo::Objectives& reference_point);

/// Mean, sample standard deviation (absent for one value) and the values.
[[nodiscard]] Json summary_json(std::span<const double> values);

/// The document for standard output.
[[nodiscard]] Json search_json(const search::Problem& problem, const search::SearchOptions& options,
                               const SearchReport& report);

void print_search(const search::Problem& problem, const search::SearchOptions& options,
                  const SearchReport& report);

/// Writes `parameters.json`, and for every trial `trial-NNN.jsonl` (a line an evaluation) and
/// `front-NNN.csv`, each beside-then-rename. @throws Error{io_failure}
void write_search(const search::Problem& problem, const search::SearchOptions& options,
                  const SearchReport& report, const std::filesystem::path& directory);

}  // namespace ecnas::app
