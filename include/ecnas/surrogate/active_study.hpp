#pragma once
/// What choosing cells to train is worth: errors by the energy spent, of several ways to choose.

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "ecnas/surrogate/evaluate.hpp"
#include "ecnas/surrogate/fit.hpp"

namespace ecnas::surrogate {

/// How the cells to train are chosen.
enum class Chooser : std::uint8_t {
  active,       ///< `select_cells` as it is
  random,       ///< any
  cost_blind,   ///< `active` without regard to what a training takes
  one_by_one,   ///< `active`, each cell as if it were the only one: diversity 0
  uncertainty,  ///< the cell's own deviation per predicted kWh, each as if it were the only one
  spread,       ///< farthest in features from all that are chosen; no model has a say
  cheapest,     ///< the least predicted energy first
};
inline constexpr std::array<Chooser, 7> kChoosers = {
    Chooser::active,      Chooser::random, Chooser::cost_blind, Chooser::one_by_one,
    Chooser::uncertainty, Chooser::spread, Chooser::cheapest};
[[nodiscard]] std::string_view name(Chooser chooser);  ///< "active", "cost-blind", …

struct ActiveStudyOptions {
  std::vector<Chooser> choosers{kChoosers.begin(), kChoosers.end()};  ///< none twice
  /// Energy that is spent when a model is fitted and judged, and cells are chosen anew. Ascending.
  std::vector<double> energies_kwh = {0.6, 0.85, 1.2, 1.7, 2.4, 3.4, 4.8, 6.8, 9.6};
  std::size_t start_cells = 20;  ///< drawn, the same for all choosers
  std::size_t repetitions = 10;  ///< divisions into pool and test, and starts
  std::uint64_t seed = 1;
  SurrogateFitOptions fit;  ///< a Gaussian process; `threads` of it share the repetitions
  std::function<void(double)> progress;  ///< 0 … 1; may be empty. Called from one thread at a time
};

/// One fit of an active study.
struct ActivePoint {
  Chooser chooser = Chooser::active;
  std::size_t repetition = 0;
  double budget_kwh = 0;  ///< of `energies_kwh`
  double spent_kwh = 0;   ///< measured energies of the cells trained, at most the budget
  std::size_t cells = 0;
  Scores scores;  ///< of the repetition's test cells, which nothing chose from
};

/// Pretends that cells have yet to be trained. In each repetition one cell in `kTestShare`, by
/// hash, is kept for the judgement; of the rest the same few are drawn for all choosers to begin
/// with. Then each chooses by what it has measured, in rounds, until the next energy is spent: a
/// cell is trained if its measured energy still fits.
///
/// @param observations  of energy_kwh at one budget
/// @return by chooser in the order given, then repetition, then energy
/// @throws Error{invalid_data} as `expect_fittable`; Error{invalid_argument} for another target or
///         several budgets, energies that do not ascend from what the start takes or exceed what
///         there is, fewer than 20 cells to start with, or no repetition
/// @complexity choosers · repetitions · energies fits
[[nodiscard]] std::vector<ActivePoint> study_active_selection(const Observations& observations,
                                                              const ActiveStudyOptions& options);

}  // namespace ecnas::surrogate
