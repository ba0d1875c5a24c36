#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ecnas/space/cell.hpp"
#include "ecnas/surrogate/observations.hpp"
#include "ecnas/surrogate/regressor.hpp"
#include "ecnas/surrogate/score_table.hpp"
#include "ecnas/surrogate/target.hpp"

namespace ecnas::surrogate {

/// A predicted value with the interval that holds a new measurement nine times of ten.
struct Prediction {
  double value = 0;
  double lower90 = 0;
  double upper90 = 0;
  bool out_of_range = false;  ///< the model was fitted on nothing like this cell
};

/// An increasing function through knots, linear between them and beyond the outer two.
struct Curve {
  std::vector<double> x;  ///< (k ≥ 2), strictly ascending
  std::vector<double> y;  ///< (k), strictly ascending

  [[nodiscard]] double operator()(double at) const;
};

/// Cells that intervals are told apart for: by vertices.
inline constexpr std::size_t kVertexGroups = 4;  ///< up to 4, 5, 6, 7
[[nodiscard]] constexpr std::size_t vertex_group(unsigned vertices) {
  return vertices <= 4 ? 0 : vertices - 4;
}

/// What a model says of itself.
struct SurrogateInfo {
  Target target = Target::energy_kwh;
  std::string name;                         ///< "ecnas-7v"
  std::string description;                  ///< one line: what was fitted on what
  std::optional<double> pue;                ///< of predicted energies
  std::vector<std::string> devices;         ///< whose energy or time it is
  AccuracyKind kind = AccuracyKind::mean;   ///< of accuracies
  std::vector<std::int32_t> epochs;         ///< (b), ascending: with an output each …
  std::optional<std::int32_t> scaled_from;  ///< … unless one output, at this budget, is scaled
  std::size_t cells = 0;                    ///< fitted on
};

/// The ranges of simple numbers over the cells fitted on, the vertices first: beyond them a model
/// extrapolates.
struct FittedRange {
  std::vector<float> lowest;
  std::vector<float> highest;
  [[nodiscard]] bool contains(const space::Cell& cell) const;
};
/// @param cells  (n ≥ 1), any labellings
[[nodiscard]] FittedRange fitted_range(std::span<const space::Cell> cells);

/// What a regressor's output becomes: curve, then the link's inverse, then the budget.
struct Output {
  Curve curve;  ///< from the regressor's output to the link's scale
  /// In the link's scale, below and above the curve, by group of vertices. @{
  std::array<double, kVertexGroups> lower_width{};
  std::array<double, kVertexGroups> upper_width{};
  /// @}
};

/// One regressor among those averaged.
struct Member {
  std::shared_ptr<const Regressor> regressor;
  double weight = 1;
};

/// Predicts one target of any cell at the budgets it was fitted for. Predictions are positive, do
/// not fall with epochs, and are the same for every labelling. Immutable and thread safe.
///
/// The link of energies and times is the logarithm, that of accuracies −log(1 − accuracy).
class Surrogate {
 public:
  /// @param outputs  one a regressor's output: one a budget, or one if `info.scaled_from` is given
  Surrogate(SurrogateInfo info, std::vector<Member> members, std::vector<Output> outputs,
            FittedRange range);

  [[nodiscard]] const SurrogateInfo& info() const { return info_; }
  [[nodiscard]] std::span<const Member> members() const { return members_; }
  [[nodiscard]] std::span<const Output> outputs() const { return outputs_; }
  [[nodiscard]] const FittedRange& range() const { return range_; }

  /// @param cells  (n), any labellings
  /// @return       (n)
  /// @throws Error{not_found} if there is no such budget
  [[nodiscard]] std::vector<Prediction> predict(std::span<const space::Cell> cells,
                                                std::int32_t epochs, unsigned threads = 1) const;

  /// Scores of the whole space that are kept beside the members; null: none.
  [[nodiscard]] const std::shared_ptr<const ScoreTable>& score_table() const {
    return score_table_;
  }
  /// @throws Error{invalid_argument} unless it has a row for each of the space's cells and as many
  /// outputs as this
  void keep(std::shared_ptr<const ScoreTable> table);

  /// Scores of every cell of at most `max_vertices` vertices, in rank order: the kept ones, or else
  /// computed. @return (cells, outputs)
  [[nodiscard]] std::vector<float> space_scores(unsigned max_vertices, unsigned threads) const;

  /// The two halves of `predict`, for many budgets or targets of the same regressors.
  /// @return (n, outputs): what the members say on average
  [[nodiscard]] std::vector<float> scores(std::span<const space::Cell> cells,
                                          unsigned threads) const;
  /// @param scores  (outputs) of one cell  @param budget  index into `info().epochs`
  [[nodiscard]] Prediction prediction(std::span<const float> scores, unsigned vertices,
                                      std::size_t budget) const;

 private:
  SurrogateInfo info_;
  std::vector<Member> members_;
  std::vector<Output> outputs_;
  FittedRange range_;
  std::shared_ptr<const ScoreTable> score_table_;
};

/// The scale in which a target is learnt. @{
[[nodiscard]] double link(Target target, double value);
[[nodiscard]] double inverse_link(Target target, double linked);
/// @}

}  // namespace ecnas::surrogate
