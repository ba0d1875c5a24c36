// `ecnas reproduce`: EC-NAS's figures and numbers again, beside what was published.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "analysis_figures.hpp"
#include "analyze_arguments.hpp"
#include "ecnas/analysis/tradeoff.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/core/file.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/search/search.hpp"
#include "ecnas/space/hash.hpp"
#include "ecnas/stats/summary.hpp"
#include "ecnas/table/import.hpp"
#include "front_figure.hpp"
#include "published_numbers.hpp"
#include "search_output.hpp"
#include "terminal.hpp"

namespace ecnas::app {
namespace {

namespace fs = std::filesystem;

using analysis::Metric;
using analysis::SwapMatrix;

constexpr std::int32_t kEpochs = 108;
constexpr std::array<double, 3> kLosses = {0.005, 0.01, 0.02};
/// The published runs: so many requests each, on the table of 4 vertices.
constexpr std::size_t kPublishedRequests = 1000;
constexpr std::size_t kTrials = 30;
/// Their reference point: energy in kWh, validation error.
constexpr std::array<double, 2> kPublishedReference = {1.5, 1};

struct ReproduceCommand {
  std::string output;
  std::string data;

  /// Where the published data are; empty: nowhere.
  [[nodiscard]] fs::path data_directory() const {
    if (!data.empty()) {
      std::error_code ignored;
      if (fs::is_directory(data, ignored)) return data;
      fail(ErrorCode::not_found, "--data {}: no such directory", data);
    }
    const char* directory = std::getenv("ECNAS_DATA_DIR");  // NOLINT(concurrency-mt-unsafe)
    return directory == nullptr ? fs::path() : fs::path(directory);
  }
};

/// What is made, where, and what could not be.
class Reproduction {
 public:
  Reproduction(fs::path output, fs::path data, const Global& global)
      : output_(std::move(output)), data_(std::move(data)), global_(global) {
    make_directory(output_ / "figures");
    make_directory(output_ / "tables");
    report::expect_renderable(output_ / "figures" / "front.svg", renderer());
  }

  /// Draws a figure in every format.
  void draw(const std::string& name, const std::string& specification) {
    for (const auto& [ending, format] : {std::pair{"svg", report::ImageFormat::svg},
                                         {"pdf", report::ImageFormat::pdf},
                                         {"png", report::ImageFormat::png}}) {
      const fs::path file = output_ / "figures" / (name + "." + ending);
      report::render(specification, format, file, renderer());
      made_.push_back(file);
    }
  }

  void write_table(const std::string& name, const std::vector<std::string>& header,
                   const std::vector<std::vector<std::string>>& rows) {
    std::string text = line_of(header);
    for (const std::vector<std::string>& row : rows)
      text += line_of(row);
    const fs::path file = output_ / "tables" / (name + ".csv");
    write_file(file, text);
    made_.push_back(file);
  }

  /// A published file; absent, and noted, if it is not there.
  std::optional<fs::path> published_file(std::string_view name, std::string_view for_what) {
    const fs::path file = data_ / name;
    std::error_code ignored;
    if (!data_.empty() && fs::is_regular_file(file, ignored)) return file;
    missing_.push_back(
        fmt::format("{}: {} is not there; give its directory by --data", for_what, name));
    return std::nullopt;
  }

  [[nodiscard]] const Global& global() const { return global_; }
  [[nodiscard]] const std::vector<fs::path>& made() const { return made_; }
  [[nodiscard]] const std::vector<std::string>& missing() const { return missing_; }

 private:
  static std::string line_of(const std::vector<std::string>& fields) {
    std::string line;
    for (const std::string& field : fields) {
      if (!line.empty()) line += ',';
      std::string quoted = "\"";
      for (const char c : field)
        quoted += c == '"' ? "\"\"" : std::string(1, c);
      line += quoted + '"';
    }
    return line + "\n";
  }

