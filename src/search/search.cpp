#include "ecnas/search/search.hpp"

#include <algorithm>
#include <array>
#include <memory>

#include "ecnas/core/error.hpp"
#include "ecnas/core/parallel.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/moo/nsga2.hpp"
#include "ecnas/moo/random_search.hpp"
#include "ecnas/moo/semoa.hpp"
#include "ecnas/moo/sms_emoa.hpp"
#include "search/cell_variation.hpp"
#include "search/evaluator.hpp"
#include "search/published_semoa.hpp"

namespace ecnas::search {
namespace {

constexpr std::array<AlgorithmInfo, 4> kAlgorithms = {{
    {Algorithm::semoa, "semoa", "simple evolutionary multi-objective algorithm (EC-NAS's)"},
    {Algorithm::random, "random", "random search"},
    {Algorithm::nsga2, "nsga2", "NSGA-II"},
    {Algorithm::sms_emoa, "sms-emoa", "SMS-EMOA"},
}};
constexpr std::string_view kPublishedSemoa = "semoa-published";

std::unique_ptr<moo::Algorithm<Genotype>> make_algorithm(Algorithm algorithm,
                                                         CellVariation& variation) {
  switch (algorithm) {
    case Algorithm::semoa:
      return std::make_unique<moo::Semoa<Genotype>>(variation);
    case Algorithm::random:
      return std::make_unique<moo::RandomSearch<Genotype>>(variation);
    case Algorithm::nsga2:
      return std::make_unique<moo::Nsga2<Genotype>>(variation);
    case Algorithm::sms_emoa:
      return std::make_unique<moo::SmsEmoa<Genotype>>(variation);
    case Algorithm::semoa_published:
      break;
  }
  ECNAS_ASSERT(!"an algorithm on the ask-and-tell interface");
  return nullptr;
}

/// Evaluates genotypes until all are or the trial ends.
std::vector<moo::Evaluated<Genotype>> evaluate(std::vector<Genotype> genotypes,
                                               Evaluator& evaluator) {
  std::vector<moo::Evaluated<Genotype>> evaluated;
  evaluated.reserve(genotypes.size());
  for (Genotype& genotype : genotypes) {
    if (evaluator.stop_reason()) break;
    auto outcome = evaluator.request(genotype.candidate);
    evaluated.push_back({std::move(genotype), std::move(outcome)});
  }
  return evaluated;
}

/// Asks, evaluates, tells, until the trial ends. All children of a step are evaluated at the step's
/// budget, and budgets take turns. The first samples draw theirs, as all of random search does, so
/// that a search begins with a view of every budget.
void run_steps(const Problem& problem, const SearchOptions& options, Evaluator& evaluator,
               Rng& rng) {
  CellVariation variation(problem, options.sampling, evaluator);
  const auto algorithm = make_algorithm(options.algorithm, variation);
  const std::size_t budgets = problem.budgets().size();
  for (std::size_t step = 0; !evaluator.stop_reason(); ++step) {
    if (options.algorithm != Algorithm::random && step > 0) {
      variation.set_budget(static_cast<std::uint32_t>(step % budgets));
    }
    algorithm->tell(evaluate(algorithm->ask(rng), evaluator));
  }
}

}  // namespace

std::span<const AlgorithmInfo> algorithms() {
  return kAlgorithms;
}

Algorithm parse_algorithm(std::string_view text) {
  std::vector<std::string_view> names;
  for (const AlgorithmInfo& candidate : kAlgorithms) {
    if (text == candidate.name) return candidate.algorithm;
    names.push_back(candidate.name);
  }
  if (text == kPublishedSemoa) return Algorithm::semoa_published;
  const auto guess = closest(text, names);
  fail(ErrorCode::invalid_argument, "algorithm {}: unknown; {} {}", quoted(text),
       guess ? "did you mean" : "choose from",
       guess ? fmt::format("'{}'?", *guess) : fmt::format("{}", fmt::join(names, ", ")));
}

std::string_view name(Algorithm algorithm) {
  if (algorithm == Algorithm::semoa_published) return kPublishedSemoa;
  return kAlgorithms[static_cast<std::size_t>(algorithm)].name;
}

std::string_view name(StopReason reason) {
  constexpr std::array<std::string_view, 7> kNames = {
      "count", "energy", "co2eq", "training_time", "domain_exhausted", "repeats", "interrupted"};
  return kNames[static_cast<std::size_t>(reason)];
}

std::uint64_t trial_seed(std::uint64_t seed, std::size_t index) {
  return index == 0 ? seed : Rng::stream(seed, index).next() >> 11;
}

Trial run_trial(const Problem& problem, const SearchOptions& options, std::uint64_t seed,
                const std::stop_token& stop, const std::function<void(std::size_t)>& observer) {
  Evaluator evaluator(problem, options.stop, stop, observer);
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
