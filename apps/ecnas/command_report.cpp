// `ecnas report`: a table as one self-contained page.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "command.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/core/file.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/report/page.hpp"
#include "front_figure.hpp"
#include "terminal.hpp"
#include "version.hpp"

namespace ecnas::app {
namespace {

namespace fs = std::filesystem;

using report::PageBlock;
using report::PageEntry;
using report::PageTable;
using search::Objective;

struct ReportCommand {
  std::string table{kDefaultTable};
  std::string output;
  std::optional<std::size_t> repeat;

  [[nodiscard]] table::Repeat chosen_repeat(const table::Table& opened) const {
    ReadingOptions reading;
    reading.repeat = repeat;
    if (repeat && *repeat > opened.repeats()) {
      fail(ErrorCode::not_found, "{}: no repeat {}; it has {}", opened.name(), *repeat,
           opened.repeats());
    }
    return reading.chosen_repeat();
  }

  [[nodiscard]] std::string text() const {
    return fmt::format("ecnas report {} --output {}{}", table, output,
                       repeat ? fmt::format(" --repeat {}", *repeat) : std::string());
  }
};

/// The checksum that the file's header states.
std::string checksum_of(const table::Table& table) {
  std::uint64_t length = 0;
  std::memcpy(&length, table.bytes().data(), sizeof length);  // little-endian, as all our hosts
  const auto header =
      nlohmann::json::parse(reinterpret_cast<const char*>(table.bytes().data()) + sizeof length,
                            reinterpret_cast<const char*>(table.bytes().data()) + sizeof length +
                                length);
  return header.at("__metadata__").value("checksum", std::string());
}

report::MetricShare share_of(const table::Column& column) {
  report::MetricShare share{column.info.name,
                            column.info.unit == "1" ? std::string() : column.info.unit,
                            {}};
  for (const table::Provenance provenance : column.provenance) {
    share.counts.measured += provenance == table::Provenance::measured ? 1U : 0U;
    share.counts.scaled += provenance == table::Provenance::scaled ? 1U : 0U;
    share.counts.predicted += provenance == table::Provenance::predicted ? 1U : 0U;
  }
  return share;
}

std::string file_name(const table::Table& table) {
  return fs::path(table.name()).filename().string();
}

report::TableProvenance provenance_of(const table::Table& table) {
  const table::Metadata& metadata = table.metadata();
  report::TableProvenance provenance;
  provenance.table = file_name(table);
  provenance.checksum = checksum_of(table);
  provenance.cells = table.cells();
  provenance.epochs.assign(table.budgets().begin(), table.budgets().end());
  provenance.devices = metadata.devices;
  provenance.pue = metadata.pue;
  provenance.carbon_intensity_g_per_kwh = metadata.carbon_intensity_g_per_kwh;
  provenance.data_set = metadata.data_set;
  provenance.source = metadata.source;
  provenance.citation = metadata.citation;
  for (const table::Column& column : table.columns())
    provenance.metrics.push_back(share_of(column));
  return provenance;
}

// --- Sections ------------------------------------------------------------------------------------

/// What the page says, and what it cannot.
struct Composition {
  std::vector<report::PageSection> sections;
  std::vector<std::string> left_out;
};

report::PageSection all_cells(const table::Table& table) {
  std::string caption =
      "Each cell by its cost and its accuracy at the chosen budget; darker where more cells lie. "
      "The line is the Pareto front of the cells shown, with its extremes (squares) and its knee "
      "(diamond).";
  if (table.cells() > 20'000) {
    caption +=
        " Accuracies are kept to 0.0025 percentage points and costs to four digits, so a front may "
        "miss cells that lie closer than that to another.";
  }
  return {"All cells",
          {std::string("Choose a budget, what to hold against accuracy, and which cells to see. "
                       "Point at a cell for its graph and its numbers, click it for its card: all "
                       "budgets, where each value comes from, and what changing one edge or one "
                       "operation would do."),
           report::PageExplorer{caption}}};
}

std::string value_text(const table::Table& table, const search::FrontPoint& point,
                       const search::Problem& problem, std::string_view metric) {
  const table::Column* column = table.column(metric);
  const auto entry = table.query(point.candidate.row, *problem.table_budget(point.candidate.budget),
                                 problem.options().repeat);
  const auto value = column != nullptr && entry ? entry->value(*column) : std::nullopt;
  return value ? fmt::format("{:.4g}", *value) : std::string("–");
}

/// Front points as rows: all of them, or chosen ones with what distinguishes each.
PageTable front_table(const search::Problem& problem, const FrontAnalysis& front,
                      std::span<const std::size_t> positions, const std::string& caption) {
  constexpr std::size_t kManyRows = 20;
  const table::Table& table = problem.table();
  PageTable result;
  result.is_folded = positions.size() > kManyRows;
  result.caption = caption;
  result.columns = {{"Cell", "", false},
                    {"Operations", "", false},
                    {"Epochs", "", true},
                    {"Training energy", "kWh", true},
                    {"Validation accuracy", "%", true},
                    {"Training time", "s", true},
                    {"Emissions", "g CO₂eq", true},
                    {"Parameters", "", true},
                    {"", "", false}};
  for (const std::size_t position : positions) {
    const search::FrontPoint& point = front.points[position];
    const space::Cell cell = table.cell(point.candidate.row);
    std::vector<std::string> remarks;
    if (front.extrema[0] == position) remarks.emplace_back("least energy");
    if (front.extrema[1] == position) remarks.emplace_back("most accurate");
    if (front.knee == position) remarks.emplace_back("knee");
    result.rows.push_back(
        {{space::to_text(table.hashes()[point.candidate.row]).substr(0, 8), cell},
         {operations_text(cell), {}},
         {with_thousands(problem.budgets()[point.candidate.budget]), {}},
         {fmt::format("{:.4g}", point.objectives[0]), {}},
         {fmt::format("{:.2f}", 100 * (1 - point.objectives[1])), {}},
         {value_text(table, point, problem, "training_time_s"), {}},
         {value_text(table, point, problem, "co2eq_g"), {}},
         {with_thousands(table.trainable_parameters()[point.candidate.row]), {}},
         {fmt::format("{}", fmt::join(remarks, ", ")), {}}});
  }
  return result;
}

/// Positions of the extremes and the knee along the front, each once.
std::vector<std::size_t> landmarks(const FrontAnalysis& front) {
  std::vector<std::size_t> positions = front.extrema;
  if (front.knee) positions.push_back(*front.knee);
  std::ranges::sort(positions);
  const auto rest = std::ranges::unique(positions);
  positions.erase(rest.begin(), rest.end());
  return positions;
}

std::string front_sentence(const search::Problem& problem, const FrontAnalysis& front) {
  return fmt::format(
      "A solution is a cell trained for one of the budgets. Of {} solutions {} are on the exact "
      "Pareto front of training energy and validation error: no other needs less energy and errs "
      "less. Its hypervolume is {:.7g}, against the reference point {} (kWh, error).",
      counted(problem.domain_size()), counted(front.points.size()), front.hypervolume,
      point_text(front.reference_point));
}

report::PageSection pareto_front(const table::Table& table, table::Repeat repeat) {
  search::ProblemOptions options;
  options.objectives = {Objective::energy, Objective::validation_error};
  options.repeat = repeat;
  const search::Problem problem(table, options);
  const FrontAnalysis front = analyse_front(problem, problem.reference_point());
  std::vector<std::size_t> everything(front.points.size());
  for (std::size_t i = 0; i < everything.size(); ++i)
    everything[i] = i;
  const std::string sentence = front_sentence(problem, front);
  return {"The Pareto front over all budgets",
          {sentence,
           report::PageFigure{report::front_figure_spec(front_figure(problem, front)),
                              "All solutions by budget, and their front.", sentence},
           front_table(problem, front, landmarks(front), "Extremes and knee"),
           front_table(problem, front, everything, "The whole front, in order of energy")}};
}

/// Adds the front, or says why there is none.
void add_front_section(Composition& composition, const table::Table& table, table::Repeat repeat) {
  constexpr std::string_view kHeading = "The Pareto front over all budgets";
  std::string missing;
  for (const std::string_view metric : {"energy_kwh", "validation_accuracy"}) {
    if (table.column(metric) == nullptr)
      missing += fmt::format("{}{}", missing.empty() ? "" : " and ", metric);
  }
  if (missing.empty()) {
    try {
      composition.sections.push_back(pareto_front(table, repeat));
      return;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::not_found) throw;
      missing = "solutions with both energy_kwh and validation_accuracy";
    }
  }
  const std::string reason = fmt::format("{} has no {}", file_name(table), missing);
  composition.left_out.push_back(fmt::format("Pareto front: {}", reason));
  composition.sections.push_back(
      {std::string(kHeading), {fmt::format("Left out: {}.", reason)}});
}

Composition compose(const table::Table& table, table::Repeat repeat) {
  Composition composition;
  composition.sections.push_back(all_cells(table));
  if (table.column("validation_accuracy") == nullptr && table.column("test_accuracy") == nullptr) {
    composition.left_out.push_back(
        fmt::format("figure of all cells: {} has no accuracies", file_name(table)));
  }
  add_front_section(composition, table, repeat);
  return composition;
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

void run_report(const ReportCommand& command, const Global& global) {
  make_directory(command.output);
  const fs::path output = fs::path(command.output) / "index.html";
  report::expect_page_writable(output, page_directory());
  const table::Table table = open_table(command.table, global);
  const table::Repeat repeat = command.chosen_repeat(table);
  Composition composition = compose(table, repeat);
  report::Page page;
  page.title = file_name(table);
  page.lead =
      "What training each of these networks costs, in energy, time and emissions, and how accurate "
      "it gets.";
  page.tables = {provenance_of(table)};
  page.command = command.text();
  page.version = first_line(version_text());
  page.sections = std::move(composition.sections);
  page.cells = {&table, repeat};
  report::write_page(page, output, page_directory());
  for (const std::string& reason : composition.left_out)
    message("ecnas: left out: " + reason);
  if (global.json) {
    print_json({{"output", output.string()}, {"left_out", composition.left_out}});
  } else {
    print(fmt::format("page  {}\n", output.string()));
  }
}

}  // namespace

void add_report(CLI::App& app, const Global& global) {
  CLI::App* command =
      app.add_subcommand("report", "A table as one self-contained page, to explore offline");
  const auto arguments = std::make_shared<ReportCommand>();
  command->add_option("table", arguments->table, "File of a table, or the name of a built-in one")
      ->type_name("TABLE")
      ->capture_default_str();
  command
      ->add_option("-o,--output", arguments->output, "A directory; the page is its index.html")
      ->required()
      ->type_name("DIR");
  command
      ->add_option("--repeat", arguments->repeat, "One repeat, from 1 (default: the mean of all)")
      ->type_name("K");
  command->callback([=, &global] { run_report(*arguments, global); });
}

}  // namespace ecnas::app
