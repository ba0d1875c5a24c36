#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "ecnas/table/metric.hpp"

namespace ecnas::table {

// What a table may hold at most (docs/formats/table.md). Far beyond any benchmark of this space,
// and small enough that sizes computed from hostile numbers do not overflow.
inline constexpr std::size_t kMaxCells = std::size_t{1} << 20;
inline constexpr std::size_t kMaxBudgets = 128;
inline constexpr std::size_t kMaxRepeats = 128;
inline constexpr std::size_t kMaxMetrics = 128;
inline constexpr std::size_t kMaxFileBytes = std::size_t{1} << 34;

inline constexpr std::uint8_t kNoOperation = 255;  // in `operations`, beyond a cell's vertices

// What follows a metric's name in the names of the tensors beside it.
inline constexpr std::string_view kProvenanceSuffix = "_provenance";
inline constexpr std::string_view kLowerSuffix = "_lower90";
inline constexpr std::string_view kUpperSuffix = "_upper90";
inline constexpr std::string_view kOutOfRangeSuffix = "_out_of_range";
inline constexpr std::array<std::string_view, 4> kSuffixes = {kProvenanceSuffix, kLowerSuffix,
                                                              kUpperSuffix, kOutOfRangeSuffix};

/// The order in which tables store metrics: the core six, then by name.
[[nodiscard]] bool metric_before(std::string_view a, std::string_view b);

/// The nearest float; infinite beyond the largest.
[[nodiscard]] constexpr float to_float(double value) {
  constexpr double kLargest = __FLT_MAX__;
  if (value > kLargest) return __builtin_huge_valf();
  if (value < -kLargest) return -__builtin_huge_valf();
  return static_cast<float>(value);
}

/// Whether a cell of a metric with these provenances may be flagged as out of range: only a model's
/// values can be.
[[nodiscard]] constexpr bool may_be_out_of_range(std::span<const Provenance> provenance) {
  return std::ranges::any_of(provenance, [](Provenance one) { return one > Provenance::measured; });
}

/// What is wrong with a value of such a metric; empty if nothing. @pre not NaN
[[nodiscard]] constexpr std::string_view range_fault(MetricKind kind, float value) {
  if (value < 0) return "is negative";
  if (value == __builtin_huge_valf()) return "is not finite";
  if (kind == MetricKind::fraction && value > 1) return "is no fraction between 0 and 1";
  return {};
}

}  // namespace ecnas::table
