#pragma once

#include <algorithm>
#include <functional>
#include <span>
#include <stop_token>
#include <string_view>
#include <vector>

#include "ecnas/moo/algorithm.hpp"
#include "ecnas/search/problem.hpp"
#include "ecnas/search/search.hpp"
#include "ecnas/surrogate/benchmark.hpp"
#include "search/cell_variation.hpp"
#include "search/evaluator.hpp"
#include "search/observed.hpp"
#include "search/registry.hpp"
#include "search/search_space.hpp"

namespace ecnas::testing {

/// All that an algorithm on cells is made with, to drive it step by step.
class Workbench {
 public:
  explicit Workbench(const search::Problem& problem) : problem_(problem) {}
  Workbench(const Workbench&) = delete;
  Workbench& operator=(const Workbench&) = delete;

  [[nodiscard]] search::AlgorithmContext context() {
    return {space_, variation_, rule_, prior_, problem_.options().constraints};
  }
  [[nodiscard]] const search::SearchSpace& space() const { return space_; }

  /// What an algorithm is told of these.
  [[nodiscard]] std::vector<moo::Evaluated<search::Genotype>> evaluated(
      std::span<const search::Candidate> candidates, Rng& rng) const {
    std::vector<moo::Evaluated<search::Genotype>> told;
    for (const search::Candidate candidate : candidates) {
      search::Genotype genotype = variation_.at(candidate, rng);
      genotype.measurement = problem_.measure(candidate);
      const moo::Objectives objectives = evaluator_.told(*genotype.measurement);
      told.push_back({std::move(genotype), objectives});
    }
    return told;
  }

 private:
  const search::Problem& problem_;
  search::StopRule rule_{.count = 1};
  std::stop_token stop_;
  std::function<void(std::size_t)> observer_;
  search::Prior prior_;
  search::Evaluator evaluator_{problem_, rule_, std::nullopt, stop_, observer_};
  search::SearchSpace space_{problem_};
  search::CellVariation variation_{space_, space::Sampling::uniform, evaluator_};
};

/// What an algorithm asks for when it is told all entries of a domain but some.
template <typename Method, typename Options>
std::vector<search::Candidate> choice_among(const search::Problem& problem,
                                            std::span<const search::Candidate> held_out,
                                            const Options& options, std::uint64_t seed) {
  Workbench bench(problem);
  Method algorithm(bench.context(), options);
  std::vector<search::Candidate> known = search::every_entry(bench.space());
  std::erase_if(known, [&](search::Candidate candidate) {
    return std::ranges::find(held_out, candidate) != held_out.end();
  });
  Rng rng(seed);
  algorithm.tell(bench.evaluated(known, rng));
  std::vector<search::Candidate> chosen;
  for (const search::Genotype& genotype : algorithm.ask(rng))
    chosen.push_back(genotype.candidate.value());
  return chosen;
}

/// The domain at the first budget, by the first objective.
inline std::vector<search::Candidate> by_first_objective(const search::Problem& problem) {
  std::vector<search::Candidate> entries;
  for (const table::Row row : problem.domain(0))
    entries.push_back({row, 0});
  std::ranges::sort(entries, {}, [&](search::Candidate candidate) {
    return problem.measure(candidate).objectives[0];
  });
  return entries;
}

/// How many evaluations a trial took to meet every point of a front; all and one more if it did
/// not.
inline std::size_t evaluations_to_find(std::span<const moo::Objectives> front,
                                       const search::Trial& trial) {
  std::vector<moo::Objectives> missing(front.begin(), front.end());
  for (std::size_t i = 0; i < trial.evaluations.size(); ++i) {
    std::erase(missing, trial.evaluations[i].objectives);
    if (missing.empty()) return i + 1;
  }
  return trial.evaluations.size() + 1;
}

/// The mean of that over trials of seeds 0, 1, ….
inline double mean_evaluations_to_find_the_front(const search::Problem& problem,
                                                 search::Algorithm algorithm, std::size_t trials) {
  const std::vector<moo::Objectives> front = search::objectives_of(search::exact_front(problem));
  double sum = 0;
  for (std::uint64_t seed = 0; seed < trials; ++seed) {
    const search::SearchOptions options{.algorithm = algorithm,
                                        .stop = {.count = problem.domain_size()}};
    sum +=
        static_cast<double>(evaluations_to_find(front, search::run_trial(problem, options, seed)));
  }
  return sum / static_cast<double>(trials);
}

/// The mean share of the exact front's hypervolume after so many evaluations.
inline double mean_share(const search::Problem& problem, search::Algorithm algorithm,
                         std::size_t evaluations, std::size_t trials) {
  const search::HypervolumeShare share(search::objectives_of(search::exact_front(problem)));
  double sum = 0;
  for (std::uint64_t seed = 0; seed < trials; ++seed) {
    const search::SearchOptions options{.algorithm = algorithm, .stop = {.count = evaluations}};
    sum += share(search::objectives_of(search::run_trial(problem, options, seed).front));
  }
  return sum / static_cast<double>(trials);
}

/// The mean number of evaluations that keep the constraints.
inline double mean_feasible(const search::Problem& problem, search::Algorithm algorithm,
                            std::size_t evaluations, std::size_t trials) {
  double sum = 0;
  for (std::uint64_t seed = 0; seed < trials; ++seed) {
    const search::SearchOptions options{.algorithm = algorithm, .stop = {.count = evaluations}};
    const search::Trial trial = search::run_trial(problem, options, seed);
    sum += static_cast<double>(
        std::ranges::count_if(trial.evaluations, &search::Evaluation::is_feasible));
  }
  return sum / static_cast<double>(trials);
}

/// Of the first objective over the domain at the first budget.
inline double quantile_of(const search::Problem& problem, double probability) {
  const std::vector<search::Candidate> entries = by_first_objective(problem);
  const auto position = static_cast<std::size_t>(probability * static_cast<double>(entries.size()));
  return problem.measure(entries[position]).objectives[0];
}

/// A built-in table of predictions: no noise, and fronts as of real trainings.
inline table::Table benchmark(std::string_view name) {
  return surrogate::open_benchmark(name, {.threads = 1}).value();
}

}  // namespace ecnas::testing
