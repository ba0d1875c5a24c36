#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ecnas/space/cell.hpp"
#include "ecnas/surrogate/target.hpp"
#include "ecnas/table/table.hpp"

namespace ecnas::surrogate {

/// What an accuracy is that a source states. They differ by an offset and in their noise.
enum class AccuracyKind : std::uint8_t {
  mean,    ///< of three repeats: the published tables
  sample,  ///< one of three repeats at 4, 12 and 36 epochs, the best of three at 108
};
[[nodiscard]] std::string_view name(AccuracyKind kind);
[[nodiscard]] std::optional<AccuracyKind> parse_accuracy_kind(std::string_view text);

/// Values of one target, by cell and budget: what models are fitted on and judged by.
struct Observations {
  Target target = Target::energy_kwh;
  std::string source;         ///< for messages: the files' names
  std::optional<double> pue;  ///< included in energies
  AccuracyKind kind = AccuracyKind::mean;
  std::vector<std::int32_t> epochs;   ///< (b), ascending
  std::vector<space::Cell> cells;     ///< (n), representatives, in the order of their hashes
  std::vector<double> values;         ///< (n, b) row-major; NaN: not observed
  std::vector<std::uint8_t> repeats;  ///< (n, b): how many trainings a value is the mean of

  [[nodiscard]] double value(std::size_t cell, std::size_t budget) const {
    return values[cell * epochs.size() + budget];
  }
};

/// A table's values of a target, means over repeats.
/// @param epochs  one budget; absent: all at which the table has any
/// @throws Error{not_found} if the table lacks the target or the budget
[[nodiscard]] Observations observe(const table::Table& table, Target target, AccuracyKind kind,
                                   std::optional<std::int32_t> epochs = std::nullopt);

/// The observations at some of their budgets alone. @param epochs  ascending
/// @throws Error{invalid_data} for a budget that they lack
[[nodiscard]] Observations at_budgets(const Observations& observations,
                                      std::span<const std::int32_t> epochs);

/// The observations of some of their cells alone. @param rows  indices of cells, ascending
[[nodiscard]] Observations at_rows(const Observations& observations,
                                   std::span<const std::size_t> rows);

/// Refuses what no model should be fitted on.
/// @throws Error{invalid_data} for fewer than 20 cells, a budget at which all values are equal, or
/// a value that is negative or not a number, naming source and cell
void expect_fittable(const Observations& observations);

}  // namespace ecnas::surrogate
