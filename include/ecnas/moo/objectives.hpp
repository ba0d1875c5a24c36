#pragma once
/// moo: multi-objective optimisation: dominance, archives, hypervolume, knees, attainment surfaces,
/// and algorithms over any genotype. All objectives are minimised. It knows nothing of cells or
/// energy. Start here, then `archive.hpp`, `algorithm.hpp`, `semoa.hpp`.

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <vector>

#include "ecnas/core/error.hpp"

namespace ecnas::moo {

inline constexpr std::size_t kMaxObjectives = 8;

/// A point in objective space: 1 to 8 finite numbers, all minimised. A value without heap memory.
class Objectives {
 public:
  Objectives() = default;
  /// @throws Error{invalid_argument} if there are more than kMaxObjectives or one is not finite.
  explicit Objectives(std::span<const double> values);
  Objectives(std::initializer_list<double> values)
      : Objectives(std::span(values.begin(), values.size())) {}

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] double operator[](std::size_t i) const { return values_[i]; }
  [[nodiscard]] const double* begin() const { return values_.data(); }
  [[nodiscard]] const double* end() const { return values_.data() + size_; }

  friend bool operator==(const Objectives& a, const Objectives& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
  }

 private:
  std::array<double, kMaxObjectives> values_{};
  std::size_t size_ = 0;
};

/// How `a` stands to `b`.
enum class Dominance : std::uint8_t {
  dominates,  ///< nowhere worse, somewhere better
  dominated,  ///< the reverse
  equal,      ///< the same point: neither dominates
  incomparable,
};

/// @pre a.size() == b.size()
[[nodiscard]] Dominance compare(const Objectives& a, const Objectives& b);

/// Positions of the non-dominated points, ascending; of equal points the first.
/// @param points  (n), all of one size
/// @complexity O(n log n) for two objectives, O(n · front) for more
[[nodiscard]] std::vector<std::size_t> non_dominated(std::span<const Objectives> points);

/// Least and greatest value of each objective over the points ("ideal" and "nadir" when the points
/// are a front). @pre not empty
struct Bounds {
  Objectives ideal;
  Objectives nadir;
};
[[nodiscard]] Bounds bounds_of(std::span<const Objectives> points);

/// (point − ideal) / (nadir − ideal); 0 where the two coincide.
[[nodiscard]] Objectives normalised(const Objectives& point, const Bounds& bounds);

}  // namespace ecnas::moo
