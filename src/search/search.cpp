#include "ecnas/search/search.hpp"

#include <algorithm>
#include <array>
#include <memory>

#include "ecnas/core/error.hpp"
#include "ecnas/core/parallel.hpp"
#include "ecnas/moo/archive.hpp"
#include "search/cell_variation.hpp"
#include "search/evaluator.hpp"
#include "search/published_semoa.hpp"
#include "search/registry.hpp"
#include "search/search_space.hpp"

namespace ecnas::search {
namespace {

// Apart from the streams of trials.
constexpr std::uint64_t kNoiseStream = std::uint64_t{1} << 63U;

/// Evaluates genotypes until all are or the trial ends.
std::vector<moo::Evaluated<Genotype>> evaluate(std::vector<Genotype> genotypes,
                                               Evaluator& evaluator) {
  std::vector<moo::Evaluated<Genotype>> evaluated;
  evaluated.reserve(genotypes.size());
  for (Genotype& genotype : genotypes) {
    if (evaluator.stop_reason()) break;
    const Result<Measurement, moo::Failure> measurement = evaluator.request(genotype.candidate);
    if (measurement) {
      genotype.measurement = *measurement;
      evaluated.push_back({std::move(genotype), evaluator.told(*measurement)});
    } else {
      evaluated.push_back({std::move(genotype), measurement.reason()});
    }
  }
  return evaluated;
}

/// Asks, evaluates, tells, until the trial ends. Where budgets take turns, the first samples draw
/// theirs, so that a search begins with a view of every budget.
void run_steps(const Problem& problem, const SearchOptions& options, Evaluator& evaluator,
               Rng& rng) {
  const SearchSpace space(problem);
  CellVariation variation(space, options.sampling, evaluator);
  const AlgorithmEntry& entry = entry_of(options.algorithm);
  const AlgorithmContext context{space, variation, options.stop, options.prior,
                                 problem.options().constraints};
  const AlgorithmPointer algorithm = entry.make(context, options.algorithm_options);
  const std::size_t budgets = problem.budgets().size();
  for (std::size_t step = 0; !evaluator.stop_reason(); ++step) {
    if (entry.info.policy == BudgetPolicy::in_turn && step > 0) {
      variation.set_budget(static_cast<std::uint32_t>(step % budgets));
    }
    algorithm->tell(evaluate(algorithm->ask(rng), evaluator));
  }
}

}  // namespace

std::string_view name(StopReason reason) {
  constexpr std::array<std::string_view, 7> kNames = {
      "count", "energy", "co2eq", "training_time", "domain_exhausted", "repeats", "interrupted"};
  return kNames[static_cast<std::size_t>(reason)];
}

std::vector<FrontPoint> front_of(std::span<const Evaluation> evaluations) {
  moo::Archive<Candidate> archive;
  for (const Evaluation& evaluation : evaluations) {
    if (evaluation.is_feasible) archive.insert(evaluation.objectives, evaluation.candidate);
  }
  std::vector<FrontPoint> front;
  for (const moo::Solution<Candidate>& solution : archive)
    front.push_back({solution.genotype, solution.objectives});
  std::ranges::stable_sort(front, {}, [](const FrontPoint& point) { return point.objectives[0]; });
  return front;
}

std::uint64_t trial_seed(std::uint64_t seed, std::size_t index) {
  return index == 0 ? seed : Rng::stream(seed, index).next() >> 11;
}

Trial run_trial(const Problem& problem, const SearchOptions& options, std::uint64_t seed,
                const std::stop_token& stop, const std::function<void(std::size_t)>& observer) {
  if (options.is_noisy && !problem.has_noise()) {
    fail(ErrorCode::not_found, "{}: no noise model of any objective; search without noise",
         problem.table().name());
  }
  std::optional<std::uint64_t> noise_seed;
  if (options.is_noisy) noise_seed = Rng::stream(seed, kNoiseStream).next();
  Evaluator evaluator(problem, options.stop, noise_seed, stop, observer);
  Rng rng(seed);
  if (options.algorithm == Algorithm::semoa_published) {
    run_published_semoa(problem, evaluator, rng);
  } else {
    run_steps(problem, options, evaluator, rng);
  }
  return std::move(evaluator).finish(seed);
}

std::vector<Trial> run_search(const Problem& problem, const SearchOptions& options,
                              const std::stop_token& stop, const Observer& observer) {
  const StopRule& rule = options.stop;
  if (!rule.count && !rule.energy_kwh && !rule.co2eq_g && !rule.training_time_s) {
    fail(ErrorCode::invalid_argument,
         "search: no limit given; say how many evaluations, kWh, gCO2eq or seconds it may take");
  }
  if (options.trials == 0) {
    fail(ErrorCode::invalid_argument, "search: 0 trials; expected at least 1");
  }
  validate(options.algorithm, options.algorithm_options);
  std::vector<std::optional<Trial>> trials(options.trials);
  parallel_for(options.trials, options.threads, [&](std::size_t index) {
    if (stop.stop_requested()) return;
    std::function<void(std::size_t)> trial_observer;
    if (observer) {
      trial_observer = [&, index](std::size_t evaluations) { observer(index, evaluations); };
    }
    trials[index] =
        run_trial(problem, options, trial_seed(options.seed, index), stop, trial_observer);
  });
  std::vector<Trial> finished;
  for (std::optional<Trial>& trial : trials) {
    if (trial) finished.push_back(std::move(*trial));
  }
  return finished;
}

}  // namespace ecnas::search
