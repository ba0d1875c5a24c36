#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <limits>

#include "bindings.hpp"
#include "ecnas/analysis/correlations.hpp"
#include "ecnas/analysis/metric.hpp"
#include "ecnas/analysis/operations.hpp"
#include "ecnas/analysis/swaps.hpp"
#include "ecnas/analysis/tradeoff.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"

namespace ecnas::python {
namespace {

using Series = nb::ndarray<const double, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::span<const double> span_of(const Series& series) {
  return {series.data(), series.shape(0)};
}

nb::object interval_tuple(const std::optional<analysis::Interval>& interval) {
  if (!interval) return nb::none();
  return nb::make_tuple(interval->lower, interval->upper);
}

/// (value, lower, upper), or None.
nb::object estimate_tuple(const std::optional<analysis::Estimate>& estimate) {
  if (!estimate) return nb::none();
  return nb::make_tuple(estimate->value, interval_tuple(estimate->interval));
}

nb::dict swaps(const TableHandle& table, const std::string& metric,
               std::optional<std::int32_t> epochs, std::optional<std::string> definition) {
  analysis::SwapOptions options;
  if (definition) {
    options.definition = analysis::parse_swap_definition(*definition);
    if (!options.definition) {
      fail(ErrorCode::invalid_argument,
           "swap definition {}: unknown; choose from published, one-sided, containing, "
           "single-vertex, relative-to-mean, absolute",
           ecnas::quoted(*definition));
    }
  }
  const auto found = interruptible([&](const std::stop_token& /*stop*/) {
    return analysis::swap_matrix(*table.table, analysis::parse_metric(metric), epochs, options);
  });
  constexpr std::size_t kSize = space::kOperationCount;
  std::vector<double> change;
  std::vector<double> intervals;
  std::vector<std::int64_t> cells;
  for (std::size_t a = 0; a < kSize; ++a) {
    for (std::size_t b = 0; b < kSize; ++b) {
      change.push_back(found.change[a][b].value_or(kNan));
      const auto& interval = found.interval[a][b];
      intervals.push_back(interval ? interval->lower : kNan);
      intervals.push_back(interval ? interval->upper : kNan);
      cells.push_back(static_cast<std::int64_t>(found.cells[a][b]));
    }
  }
  nb::dict result;
  result["change"] = to_numpy(std::move(change), {kSize, kSize});
  result["interval"] = to_numpy(std::move(intervals), {kSize, kSize, 2});
  result["cells"] = to_numpy(std::move(cells), {kSize, kSize});
  result["definition"] = std::string(analysis::name(found.definition));
  result["epochs"] = found.epochs;
  result["unit"] = found.absolute ? std::string(analysis::describe(found.metric).unit) : "%";
  return result;
}

nb::dict rank_correlation(const Series& x, const Series& y, std::size_t resamples,
                          std::uint64_t seed) {
  analysis::CorrelationOptions options;
  options.intervals.resamples = resamples;
  options.intervals.seed = seed;
  const auto found = interruptible([&](const std::stop_token& /*stop*/) {
    return analysis::rank_correlation(span_of(x), span_of(y), options);
  });
  nb::dict result;
  result["cells"] = found.cells;
  result["kendall_tau"] = estimate_tuple(found.kendall_tau);
  result["spearman"] = estimate_tuple(found.spearman);
  return result;
}

nb::dict correlations(const TableHandle& table, std::optional<std::int32_t> epochs) {
  const auto matrix = interruptible([&](const std::stop_token& /*stop*/) {
    return analysis::correlations(*table.table, {}, epochs);
  });
  std::vector<std::string> names;
  std::vector<double> taus;
  std::vector<double> spearmans;
  for (const analysis::Metric metric : matrix.metrics)
    names.emplace_back(analysis::describe(metric).name);
  for (const analysis::RankCorrelation& pair : matrix.pairs) {
    taus.push_back(pair.kendall_tau ? pair.kendall_tau->value : kNan);
    spearmans.push_back(pair.spearman ? pair.spearman->value : kNan);
  }
  const std::size_t count = names.size();
  nb::dict result;
  result["metrics"] = names;
  result["epochs"] = matrix.epochs;
  result["kendall_tau"] = to_numpy(std::move(taus), {count, count});
  result["spearman"] = to_numpy(std::move(spearmans), {count, count});
  return result;
}

nb::dict values(const TableHandle& table, const std::string& metric,
                std::optional<std::int32_t> epochs) {
  const auto found = interruptible([&](const std::stop_token& /*stop*/) {
    return analysis::read_values(*table.table, analysis::parse_metric(metric),
                                 analysis::chosen_epochs(*table.table, epochs));
  });
  nb::dict result;
  result["values"] = to_numpy(found.values);
  result["epochs"] = found.epochs;
  result["unit"] = std::string(analysis::describe(found.metric).unit);
  return result;
}

nb::dict trade_off(const Series& costs, const Series& accuracies,
                   const std::vector<double>& losses) {
  const auto found = analysis::trade_off(span_of(costs), span_of(accuracies), losses);
  nb::list savings;
  for (const analysis::Saving& saving : found.savings) {
    nb::dict entry;
    entry["accuracy_loss"] = saving.accuracy_loss;
    entry["cell"] = saving.cell;
    entry["accuracy"] = saving.accuracy;
    entry["cost"] = saving.cost;
    entry["saved"] = saving.saved;
    savings.append(entry);
  }
  nb::dict result;
  result["cells"] = found.cells;
  result["most_accurate"] = found.most_accurate;
  result["accuracy"] = found.accuracy;
  result["cost"] = found.cost;
  result["savings"] = savings;
  return result;
}

nb::dict cost_of_operations(nb::handle cells, const Series& costs) {
  const CellArray array = to_cells(cells);
  const auto model = interruptible([&](const std::stop_token& /*stop*/) {
    return analysis::cost_of_operations(array.cells, span_of(costs));
  });
  nb::list effects;
  const auto terms = analysis::cost_terms();
  for (std::size_t i = 0; i < terms.size(); ++i) {
    nb::dict entry;
    entry["term"] = std::string(terms[i].name);
    entry["description"] = std::string(terms[i].description);
    entry["log_effect"] = model.effects[i].value;
    entry["interval"] = interval_tuple(model.effects[i].interval);
    effects.append(entry);
  }
  nb::dict result;
  result["cells"] = model.cells;
  result["r2"] = model.r2;
  result["effects"] = effects;
  return result;
}

}  // namespace

void bind_analysis(nb::module_& module) {
  module.def("swaps", swaps, nb::arg("table"), nb::arg("metric"), nb::arg("epochs").none(),
             nb::arg("definition").none());
  module.def("rank_correlation", rank_correlation, nb::arg("x"), nb::arg("y"), nb::arg("resamples"),
             nb::arg("seed"));
  module.def("correlations", correlations, nb::arg("table"), nb::arg("epochs").none());
  module.def("metric_values", values, nb::arg("table"), nb::arg("metric"),
             nb::arg("epochs").none());
  module.def("trade_off", trade_off, nb::arg("costs"), nb::arg("accuracies"), nb::arg("losses"));
  module.def("cost_of_operations", cost_of_operations, nb::arg("cells"), nb::arg("costs"));
}

}  // namespace ecnas::python
