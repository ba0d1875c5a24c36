#pragma once
/// Active selection: which cells to train next, so that predicted energies improve most per kWh
/// (docs/algorithms/active-selection.md).

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "ecnas/space/cell.hpp"
#include "ecnas/surrogate/surrogate.hpp"

namespace ecnas::surrogate {

/// What is believed of cells' energies before they are trained: their logarithms, jointly normal.
/// Cells of which the same is believed are one *point*.
struct EnergyBelief {
  std::vector<double> predicted_kwh;  ///< (p): exp of the expected logarithm, > 0
  std::vector<double> covariance;     ///< (p, p) symmetric: of the logarithms
  double noise_variance = 0;          ///< of one training's logarithm about its cell's, > 0
  std::vector<std::uint32_t> point;   ///< (n): of each cell, < p

  [[nodiscard]] std::size_t points() const { return predicted_kwh.size(); }
  /// Standard deviation of a cell's energy without the noise of a training, to first order. [kWh]
  [[nodiscard]] double deviation_kwh(std::size_t cell) const;
};

/// What the posterior of a fitted Gaussian process says.
/// @param model  of energy_kwh, with a Gaussian process as its one member
/// @param cells  (n ≥ 1), any labellings
/// @throws Error{invalid_argument} for another model; Error{not_found} if it has no such budget
/// @complexity O(g³ + g p²) for g points that were measured; (g + p)² numbers of memory
[[nodiscard]] EnergyBelief believe(const Surrogate& model, std::span<const space::Cell> cells,
                                   std::int32_t epochs, unsigned threads = 1);

/// What a training is worth.
enum class Worth : std::uint8_t {
  all_cells,  ///< by how much it lets the absolute errors of all cells fall together, as expected
  own,        ///< the deviation of the cell itself: uncertainty sampling
};

struct SelectionOptions {
  std::size_t cells = std::numeric_limits<std::size_t>::max();  ///< at most so many
  double budget_kwh = std::numeric_limits<double>::infinity();  ///< that predictions add up to
  Worth worth = Worth::all_cells;
  bool per_kwh = true;     ///< worth over predicted energy; false: worth alone
  double diversity = 1;    ///< 0 … 1: what share of what a chosen cell will tell counts as told
  std::uint64_t seed = 1;  ///< draws between cells of one point
  unsigned threads = 1;    ///< 0: one per core; the result does not depend on it
};

/// One cell to train, and why.
struct SelectedCell {
  std::size_t cell = 0;      ///< index in the belief
  double predicted_kwh = 0;  ///< what its training takes
  double deviation_kwh = 0;  ///< of its energy, given what was measured and the cells before it
  double score = 0;          ///< worth [kWh], per predicted kWh if `per_kwh`: by this it was chosen
  double cumulative_kwh = 0;
};

/// The cells to train next, best first, each by what is believed once those before it are trained:
/// greedy, and no energy needs to be known for that.
///
/// @param open  the cells that can be chosen, indices in the belief, none twice; all others only
///              count as cells to be predicted
/// @return as many as options and `open` allow; a cell that is beyond what is left of the budget is
///         passed over for a cheaper one
/// @throws Error{invalid_argument} for a belief whose sizes disagree or whose numbers are not
///         finite or not positive, an index beyond the cells or twice, or options out of range
/// @complexity O(p²) a chosen cell
/// @source [Seo00] the worth, [KraGue05] greedy per cost, [KraSinGue08] conditioning
[[nodiscard]] std::vector<SelectedCell> select_cells(const EnergyBelief& belief,
                                                     std::span<const std::size_t> open,
                                                     const SelectionOptions& options);

}  // namespace ecnas::surrogate
