#pragma once
/// Two problems of the continuous literature on a grid, so that their fronts are finite and known:
/// ZDT1 with two objectives and DTLZ2 with three.

#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <vector>

#include "ecnas/moo/algorithm.hpp"

namespace ecnas::moo::testing {

inline constexpr std::size_t kGridVariables = 5;
inline constexpr std::size_t kZdt1Front = 16;
inline constexpr std::size_t kDtlz2Front = 21;
using Grid = std::array<int, kGridVariables>;

struct GridProblem {
  Grid sides;  ///< variable i is in {0, …, sides[i] − 1}
  Objectives (*objectives)(const Grid& grid);
  bool (*on_front)(const Grid& grid);
};

/// 16⁵ grid points; on the front where all variables but the first are 0.
inline GridProblem zdt1() {
  const auto objectives = [](const Grid& grid) -> Objectives {
    double sum = 0;
    for (std::size_t i = 1; i < kGridVariables; ++i)
      sum += grid[i] / 15.0;
    const double g = 1 + 9 * sum / 4;
    const double x = grid[0] / 15.0;
    return {x, g * (1 - std::sqrt(x / g))};
  };
  const auto on_front = [](const Grid& grid) {
    return grid[1] == 0 && grid[2] == 0 && grid[3] == 0 && grid[4] == 0;
  };
  return {{16, 16, 16, 16, 16}, objectives, on_front};
}

/// Two angles in steps of π/8 and three distances: 102,400 grid points; on the front where the
/// distances are 0: an eighth of a sphere, the pole in 5 ways. Rounded, so that those
/// are one point to the last bit.
inline GridProblem dtlz2() {
  const auto objectives = [](const Grid& grid) -> Objectives {
    double g = 0;
    for (std::size_t i = 2; i < kGridVariables; ++i)
      g += grid[i] * grid[i] / 225.0;
    const double a = grid[0] * std::numbers::pi / 8;
    const double b = grid[1] * std::numbers::pi / 8;
    const auto rounded = [g](double value) { return std::round(1e9 * (1 + g) * value) / 1e9; };
    return {rounded(std::cos(a) * std::cos(b)), rounded(std::cos(a) * std::sin(b)),
            rounded(std::sin(a))};
  };
  const auto on_front = [](const Grid& grid) {
    return grid[2] == 0 && grid[3] == 0 && grid[4] == 0;
  };
  return {{5, 5, 16, 16, 16}, objectives, on_front};
}

/// All points of a grid.
inline std::vector<Grid> all_of(const Grid& sides) {
  std::vector<Grid> grids{Grid{}};
  for (std::size_t i = 0; i < kGridVariables; ++i) {
    const std::size_t count = grids.size();
    for (int value = 1; value < sides[i]; ++value) {
      for (std::size_t j = 0; j < count; ++j) {
        grids.push_back(grids[j]);
        grids.back()[i] = value;
      }
    }
  }
  return grids;
}

class GridVariation final : public Variation<Grid> {
 public:
  explicit GridVariation(const Grid& sides) : sides_(sides) {}

  Grid sample(Rng& rng) override {
    Grid grid{};
    for (std::size_t i = 0; i < kGridVariables; ++i)
      grid[i] = value(i, rng);
    return grid;
  }

  /// Each variable with probability 1/5, at least one: a step, or a fresh value.
  Grid mutate(const Grid& parent, Rng& rng) override {
    Grid child = parent;
    while (child == parent) {
      for (std::size_t i = 0; i < kGridVariables; ++i) {
        if (!rng.chance(1.0 / kGridVariables)) continue;
        const int step = rng.chance(0.5) ? 1 : -1;
        const int moved = child[i] + step;
        const bool is_inside = moved >= 0 && moved < sides_[i];
        child[i] = rng.chance(0.5) && is_inside ? moved : value(i, rng);
      }
    }
    return child;
  }

  Grid recombine(const Grid& first, const Grid& second, Rng& rng) override {
    Grid child = first;
    for (std::size_t i = 0; i < kGridVariables; ++i)
      child[i] = rng.chance(0.5) ? first[i] : second[i];
    return child;
  }

  /// One step in one variable.
  std::vector<Grid> neighbours(const Grid& parent, Rng&) override {
    std::vector<Grid> near;
    for (std::size_t i = 0; i < kGridVariables; ++i) {
      for (const int step : {-1, 1}) {
        Grid moved = parent;
        moved[i] += step;
        if (moved[i] >= 0 && moved[i] < sides_[i]) near.push_back(moved);
      }
    }
    return near;
  }

 private:
  int value(std::size_t i, Rng& rng) const {
    return static_cast<int>(rng.below(static_cast<std::uint64_t>(sides_[i])));
  }

  Grid sides_;
};

}  // namespace ecnas::moo::testing
