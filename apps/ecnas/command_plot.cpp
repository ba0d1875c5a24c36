// `ecnas plot`: the figures of analyses, as files.
#include <fmt/format.h>

#include <memory>

#include "analysis_figures.hpp"
#include "analyze_arguments.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/core/file.hpp"
#include "ecnas/report/render.hpp"
#include "plot_arguments.hpp"
#include "table_sections.hpp"
#include "terminal.hpp"

namespace ecnas::app {
namespace {

using analysis::Metric;
using analysis::SwapMatrix;

// --- Swaps ---------------------------------------------------------------------------------------

struct SwapsPlot {
  TableArguments table;
  IntervalArguments intervals;
  std::vector<std::string> metrics;
  std::string output;
};

/// Those asked for, or the paper's four as far as the table has them.
std::vector<Metric> chosen_metrics(const std::vector<std::string>& names,
                                   const table::Table& table) {
  std::vector<Metric> metrics;
  for (const std::string& name : names)
    metrics.push_back(analysis::parse_metric(name));
  if (!metrics.empty()) return metrics;
  for (const Metric metric :
       {Metric::training_time, Metric::energy, Metric::parameters, Metric::validation_accuracy}) {
    if (analysis::has_metric(table, metric)) metrics.push_back(metric);
  }
  return metrics;
}

void run_swaps(const SwapsPlot& command, const Global& global) {
  expect_drawable(command.output);
  const table::Table table = open_table(command.table.table, global);
  const std::vector<Metric> metrics = chosen_metrics(command.metrics, table);
  const std::vector<SwapMatrix> matrices =
      analysis::swap_matrices(table, metrics, command.table.epochs,
                              {.reading = command.table.chosen_reading(global),
                               .intervals = command.intervals.options(global)});
  draw(report::matrix_figure_spec(swap_figure(matrices, table)), command.output, global);
}

void add_swaps(CLI::App& parent, const Global& global) {
  CLI::App* command =
      parent.add_subcommand("swaps", "What metrics do when an operation replaces another");
  const auto arguments = std::make_shared<SwapsPlot>();
  arguments->table.add_to(*command);
  command
      ->add_option("--metric", arguments->metrics,
                   "One panel each (default: training_time, energy, parameters, "
                   "validation_accuracy, as far as the table has them)")
      ->type_name("METRIC");
  arguments->intervals.add_to(*command);
  add_figure_output(*command, arguments->output);
  command->callback([=, &global] { run_swaps(*arguments, global); });
}

// --- Hardware ------------------------------------------------------------------------------------

struct HardwarePlot {
  std::string file;
  std::int32_t epochs = 4;
  std::string output;
};

void run_hardware(const HardwarePlot& command, const Global& global) {
  expect_drawable(command.output);
  const std::vector<analysis::DeviceSeries> series = analysis::read_device_series(
      read_file(command.file), command.file, std::nullopt, command.epochs);
  const analysis::DeviceEnergies energies = analysis::joined(series);
  const std::vector<analysis::OutlierReading> outliers = analysis::outlier_readings(energies);
  const analysis::DeviceAgreement agreement =
      analysis::device_agreement(analysis::without(energies, outliers));
  draw(report::device_figure_spec(device_figure(energies, agreement, outliers)), command.output,
       global);
}

void add_hardware(CLI::App& parent, const Global& global) {
  CLI::App* command =
      parent.add_subcommand("hardware", "Energies of the same cells on several devices");
  const auto arguments = std::make_shared<HardwarePlot>();
  command
      ->add_option("file", arguments->file,
                   "A CSV of cells with a column of energies a device: NAME_kwh, NAME_wh or NAME_j")
      ->required()
      ->type_name("FILE");
  command->add_option("--epochs", arguments->epochs, "Budget, where the file says budgets")
      ->type_name("N")
      ->capture_default_str();
  add_figure_output(*command, arguments->output);
  command->callback([=, &global] { run_hardware(*arguments, global); });
}

// --- Cells and correlations ----------------------------------------------------------------------

struct TablePlot {
  TableArguments table;
  std::string output;
};

void run_cells(const TablePlot& command, const Global& global) {
  expect_drawable(command.output);
  const table::Table table = open_table(command.table.table, global);
  const Subject subject{&table, command.table.reading.chosen_repeat(table),
                        analysis::chosen_epochs(table, command.table.epochs), global.threads};
  draw(report::front_figure_spec(cells_figure(subject, regions_of(subject))), command.output,
       global);
}

void run_correlations(const TablePlot& command, const Global& global) {
  expect_drawable(command.output);
  const table::Table table = open_table(command.table.table, global);
  analysis::CorrelationOptions options;
  options.intervals.threads = global.threads;
  const analysis::CorrelationMatrix matrix = analysis::correlations(
      table, {}, command.table.epochs, command.table.chosen_reading(global), options);
  draw(report::matrix_figure_spec(correlation_figure(matrix, table)), command.output, global);
}

void add_table_plot(CLI::App& parent, const char* name, const char* description,
                    void (*run)(const TablePlot&, const Global&), const Global& global) {
  CLI::App* command = parent.add_subcommand(name, description);
  const auto arguments = std::make_shared<TablePlot>();
  arguments->table.add_to(*command);
  add_figure_output(*command, arguments->output);
  command->callback([=, &global] { run(*arguments, global); });
}

}  // namespace

void draw(const std::string& specification, const std::string& output, const Global& global) {
  report::render(specification, report::image_format_of(output), output, renderer());
  if (global.json) {
    print_json(Json{{"output", output}});
  } else {
    print(fmt::format("figure  {}\n", output));
  }
}

void expect_drawable(const std::string& output) {
  (void)report::image_format_of(output);
  report::expect_renderable(output, renderer());
}

void add_figure_output(CLI::App& command, std::string& output) {
  command.add_option("-o,--output", output, "A file ending in .svg, .png or .pdf")
      ->required()
      ->type_name("FILE");
}

void add_plot(CLI::App& app, const Global& global) {
  CLI::App* command = app.add_subcommand("plot", "Draw a figure into a file");
  command->require_subcommand(1);
  add_table_plot(*command, "cells", "All cells by energy and error, their front, two regions",
                 run_cells, global);
  add_swaps(*command, global);
  add_hardware(*command, global);
  add_plot_attainment(*command, global);
  add_plot_trial(*command, global);
  add_plot_progress(*command, global);
  add_plot_profile(*command, global);
  add_plot_calibration(*command, global);
  add_plot_comparison(*command, global);
  add_table_plot(*command, "correlations", "How alike metrics order the cells", run_correlations,
                 global);
}

}  // namespace ecnas::app
