#pragma once
/// Sorting, ranking and counting that rank correlations and rank tests stand on. See
/// docs/algorithms/kendall.md.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace ecnas::stats {

/// A double as an integer that is ordered like it; −0 as 0. @pre not NaN
[[nodiscard]] std::uint64_t ordered_bits(double value) noexcept;

/// The values as `ordered_bits`.
/// @throws Error{invalid_argument} if a value is NaN.
[[nodiscard]] std::vector<std::uint64_t> ordered_bits(std::span<const double> values,
                                                      std::string_view caller);

/// A series in order.
struct Sorted {
  std::vector<std::uint32_t> order;  ///< positions of the values, ascending; ties by position
  std::vector<std::uint32_t> ranks;  ///< of the values in that order, from 0, without gaps
};

/// @pre fewer than 2³² keys
/// @complexity O(n) time where the leading 32 of the bits in which keys differ tell most of them
///             apart, else O(n log n); O(n) memory
[[nodiscard]] Sorted sorted(std::span<const std::uint64_t> keys);

/// Calls `visit(begin, end)` for each longest run [begin, end) of places among which
/// `equal(place − 1, place)` holds throughout, in order.
template <typename Equal, typename Visit>
void for_each_run(std::size_t places, Equal equal, Visit visit) {
  std::size_t begin = 0;
  for (std::size_t place = 1; place <= places; ++place) {
    if (place < places && equal(place - 1, place)) continue;
    visit(begin, place);
    begin = place;
  }
}

/// Ranks from 1 of values, equal ones sharing the mean of theirs.
struct MeanRanks {
  std::vector<double> ranks;  ///< in the order of the values: multiples of ½
  double tied_cubes = 0;      ///< Σ (t³ − t) over runs of t equal values; 0 where none are
};

/// @pre fewer than 2³² values
/// @throws Error{invalid_argument} if a value is NaN.
/// @complexity as of `sorted`
[[nodiscard]] MeanRanks mean_ranks(std::span<const double> values, std::string_view caller);

/// Number of pairs i < j with ranks[i] > ranks[j].
/// @complexity O(n log g) time, g the greatest rank; O(n) memory
[[nodiscard]] std::uint64_t count_inversions(std::vector<std::uint32_t> ranks);

}  // namespace ecnas::stats
