#include "ecnas/analysis/metric.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "ecnas/core/error.hpp"
#include "ecnas/core/parallel.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/space/skeleton.hpp"

namespace ecnas::analysis {
namespace {

using table::Provenance;
using table::Row;
using table::Table;

constexpr std::array<MetricDescription, 7> kMetrics = {{
    {Metric::energy, "energy", "energy_kwh", "kWh"},
    {Metric::training_time, "training_time", "training_time_s", "s"},
    {Metric::co2eq, "co2eq", "co2eq_g", "g"},
    {Metric::parameters, "parameters", "trainable_parameters", ""},
    {Metric::flops, "flops", "flops", ""},
    {Metric::validation_accuracy, "validation_accuracy", "validation_accuracy", ""},
    {Metric::test_accuracy, "test_accuracy", "test_accuracy", ""},
}};

constexpr std::size_t kBlock = 4096;  // rows a thread takes at a time

double value_of_cell(const Table& table, Row row, Metric metric) {
  if (metric == Metric::parameters) return static_cast<double>(table.trainable_parameters()[row]);
  return static_cast<double>(space::flops(table.cell(row), table.metadata().skeleton));
}

/// Calls `visit(row)` for every row, blocks of them on several threads.
template <typename Visit>
void for_each_row(const Table& table, unsigned threads, Visit visit) {
  const std::size_t blocks = (table.cells() + kBlock - 1) / kBlock;
  parallel_for(blocks, threads, [&](std::size_t block) {
    const std::size_t end = std::min(table.cells(), (block + 1) * kBlock);
    for (std::size_t row = block * kBlock; row < end; ++row)
      visit(static_cast<Row>(row));
  });
}

void read_column(const Table& table, std::size_t budget, const Reading& reading, Values& result) {
  const std::string_view name = describe(result.metric).column;
  const table::Column* column = table.column(name);
  std::vector<Provenance> provenance(table.cells(), Provenance::absent);
  for_each_row(table, reading.threads, [&](Row row) {
    const auto entry = table.query(row, budget, reading.repeat, reading.conversion);
    if (!entry) return;
    const std::optional<double> value = entry->value(*column);
    if (!value) return;
    result.values[row] = *value;
    provenance[row] = entry->provenance(*column);
  });
  for (Row row = 0; row < table.cells(); ++row) {
    if (std::isnan(result.values[row])) continue;
    ++result.count;
    ++result.provenance[static_cast<std::size_t>(provenance[row])];
  }
}

}  // namespace

std::span<const MetricDescription> metrics() {
  return kMetrics;
}

const MetricDescription& describe(Metric metric) {
  return kMetrics[static_cast<std::size_t>(metric)];
}

Metric parse_metric(std::string_view text) {
  std::vector<std::string_view> names;
  for (const MetricDescription& candidate : kMetrics) {
    if (text == candidate.name || text == candidate.column) return candidate.metric;
    names.push_back(candidate.name);
  }
  if (const auto guess = closest(text, names)) {
    fail(ErrorCode::invalid_argument, "metric {}: unknown; did you mean '{}'?", quoted(text),
         *guess);
  }
  fail(ErrorCode::invalid_argument, "metric {}: unknown; choose from {}", quoted(text),
       fmt::join(names, ", "));
}

bool is_accuracy(Metric metric) {
  return metric == Metric::validation_accuracy || metric == Metric::test_accuracy;
}

bool is_of_cell(Metric metric) {
  return metric == Metric::parameters || metric == Metric::flops;
}

bool has_metric(const Table& table, Metric metric) {
  return is_of_cell(metric) || table.column(describe(metric).column) != nullptr;
}

std::int32_t chosen_epochs(const Table& table, std::optional<std::int32_t> epochs) {
  const auto budgets = table.budgets();
  if (!epochs) return budgets.empty() ? 0 : budgets.back();
  if (table.budget_index(*epochs)) return *epochs;
  fail(ErrorCode::not_found, "{}: no budget of {} epochs; it has {}", table.name(), *epochs,
       budgets.empty() ? std::string("none") : fmt::format("{}", fmt::join(budgets, ", ")));
}

Values read_values(const Table& table, Metric metric, std::int32_t epochs, const Reading& reading) {
  if (!has_metric(table, metric)) {
    fail(ErrorCode::not_found, "{}: no metric '{}'; `ecnas info` lists the metrics", table.name(),
         describe(metric).column);
  }
  Values result{.metric = metric, .epochs = epochs};
  result.values.assign(table.cells(), std::numeric_limits<double>::quiet_NaN());
  if (is_of_cell(metric)) {
    for_each_row(table, reading.threads,
                 [&](Row row) { result.values[row] = value_of_cell(table, row, metric); });
    result.count = table.cells();
    return result;
  }
  const std::optional<std::size_t> budget = table.budget_index(chosen_epochs(table, epochs));
  read_column(table, *budget, reading, result);
  if (result.count == 0) {
    fail(ErrorCode::not_found, "{}: no value of '{}' at {} epochs", table.name(),
         describe(metric).column, epochs);
  }
  return result;
}

}  // namespace ecnas::analysis
