#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace ecnas::surrogate {

/// How the cells to measure are chosen.
enum class CellChoice : std::uint8_t {
  recommended,  ///< `recommend_cells`: always the same
  stratified,   ///< one at random of each of its groups
  random,       ///< any
};
[[nodiscard]] std::string_view name(CellChoice choice);

struct TransferStudyOptions {
  std::vector<std::size_t> sizes = {3, 5, 10, 20, 40};
  std::size_t draws = 200;  ///< of choices that are drawn
  std::uint64_t seed = 1;
};

/// An estimator's median absolute error, relative to the measured energy, on cells not measured.
struct TransferError {
  double median = 0;  ///< over draws
  double tenth = 0;   ///< that one draw in ten exceeds
};

/// What so many measured cells are worth.
struct TransferScore {
  std::size_t cells = 0;
  CellChoice choice = CellChoice::recommended;
  std::size_t draws = 0;
  TransferError correction;           ///< `fit_correction`
  TransferError ratio;                ///< baseline: one factor, the median ratio
  TransferError least_squares;        ///< baseline: a line that believes every reading
  std::optional<double> kendall_tau;  ///< mean over draws; a correction does not change the order
};

/// Transfer to one device, all of whose cells were measured.
struct TransferStudy {
  std::size_t readings = 0;
  std::vector<std::size_t> distrusted;  ///< by a correction that knows them all; not judged by
  std::vector<TransferScore> scores;    ///< by size, then choice
};

/// Pretends that only some cells were measured, and judges the correction fitted on them by the
/// others. Cells to measure are drawn from all readings, bad ones among them; judged are only those
/// readings that the correction of all of them trusts.
/// @param predicted_log, measured_log  (n), as for `fit_correction`; sizes of n or more are left
/// out
/// @throws as `fit_correction`; Error{invalid_argument} for a size below 3 or no draws
/// @complexity O(sizes · draws · n)
[[nodiscard]] TransferStudy study_transfer(std::span<const double> predicted_log,
                                           std::span<const double> measured_log,
                                           const TransferStudyOptions& options);

}  // namespace ecnas::surrogate
