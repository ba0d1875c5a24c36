#pragma once
/// What the commands of `ecnas analyze` share.

#include <memory>

#include "command.hpp"
#include "ecnas/analysis/estimate.hpp"
#include "ecnas/analysis/metric.hpp"

namespace ecnas::app {

/// @{ The subcommands of `ecnas analyze`.
void add_analyze_swaps(CLI::App& analyze, const Global& global);
void add_analyze_hardware(CLI::App& analyze, const Global& global);
void add_analyze_correlations(CLI::App& analyze, const Global& global);
void add_analyze_tradeoff(CLI::App& analyze, const Global& global);
void add_analyze_regions(CLI::App& analyze, const Global& global);
void add_analyze_operations(CLI::App& analyze, const Global& global);
/// @}

/// A table, at one budget.
struct TableArguments {
  std::string table{kDefaultTable};
  std::optional<std::int32_t> epochs;
  ReadingOptions reading;

  void add_to(CLI::App& command);
  [[nodiscard]] analysis::Reading chosen_reading(const Global& global) const;
};

/// How intervals are drawn.
struct IntervalArguments {
  std::optional<std::size_t> resamples;
  std::uint64_t seed = 0;

  void add_to(CLI::App& command);
  /// @param usual  what is not asked for
  [[nodiscard]] analysis::IntervalOptions options(const Global& global,
                                                  analysis::IntervalOptions usual = {}) const;
};

/// An accuracy metric, a cost: what its name says.
/// @throws Error{invalid_argument} for an unknown name or one of the other kind @{
[[nodiscard]] analysis::Metric parse_cost(const std::string& text);
[[nodiscard]] analysis::Metric parse_accuracy(const std::string& text);
/// @}

/// A computed number as it is printed: nine digits, which is more than any of them means and fewer
/// than differ between machines.
[[nodiscard]] double rounded(double value);

/// [lower, upper], or null.
[[nodiscard]] Json to_json(const std::optional<analysis::Interval>& interval);
/// `value` and `interval`, or null.
[[nodiscard]] Json to_json(const std::optional<analysis::Estimate>& estimate);
/// How many values were measured, scaled, predicted; null if none have a provenance.
[[nodiscard]] Json provenance_json(const std::array<std::size_t, 4>& provenance);
/// A row of a table: `cell`, `hash`.
[[nodiscard]] Json cell_json(const table::Table& table, table::Row row);

/// "0.913 (0.901 – 0.925)", "–" without a value.
[[nodiscard]] std::string estimate_text(const std::optional<analysis::Estimate>& estimate,
                                        int digits);
/// A value of the metric with its unit: "0.1967 kWh".
[[nodiscard]] std::string value_text(double value, analysis::Metric metric);
/// "at 108 epochs", or empty for a table without budgets.
[[nodiscard]] std::string at_epochs(std::int32_t epochs);

}  // namespace ecnas::app
