// What accuracy costs, what costs it, and which metrics say the same.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <cmath>
#include <utility>

#include "analysis_figures.hpp"
#include "command.hpp"
#include "ecnas/analysis/correlations.hpp"
#include "ecnas/analysis/operations.hpp"
#include "ecnas/analysis/tradeoff.hpp"
#include "table_sections.hpp"

namespace ecnas::app {
namespace {

using analysis::Metric;

// --- Trade-off -----------------------------------------------------------------------------------

constexpr std::array<double, 3> kLosses = {0.005, 0.01, 0.02};

DocumentTable savings_table(const Subject& subject, const analysis::TradeOff& found) {
  DocumentTable table;
  table.caption = "Energy saved by giving up a little accuracy";
  table.columns = {{"accuracy_given_up", "Given up at most", "percentage points", true},
                   {"energy_saved", "Energy saved", "%", true},
                   {"energy_kwh", "Training energy", "kWh", true},
                   {"validation_accuracy", "Validation accuracy", "%", true},
                   {"hash", "Cell", "", false},
                   {"operations", "Operations", "", false}};
  const auto add = [&](Field loss, Field saved, double cost, double accuracy, std::size_t row) {
    const space::Cell cell = subject.table->cell(static_cast<table::Row>(row));
    table.rows.push_back({std::move(loss),
                          std::move(saved),
                          number_field(cost, 4),
                          percent_field(accuracy, 2),
                          hash_field(cell),
                          {operations_text(cell), {}, {}}});
  };
  add({"none", "0", {}}, {"–", "0", {}}, found.cost, found.accuracy, found.most_accurate);
  for (const analysis::Saving& saving : found.savings) {
    add({fmt::format("{:g}", 100 * saving.accuracy_loss),
         fmt::format("{:g}", saving.accuracy_loss),
         {}},
        percent_field(saving.saved, 1), saving.cost, saving.accuracy, saving.cell);
  }
  return table;
}

/// A cost that one may optimise in place of energy.
struct Proxy {
  Metric metric;
  analysis::Regret regret;
  analysis::RankCorrelation correlation;  ///< with energy
};

/// Those that say anything: a time of another device does not.
std::vector<Proxy> proxies_of(const Subject& subject, const analysis::Values& energies,
                              const analysis::Values& accuracies) {
  std::vector<Proxy> result;
  const bool one_device = subject.table->metadata().devices.size() < 2;
  analysis::CorrelationOptions options;
  options.intervals.threads = subject.threads;
  for (const Metric metric : {Metric::training_time, Metric::parameters, Metric::flops}) {
    if (!analysis::has_metric(*subject.table, metric)) continue;
    if (metric == Metric::training_time && !one_device) continue;
    const analysis::Values values = subject.read(metric);
    result.push_back({metric, analysis::regret(energies.values, values.values, accuracies.values),
                      analysis::rank_correlation(energies.values, values.values, options)});
  }
  return result;
}

DocumentTable proxies_table(std::span<const Proxy> proxies) {
  DocumentTable table;
  table.caption = "Energy lost at equal accuracy when another cost is optimised, along the front";
  table.columns = {{"optimised", "Optimised instead", "", false},
                   {"mean", "Mean", "%", true},
                   {"median", "Median", "%", true},
                   {"largest", "Largest", "%", true},
                   {"largest_at", "Largest at accuracy", "%", true},
                   {"levels", "Points of the front", "", true},
                   {"kendall_tau", "Kendall τ with energy", "", true},
                   {"lower95", "From", "", true},
                   {"upper95", "To", "", true}};
  for (const auto& [metric, regret, correlation] : proxies) {
    const auto& tau = correlation.kendall_tau;
    const auto bound = [&](double analysis::Interval::*side) {
      return number_field(tau && tau->interval ? (*tau->interval).*side : NAN, 3);
    };
    table.rows.push_back({{metric_title(metric), std::string(analysis::describe(metric).name), {}},
                          percent_field(regret.mean, 1),
                          percent_field(regret.median, 1),
                          percent_field(regret.largest, 1),
                          percent_field(regret.largest_at, 2),
                          count_field(regret.levels),
                          number_field(tau ? tau->value : NAN, 3),
                          bound(&analysis::Interval::lower),
                          bound(&analysis::Interval::upper)});
  }
  return table;
}

}  // namespace

DocumentBlocks tradeoff_blocks(const Subject& subject, const std::string& name) {
  const analysis::Values energies = subject.read(Metric::energy);
  const analysis::Values accuracies = subject.read(Metric::validation_accuracy);
  const analysis::TradeOff found = analysis::trade_off(energies.values, accuracies.values, kLosses);
  DocumentTable savings = savings_table(subject, found);
  savings.name = name + "-tradeoff";
  const std::vector<Proxy> proxies = proxies_of(subject, energies, accuracies);
  DocumentTable regret = proxies_table(proxies);
  regret.name = name + "-regret";
  std::string sentence = fmt::format(
      "Among the {} cells of {}, giving up {:g} percentage point of accuracy saves {:.0f} % of the "
      "energy.",
      counted(found.cells), subject.at_budget(), 100 * found.savings[1].accuracy_loss,
      100 * found.savings[1].saved);
  for (const Proxy& proxy : proxies) {
    if (proxy.metric != Metric::training_time) continue;
    sentence += fmt::format(
        " Whoever minimises training time in place of energy, at equal accuracy, spends {:.1f} % "
        "more energy than need be on average along the front, and at worst {:.1f} %.",
        100 * proxy.regret.mean, 100 * proxy.regret.largest);
  }
  if (subject.table->metadata().devices.size() > 1) {
    sentence += fmt::format(
        " Its times are not of the device of its energies ({}), so they say nothing about whether "
        "time stands for energy, and are left out below.",
        fmt::join(subject.table->metadata().devices, "; "));
  }
  return {sentence, std::move(savings), std::move(regret)};
}

DocumentBlocks correlations_blocks(const Subject& subject) {
  analysis::CorrelationOptions options;
  options.intervals.threads = subject.threads;
  const analysis::CorrelationMatrix matrix =
      analysis::correlations(*subject.table, {}, subject.budget(), subject.reading(), options);
  return {std::string("Kendall's τ between metrics over all cells: 1 where two order the cells "
                      "alike, 0 where they have nothing to do with one another."),
          DocumentFigure{"correlations",
                         report::matrix_figure_spec(correlation_figure(matrix, *subject.table)),
                         "Below each entry its 95 % interval over cells.",
                         "A matrix of rank correlations between metrics."}};
}

DocumentBlocks proxies_blocks(const Subject& subject) {
  std::vector<Metric> metrics;
  for (const Metric metric : {Metric::validation_accuracy, Metric::energy, Metric::training_time}) {
    if (analysis::has_metric(*subject.table, metric)) metrics.push_back(metric);
  }
  analysis::CorrelationOptions options;
  options.intervals.threads = subject.threads;
  DocumentTable table;
  table.name = "proxies";
  table.caption = "Rank correlations with what was known after training, with 95 % intervals";
  table.columns = {{"proxy", "Proxy", "", false},
                   {"metric", "With", "", false},
                   {"kendall_tau", "Kendall τ", "", true},
                   {"lower95", "From", "", true},
                   {"upper95", "To", "", true},
                   {"spearman", "Spearman ρ", "", true},
                   {"cells", "Cells", "", true}};
  for (const auto& [proxy, metric, correlation] : analysis::proxy_correlations(
           *subject.table, subject.proxies, metrics, subject.epochs, subject.reading(), options)) {
    const auto& tau = correlation.kendall_tau;
    const auto bound = [&](double analysis::Interval::*side) {
      return number_field(tau && tau->interval ? (*tau->interval).*side : NAN, 3);
    };
    table.rows.push_back({{proxy, {}, {}},
                          {metric_title(metric), std::string(analysis::describe(metric).name), {}},
                          number_field(tau ? tau->value : NAN, 3),
                          bound(&analysis::Interval::lower),
                          bound(&analysis::Interval::upper),
                          number_field(correlation.spearman ? correlation.spearman->value : NAN, 3),
                          count_field(correlation.cells)});
  }
  return {fmt::format("Numbers that an untrained network shows, and counts of its architecture: do "
                      "they order the cells as training does, {}? 1: alike; 0: they say nothing.",
                      subject.at_budget()),
          std::move(table)};
}

DocumentBlocks operations_blocks(const Subject& subject) {
  const analysis::Values energies = subject.read(Metric::energy);
  std::vector<space::Cell> cells;
  cells.reserve(subject.table->cells());
  for (table::Row row = 0; row < subject.table->cells(); ++row)
    cells.push_back(subject.table->cell(row));
  analysis::IntervalOptions intervals;
  intervals.threads = subject.threads;
  const analysis::CostModel model = analysis::cost_of_operations(cells, energies.values, intervals);
  const auto percent = [](double effect) { return std::expm1(effect); };
  DocumentTable table;
  table.name = "operations";
  table.caption = "What one more of each adds to the energy, all others held";
  table.columns = {{"term", "One more of", "", false},
                   {"change", "Energy", "%", true},
                   {"lower95", "From", "%", true},
                   {"upper95", "To", "%", true},
                   {"description", "Which are", "", false}};
  for (std::size_t i = 0; i < analysis::kCostTerms; ++i) {
    const analysis::Estimate& effect = model.effects[i];
    const auto bound = [&](double analysis::Interval::*side) {
      return effect.interval ? percent_field(percent((*effect.interval).*side), 2)
                             : Field{"–", {}, {}};
    };
    table.rows.push_back({{std::string(analysis::cost_terms()[i].name), {}, {}},
                          percent_field(percent(effect.value), 2),
                          bound(&analysis::Interval::lower),
                          bound(&analysis::Interval::upper),
                          {std::string(analysis::cost_terms()[i].description), {}, {}}});
  }
  return {fmt::format("A linear regression of the logarithm of training energy on what a cell "
                      "consists of: {} cells of {}, R² {:.3f}. It is small on purpose; what it "
                      "leaves unexplained is how vertices are wired.",
                      counted(model.cells), subject.at_budget(), model.r2),
          std::move(table)};
}

}  // namespace ecnas::app