  fs::path output_;
  fs::path data_;
  const Global& global_;
  std::vector<fs::path> made_;
  std::vector<std::string> missing_;
};

/// Figure 1: energy against accuracy of all cells, with the front.
void make_front(Reproduction& reproduction, const table::Table& table) {
  const search::Problem problem(
      table, {.objectives = {search::Objective::energy, search::Objective::validation_error}});
  const FrontAnalysis front = analyse_front(problem, problem.reference_point());
  reproduction.draw("front", report::front_figure_spec(front_figure(problem, front)));
  std::vector<std::vector<std::string>> rows;
  for (const search::FrontPoint& point : front.points) {
    const space::Cell cell = table.cell(point.candidate.row);
    rows.push_back({space::to_text(space::hash_of(cell)), space::to_text(cell),
                    std::to_string(problem.budgets()[point.candidate.budget]),
                    fmt::format("{:.7g}", point.objectives[0]),
                    fmt::format("{:.7g}", point.objectives[1])});
  }
  reproduction.write_table("front", {"hash", "cell", "epochs", "energy_kwh", "validation_error"},
                           rows);
}

/// Figure 3: what replacing an operation changes.
void make_swaps(Reproduction& reproduction, const table::Table& table, OurNumbers& ours) {
  constexpr std::array<Metric, 4> kMetrics = {Metric::training_time, Metric::energy,
                                              Metric::parameters, Metric::validation_accuracy};
  const std::vector<SwapMatrix> matrices = analysis::swap_matrices(
      table, kMetrics, kEpochs, {.intervals = {.threads = reproduction.global().threads}});
  reproduction.draw("swaps", report::matrix_figure_spec(swap_figure(matrices, table)));
  std::vector<std::vector<std::string>> rows;
  for (const SwapMatrix& matrix : matrices) {
    const std::string metric(analysis::describe(matrix.metric).name);
    for (std::size_t a = 0; a < space::kOperationCount; ++a) {
      for (std::size_t b = 0; b < space::kOperationCount; ++b) {
        if (a == b || !matrix.change[a][b]) continue;
        const std::string from(space::short_name(static_cast<space::Operation>(a)));
        const std::string to(space::short_name(static_cast<space::Operation>(b)));
        ours[fmt::format("swaps.{}.{}.{}", metric, from, to)] = {*matrix.change[a][b], {}};
        const auto& interval = matrix.interval[a][b];
        rows.push_back({metric, from, to, fmt::format("{:.6g}", *matrix.change[a][b]),
                        interval ? fmt::format("{:.6g}", interval->lower) : "",
                        interval ? fmt::format("{:.6g}", interval->upper) : "",
                        matrix.absolute ? "1" : "%", std::to_string(matrix.cells[a][b])});
      }
    }
  }
  reproduction.write_table(
      "swaps", {"metric", "replaced", "by", "change", "lower95", "upper95", "unit", "cells"}, rows);
}

/// Figure 4: energies of the same cells on several devices.
void make_hardware(Reproduction& reproduction) {
  const auto file = reproduction.published_file("ec-nas-4v-hardware.csv", "figure 4, devices");
  if (!file) return;
  const analysis::DeviceEnergies energies = analysis::joined(
      analysis::read_device_series(read_file(*file), file->string(), std::nullopt, 4));
  const std::vector<analysis::OutlierReading> outliers = analysis::outlier_readings(energies);
  const analysis::DeviceAgreement agreement =
      analysis::device_agreement(analysis::without(energies, outliers));
  reproduction.draw("hardware",
                    report::device_figure_spec(device_figure(energies, agreement, outliers)));
}

/// The conclusion that a little accuracy buys much energy.
void make_tradeoff(Reproduction& reproduction, const table::Table& table) {
  const analysis::Values energies = analysis::read_values(table, Metric::energy, kEpochs);
  const analysis::Values accuracies =
      analysis::read_values(table, Metric::validation_accuracy, kEpochs);
  const analysis::TradeOff found = analysis::trade_off(energies.values, accuracies.values, kLosses);
  std::vector<std::vector<std::string>> rows;
  for (const analysis::Saving& saving : found.savings) {
    const space::Cell cell = table.cell(static_cast<table::Row>(saving.cell));
    rows.push_back({fmt::format("{:g}", saving.accuracy_loss), fmt::format("{:.6g}", saving.saved),
                    fmt::format("{:.6g}", saving.cost), fmt::format("{:.6g}", saving.accuracy),
                    space::to_text(space::hash_of(cell)), space::to_text(cell)});
  }
  reproduction.write_table(
      "tradeoff",
      {"accuracy_given_up", "energy_saved", "energy_kwh", "validation_accuracy", "hash", "cell"},
      rows);
}

/// The published runs: random search and SEMOA as published, on the measured table of 4 vertices.
void run_searches(Reproduction& reproduction, OurNumbers& ours) {
  const auto file = reproduction.published_file("ec-nas-4v-table.csv", "published runs");
  if (!file) return;
  const std::array<fs::path, 1> paths = {*file};
  const table::Imported imported = table::import_tables(paths, {});
  const search::Problem problem(
      imported.table,
      {.objectives = {search::Objective::energy, search::Objective::validation_error}});
  const moo::Objectives reference{kPublishedReference[0], kPublishedReference[1]};
  for (const auto& [name, algorithm] : {std::pair{"random", search::Algorithm::random},
                                        {"semoa", search::Algorithm::semoa_published}}) {
    search::SearchOptions options;
    options.algorithm = algorithm;
    if (algorithm == search::Algorithm::random) options.sampling = space::Sampling::published;
    options.stop = {.count = kPublishedRequests, .counted = search::Count::requests};
    options.trials = kTrials;
    options.threads = reproduction.global().threads;
    const SearchReport report =
        make_report(problem, search::run_search(problem, options), reference);
    ours[fmt::format("search.4v.{}.hypervolume", name)] = {
        stats::mean(report.hypervolumes), stats::standard_deviation(report.hypervolumes)};
  }
}

std::string number_text(double value, std::optional<double> deviation) {
  const std::string text = fmt::format("{:.5g}", value);
  return deviation ? fmt::format("{} ± {:.2g}", text, *deviation) : text;
}

/// Published against ours: a table for programs, and one for people.
std::string make_comparison(Reproduction& reproduction, const OurNumbers& ours) {
  const PublishedNumbers published = published_numbers();
  std::vector<std::vector<std::string>> rows;
  TextTable table({{"published"},
                   {"what"},
                   {"value", Align::right},
                   {"ours", Align::right},
                   {"difference", Align::right}});
  for (const PublishedNumber& number : published.numbers) {
    const auto found = ours.find(number.id);
    const bool there = found != ours.end();
    const std::string value = number_text(number.value, number.deviation);
    const std::string own =
        there ? number_text(found->second.value, found->second.deviation) : std::string("–");
    const std::string difference =
        there ? fmt::format("{:+.3g}", found->second.value - number.value) : std::string("–");
    table.add({number.where, number.quantity, value, own, difference});
    rows.push_back({number.id, number.where, number.quantity, number.unit, value, own, difference,
                    number.cause, published.source});
  }
  reproduction.write_table(
      "published",
      {"id", "where", "quantity", "unit", "published", "ours", "difference", "cause", "source"},
      rows);
  return table.text();
}

void run_reproduce(const ReproduceCommand& command, const Global& global) {
  Reproduction reproduction(command.output, command.data_directory(), global);
  const table::Table table = open_table(std::string(kDefaultTable), global);
  OurNumbers ours;
  {
    Progress progress("reproducing", global.json);
    make_front(reproduction, table);
    progress.show(0.3);
    make_swaps(reproduction, table, ours);
    progress.show(0.6);
    make_hardware(reproduction);
    progress.show(0.8);
    make_tradeoff(reproduction, table);
    run_searches(reproduction, ours);
    progress.show(1);
  }
  const std::string comparison = make_comparison(reproduction, ours);
  for (const std::string& missing : reproduction.missing())
    message("ecnas: left out: " + missing);
  if (global.json) {
    Json document = {{"made", Json::array()}, {"left_out", reproduction.missing()}};
    for (const fs::path& file : reproduction.made())
      document["made"].push_back(file.string());
    for (const auto& [id, number] : ours)
      document["numbers"][id] = rounded(number.value);
    print_json(document);
    return;
  }
  print(comparison +
        fmt::format("\n{} files in {}\n", reproduction.made().size(), bold(command.output)));
}

}  // namespace

void add_reproduce(CLI::App& app, const Global& global) {
  CLI::App* command = app.add_subcommand(
      "reproduce", "EC-NAS's figures and numbers again, beside what was published");
  const auto arguments = std::make_shared<ReproduceCommand>();
  command->add_option("-o,--output", arguments->output, "A directory for figures and tables")
      ->required()
      ->type_name("DIR");
  command
      ->add_option("--data", arguments->data,
                   "A directory of the published files (default: $ECNAS_DATA_DIR; without it "
                   "only what the built-in benchmark shows)")
      ->type_name("DIR");
  command->callback([=, &global] { run_reproduce(*arguments, global); });
}

}  // namespace ecnas::app
