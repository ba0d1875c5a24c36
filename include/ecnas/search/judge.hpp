#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "ecnas/moo/weights.hpp"
#include "ecnas/search/problem.hpp"

namespace ecnas::search {

/// One number for how good a front is (docs/algorithms/indicators.md).
enum class Indicator : std::uint8_t {
  hypervolume_share,       ///< of the exact front's, both normalised: what goals are judged by
  hypervolume,             ///< at the fixed reference point
  regret,                  ///< what the hypervolume lacks of the exact front's
  igd_plus,                ///< of normalised objectives
  additive_epsilon,        ///< of normalised objectives
  multiplicative_epsilon,  ///< of the objectives as they are
  r2,                      ///< of normalised objectives
  spread,                  ///< of normalised objectives
  points_found,            ///< how many points of the exact front
  points_found_share,      ///< of its points
};

struct IndicatorInfo {
  Indicator indicator;
  std::string_view name;   ///< in JSON and CSV: "igd_plus"
  std::string_view title;  ///< in tables and on axes: "IGD+"
  bool larger_is_better;
};

/// All indicators, in the order of the enumeration.
[[nodiscard]] std::span<const IndicatorInfo> indicators();
[[nodiscard]] const IndicatorInfo& info(Indicator indicator);

/// Measures what searches find of one problem against its exact front. Const access is thread safe;
/// the problem must outlive it.
class Judge {
 public:
  /// @throws Error{not_found} if no solution keeps the problem's constraints;
  ///         Error{invalid_argument} if the reference point has another number of objectives
  /// @complexity as `exact_front`
  Judge(const Problem& problem, moo::Objectives reference_point);

  [[nodiscard]] const Problem& problem() const { return *problem_; }
  [[nodiscard]] const moo::Objectives& reference_point() const { return reference_point_; }
  [[nodiscard]] std::span<const FrontPoint> exact_front() const { return exact_front_; }
  [[nodiscard]] double exact_hypervolume() const { return exact_hypervolume_; }

  /// What solutions are truly worth: the table's values, whatever a search saw of them, of those
  /// that keep the constraints.
  [[nodiscard]] std::vector<moo::Objectives> truth(std::span<const FrontPoint> front) const;

  /// Objectives min–max normalised by ideal and nadir of the exact front.
  [[nodiscard]] std::vector<moo::Objectives> normalised(
      std::span<const moo::Objectives> points) const;

  /// @param front  in true values
  /// @return absent where it is not defined: distances of an empty front, factors of values that
  ///         are not positive
  [[nodiscard]] std::optional<double> measure(Indicator indicator,
                                              std::span<const moo::Objectives> front) const;

 private:
  const Problem* problem_;
  moo::Objectives reference_point_;
  std::vector<FrontPoint> exact_front_;
  std::vector<moo::Objectives> exact_points_;
  moo::Bounds bounds_;
  std::vector<moo::Objectives> exact_normalised_;
  HypervolumeShare share_;
  double exact_hypervolume_;
  std::vector<moo::Weights> weights_;
};

}  // namespace ecnas::search
