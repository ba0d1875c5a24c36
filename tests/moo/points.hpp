#pragma once
/// Made-up points for the tests of moo, from fixed seeds.

#include <cstddef>
#include <functional>
#include <vector>

#include "ecnas/core/error.hpp"
#include "ecnas/core/random.hpp"
#include "ecnas/moo/objectives.hpp"

namespace ecnas::moo::testing {

/// Coordinates in {0, …, side − 1}: many ties and duplicates.
inline std::vector<Objectives> grid_points(std::size_t count, std::size_t dimension,
                                           std::uint64_t side, Rng& rng) {
  std::vector<Objectives> points;
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<double> values;
    for (std::size_t d = 0; d < dimension; ++d)
      values.push_back(static_cast<double>(rng.below(side)));
    points.emplace_back(std::span<const double>(values));
  }
  return points;
}

/// Coordinates in [0, 1): no ties.
inline std::vector<Objectives> random_points(std::size_t count, std::size_t dimension, Rng& rng) {
  std::vector<Objectives> points;
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<double> values;
    for (std::size_t d = 0; d < dimension; ++d)
      values.push_back(rng.uniform());
    points.emplace_back(std::span<const double>(values));
  }
  return points;
}

inline Objectives constant(std::size_t dimension, double value) {
  const std::vector<double> values(dimension, value);
  return Objectives(std::span<const double>(values));
}

/// The code of the Error that a call throws; `interrupted`, which moo never throws, if none.
inline ErrorCode code_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.code();
  }
  return ErrorCode::interrupted;
}

}  // namespace ecnas::moo::testing
