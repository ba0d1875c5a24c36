#pragma once

#include <functional>
#include <stop_token>
#include <utility>
#include <vector>

#include "search/cell_variation.hpp"
#include "search/evaluator.hpp"
#include "search/registry.hpp"
#include "search/search_space.hpp"
#include "search/synthetic_table.hpp"

namespace ecnas::testing {

/// All that an algorithm is made with, over a made-up table; algorithms are asked and told by hand.
class SmallSearch {
 public:
  explicit SmallSearch(const SyntheticOptions& table = {}, std::vector<std::int32_t> epochs = {},
                       std::size_t evaluations = 1'000'000)
      : table_(synthetic_table(table)),
        problem_(table_,
                 {.objectives = {search::Objective::energy, search::Objective::validation_error},
                  .epochs = std::move(epochs)}),
        rule_{.count = evaluations} {}

  [[nodiscard]] search::AlgorithmContext context() {
    return {space_, variation_, rule_, prior_, {}};
  }
  [[nodiscard]] const search::Problem& problem() const { return problem_; }
  [[nodiscard]] const search::SearchSpace& space() const { return space_; }
  [[nodiscard]] search::CellVariation& variation() { return variation_; }

  /// What an algorithm is told of genotypes of the domain.
  [[nodiscard]] std::vector<moo::Evaluated<search::Genotype>> evaluated(
      const std::vector<search::Genotype>& genotypes) const {
    std::vector<moo::Evaluated<search::Genotype>> all;
    for (search::Genotype genotype : genotypes) {
      const search::Measurement measurement = problem_.measure(genotype.candidate.value());
      genotype.measurement = measurement;
      all.push_back({std::move(genotype), measurement.objectives});
    }
    return all;
  }

 private:
  table::Table table_;
  search::Problem problem_;
  search::SearchSpace space_{problem_};
  search::StopRule rule_;
  search::Prior prior_;
  std::stop_token stop_;
  std::function<void(std::size_t)> observer_;
  search::Evaluator evaluator_{problem_, rule_, std::nullopt, stop_, observer_};
  search::CellVariation variation_{space_, space::Sampling::uniform, evaluator_};
};

/// Points of small whole coordinates, so that many are equal in some or all.
inline std::vector<moo::Objectives> grid_points(std::size_t count, std::size_t objectives,
                                                std::uint64_t side, Rng& rng) {
  std::vector<moo::Objectives> points;
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<double> values;
    for (std::size_t k = 0; k < objectives; ++k)
      values.push_back(static_cast<double>(rng.below(side)));
    points.emplace_back(values);
  }
  return points;
}

/// How many of a trial's evaluations stand one after another at one budget: (budget, count).
inline std::vector<std::pair<std::uint32_t, std::size_t>> runs_of_budgets(
    const search::Trial& trial) {
  std::vector<std::pair<std::uint32_t, std::size_t>> runs;
  for (const search::Evaluation& evaluation : trial.evaluations) {
    const std::uint32_t budget = evaluation.candidate.budget;
    if (runs.empty() || runs.back().first != budget) runs.emplace_back(budget, 0);
    ++runs.back().second;
  }
  return runs;
}

}  // namespace ecnas::testing
