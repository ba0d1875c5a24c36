#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string_view>
#include <vector>

#include "ecnas/search/algorithms.hpp"
#include "ecnas/search/prior.hpp"
#include "ecnas/search/problem.hpp"
#include "ecnas/space/edit.hpp"
#include "ecnas/table/ledger.hpp"

namespace ecnas::search {

/// What `StopRule::count` counts.
enum class Count : std::uint8_t {
  evaluations,  ///< first requests of a cell at a budget
  requests,     ///< every request, repeats and invalid ones too, as the published runs did
};

/// When a trial ends: at the first limit reached. It also ends when the whole domain is evaluated
/// or after 1,000 repeats in a row.
struct StopRule {
  std::optional<std::size_t> count;
  Count counted = Count::evaluations;
  std::optional<double> energy_kwh;
  std::optional<double> co2eq_g;
  std::optional<double> training_time_s;
};

/// Why a trial ended.
enum class StopReason : std::uint8_t {
  count,
  energy,
  co2eq,
  training_time,
  domain_exhausted,
  repeats,
  interrupted,
};
[[nodiscard]] std::string_view name(StopReason reason);

struct SearchOptions {
  Algorithm algorithm = kRecommended;
  OptionValues algorithm_options;  ///< of the algorithm; others have their defaults
  Prior prior;                     ///< what is known beforehand; for those that use it
  space::Sampling sampling = space::Sampling::uniform;  ///< of random search
  /// Evaluations are drawn as new trainings would measure them, from the table's noise models, anew
  /// for each trial; what a search found is then to be judged by `Problem::evaluate`.
  bool is_noisy = false;
  StopRule stop;
  std::size_t trials = 1;
  std::uint64_t seed = 0;
  unsigned threads = 1;  ///< trials side by side; the results do not depend on it
};

/// One evaluation as the log holds it: what the search saw. Repeats are not logged: they cost and
/// change nothing.
struct Evaluation {
  Candidate candidate;
  moo::Objectives objectives;
  bool is_feasible;        ///< keeps all constraints
  std::size_t requests;    ///< so far, this one included
  table::Cost cumulative;  ///< so far, this one included
};

/// The non-dominated ones among evaluations that keep the constraints, by the first objective; of
/// equal points the first. @complexity O(n log n) for two objectives
[[nodiscard]] std::vector<FrontPoint> front_of(std::span<const Evaluation> evaluations);

/// A ledger's counts at the end of a trial.
struct LedgerTotals {
  std::size_t requests = 0;
  std::size_t evaluations = 0;
  std::size_t repeats = 0;
  std::size_t invalid = 0;
  std::size_t absent = 0;
  table::Cost cost;
};

/// One seeded run.
struct Trial {
  std::uint64_t seed;  ///< runs this trial again as the only one
  std::vector<Evaluation> evaluations;
  std::vector<FrontPoint> front;  ///< non-dominated feasible evaluations, by the first objective
  LedgerTotals ledger;
  StopReason stop_reason;
};

/// Called after every evaluation, on the thread of its trial: trial index, evaluations so far.
using Observer = std::function<void(std::size_t trial, std::size_t evaluations)>;

/// Runs one trial.
/// @param stop  asks it to end after the current evaluation (StopReason::interrupted)
/// @throws Error{not_found} for noise where the table has no model of any objective's
[[nodiscard]] Trial run_trial(const Problem& problem, const SearchOptions& options,
                              std::uint64_t trial_seed, const std::stop_token& stop = {},
                              const std::function<void(std::size_t)>& observer = {});

/// Runs `options.trials` trials with seeds derived from `options.seed`. Trials not begun when
/// `stop` is requested are left out.
/// @throws Error{invalid_argument} unless the stop rule has a limit (random search aside, every
/// algorithm ends without one, but not soon), or for options that the algorithm does not take;
/// Error{not_found} for noise where the table has no model of any objective's
[[nodiscard]] std::vector<Trial> run_search(const Problem& problem, const SearchOptions& options,
                                            const std::stop_token& stop = {},
                                            const Observer& observer = {});

/// Seed of trial `index` under `seed`: below 2^53, so that every JSON reader keeps it. Trial 0 has
/// `seed` itself, so that any trial can be run again alone.
[[nodiscard]] std::uint64_t trial_seed(std::uint64_t seed, std::size_t index);

}  // namespace ecnas::search
