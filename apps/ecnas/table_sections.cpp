#include "table_sections.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <numbers>
#include <optional>
#include <set>
#include <utility>

#include "analysis_figures.hpp"
#include "command.hpp"
#include "ecnas/analysis/metric.hpp"
#include "ecnas/analysis/regions.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/moo/front.hpp"
#include "ecnas/search/search.hpp"
#include "ecnas/space/hash.hpp"
#include "front_figure.hpp"
#include "search_figures.hpp"

namespace ecnas::app {
namespace {

using analysis::Metric;
using analysis::SwapMatrix;
using search::Objective;

search::Problem energy_and_error(const Subject& subject, std::vector<std::int32_t> budgets) {
  search::ProblemOptions options;
  options.objectives = {Objective::energy, Objective::validation_error};
  options.epochs = std::move(budgets);
  options.repeat = subject.repeat;
  return {*subject.table, std::move(options)};
}

// --- Regions -------------------------------------------------------------------------------------

/// The line where a normal distribution of the region's mean and covariance falls to its value at
/// two standard deviations. @return (log10 energy, accuracy) of corners in order
std::vector<std::array<double, 2>> ellipse_of(const analysis::Region& region) {
  constexpr int kCorners = 72;
  constexpr double kDeviations = 2;
  const analysis::Region::Ellipse ellipse = region.ellipse();
  std::vector<std::array<double, 2>> corners;
  for (int i = 0; i < kCorners; ++i) {
    const double turn = 2 * std::numbers::pi * i / kCorners;
    const double along = kDeviations * ellipse.major * std::cos(turn);
    const double across = kDeviations * ellipse.minor * std::sin(turn);
    corners.push_back(
        {std::log10(region.cost) + along * std::cos(ellipse.angle) -
             across * std::sin(ellipse.angle),
         region.accuracy + along * std::sin(ellipse.angle) + across * std::cos(ellipse.angle)});
  }
  return corners;
}

std::vector<report::OutlinedRegion> outlines_of(const analysis::Regions& regions) {
  std::vector<report::OutlinedRegion> outlines;
  for (const auto& [label, region] :
       {std::pair{"accurate, costly", &regions.accurate}, {"efficient", &regions.efficient}}) {
    outlines.push_back({label, {}});
    for (const auto& [log_energy, accuracy] : ellipse_of(*region))
      outlines.back().outline.push_back({std::pow(10, log_energy), std::min(accuracy, 0.9999)});
  }
  return outlines;
}

DocumentTable regions_table(const analysis::Regions& regions) {
  DocumentTable table;
  table.name = "regions";
  table.caption = "The two regions: means of their cells";
  table.columns = {{"region", "Region", "", false},
                   {"cells", "Cells", "", true},
                   {"energy_kwh", "Training energy", "kWh", true},
                   {"validation_accuracy", "Validation accuracy", "%", true}};
  for (const auto& [name, region] :
       {std::pair{"accurate, costly", &regions.accurate}, {"efficient", &regions.efficient}}) {
    table.rows.push_back({{name, {}, {}},
                          count_field(region->cells.size()),
                          number_field(region->cost, 4),
                          percent_field(region->accuracy, 2)});
  }
  return table;
}

std::string regions_rule(const Subject& subject, const analysis::Regions& regions) {
  const analysis::RegionOptions rule;
  return fmt::format(
      "Two regions, found by a rule and drawn as ellipses of two standard deviations, for {}. "
      "Accurate and costly: of the cells whose accuracy is within {:g} of the best (as fractions) "
      "the costliest {:g} %. Efficient: cells at most {:g} % above the cost of the front, no less "
      "accurate than its knee, that cost less than any of the first. From the first to the second, "
      "on average, {:.0f} % of the energy is saved and {:.2f} percentage points of accuracy are "
      "lost.",
      subject.at_budget(), rule.accuracy_margin, 100 * rule.costliest_share, 100 * rule.nearness,
      100 * regions.cost_saved, 100 * regions.accuracy_lost);
}

std::string explorer_caption(const table::Table& table) {
  std::string caption =
      "Choose a budget, what to hold against accuracy, and which cells to see. Point at a cell for "
      "its graph and its numbers, click it for its card: all budgets, where each value comes from, "
      "and what changing one edge or one operation would do. "
      "Each cell stands by its cost and its accuracy; darker where more cells lie. "
      "The line is the Pareto front of the cells shown, with its extremes (squares) and its knee "
      "(diamond).";
  if (table.cells() > report::kMaxExactCells) {
    caption +=
        " Accuracies are kept to 0.0025 percentage points and costs to four digits, so a front may "
        "miss cells that lie closer than that to another.";
  }
  return caption;
}

// --- Front ---------------------------------------------------------------------------------------

/// A value of a solution that is no objective of the front.
std::optional<double> value_of(const search::Problem& problem, const search::FrontPoint& point,
                               std::string_view metric) {
  const table::Column* column = problem.table().column(metric);
  const auto entry = problem.table().query(
      point.candidate.row, *problem.table_budget(point.candidate.budget), problem.options().repeat);
  return column != nullptr && entry ? entry->value(*column) : std::nullopt;
}

std::string remarks_on(const FrontAnalysis& front, std::size_t position) {
  std::vector<std::string> remarks;
  if (front.extrema[0] == position) remarks.emplace_back("least energy");
  if (front.extrema[1] == position) remarks.emplace_back("most accurate");
  if (front.knee == position) remarks.emplace_back("knee");
  return fmt::format("{}", fmt::join(remarks, ", "));
}

/// Points of the front as rows.
DocumentTable front_table(const search::Problem& problem, const FrontAnalysis& front,
                          std::span<const std::size_t> positions) {
  constexpr std::size_t kManyRows = 20;
  const table::Table& table = problem.table();
  DocumentTable result;
  result.is_folded = positions.size() > kManyRows;
  result.columns = {{"hash", "Cell", "", false},
                    {"operations", "Operations", "", false},
                    {"epochs", "Epochs", "", true},
                    {"energy_kwh", "Training energy", "kWh", true},
                    {"validation_accuracy", "Validation accuracy", "%", true},
                    {"training_time_s", "Training time", "s", true},
                    {"co2eq_g", "Emissions", "g CO₂eq", true},
                    {"parameters", "Parameters", "", true},
                    {"remark", "", "", false}};
  for (const std::size_t position : positions) {
    const search::FrontPoint& point = front.points[position];
    const space::Cell cell = table.cell(point.candidate.row);
    const auto value = [&](std::string_view metric) {
      return number_field(value_of(problem, point, metric).value_or(NAN), 4);
    };
    result.rows.push_back(
        {hash_field(cell),
         {operations_text(cell), {}, {}},
         count_field(static_cast<std::size_t>(problem.budgets()[point.candidate.budget])),
         number_field(point.objectives[0], 4),
         percent_field(1 - point.objectives[1], 2),
         value("training_time_s"),
         value("co2eq_g"),
         count_field(static_cast<std::size_t>(table.trainable_parameters()[point.candidate.row])),
         {remarks_on(front, position), {}, {}}});
  }
  return result;
}

/// Positions of the extremes and the knee along the front, each once.
std::vector<std::size_t> landmarks(const FrontAnalysis& front) {
  std::set<std::size_t> positions(front.extrema.begin(), front.extrema.end());
  if (front.knee) positions.insert(*front.knee);
  return {positions.begin(), positions.end()};
}

std::string front_sentence(const search::Problem& problem, const FrontAnalysis& front) {
  return fmt::format(
      "A solution is a cell trained for one of the budgets. Of {} solutions {} are on the exact "
      "Pareto front of training energy and validation error: no other needs less energy and errs "
      "less. Its hypervolume is {:.7g}, against the reference point {} (kWh, error).",
      counted(problem.domain_size()), counted(front.points.size()), front.hypervolume,
      point_text(front.reference_point));
}

// --- Swaps ---------------------------------------------------------------------------------------

Field change_field(double change, const SwapMatrix& matrix) {
  const std::string text =
      matrix.absolute ? fmt::format("{:+.4f}", change) : fmt::format("{:+.2f} %", change);
  return {with_minus(text), fmt::format("{:.9g}", change), {}};
}

DocumentTable swaps_table(std::span<const SwapMatrix> matrices) {
  DocumentTable table;
  table.name = "swaps";
  table.caption = "Every swap, with 95 % intervals over cells";
  table.is_folded = true;
  table.columns = {{"metric", "Metric", "", false},
                   {"replaced", "Replaced", "", false},
                   {"by", "By", "", false},
                   {"change", "Change", "", true},
                   {"lower95", "From", "", true},
                   {"upper95", "To", "", true},
                   {"unit", "Unit", "", false},
                   {"cells", "Cells", "", true},
                   {"definition", "Definition", "", false}};
  for (const SwapMatrix& matrix : matrices) {
    for (std::size_t a = 0; a < space::kOperationCount; ++a) {
      for (std::size_t b = 0; b < space::kOperationCount; ++b) {
        if (a == b || !matrix.change[a][b]) continue;
        const auto& interval = matrix.interval[a][b];
        const auto bound = [&](double analysis::Interval::*side) {
          return interval ? change_field((*interval).*side, matrix) : Field{"–", {}, {}};
        };
        table.rows.push_back(
            {{std::string(analysis::describe(matrix.metric).name), {}, {}},
             {std::string(space::short_name(static_cast<space::Operation>(a))), {}, {}},
             {std::string(space::short_name(static_cast<space::Operation>(b))), {}, {}},
             change_field(*matrix.change[a][b], matrix),
             bound(&analysis::Interval::lower),
             bound(&analysis::Interval::upper),
             {matrix.absolute ? "fraction" : "%", {}, {}},
             count_field(matrix.cells[a][b]),
             {std::string(analysis::name(matrix.definition)), {}, {}}});
      }
    }
  }
  return table;
}

}  // namespace

// --- Subject -------------------------------------------------------------------------------------

analysis::Reading Subject::reading() const {
  return {.repeat = repeat, .conversion = {}, .threads = threads};
}

analysis::Values Subject::read(Metric metric) const {
  return analysis::read_values(*table, metric, epochs, reading());
}

std::optional<std::int32_t> Subject::budget() const {
  return epochs == 0 ? std::nullopt : std::optional(epochs);
}

std::string Subject::name() const {
  return file_name(*table);
}

std::string Subject::at_budget() const {
  return epochs == 0 ? name() : fmt::format("{} at {} epochs", name(), epochs);
}

// --- Figure 1 ------------------------------------------------------------------------------------

analysis::Regions regions_of(const Subject& subject) {
  const analysis::Values energies = subject.read(Metric::energy);
  const analysis::Values accuracies = subject.read(Metric::validation_accuracy);
  return analysis::find_regions(energies.values, accuracies.values);
}

report::FrontFigure cells_figure(const Subject& subject, const analysis::Regions& regions) {
  const search::Problem problem = energy_and_error(
      subject, subject.epochs == 0 ? std::vector<std::int32_t>() : std::vector{subject.epochs});
  const FrontAnalysis front = analyse_front(problem, problem.reference_point());
  report::FrontFigure figure = front_figure(problem, front);
  figure.title = fmt::format("Energy against error: {}", subject.at_budget());
  figure.y_axis.scale = report::Scale::logarithmic;
  figure.regions = outlines_of(regions);
  for (report::OutlinedRegion& region : figure.regions) {
    for (auto& [energy, accuracy] : region.outline)
      accuracy = 1 - accuracy;
  }
  return figure;
}

// --- Sections ------------------------------------------------------------------------------------

DocumentBlocks cell_blocks(const Subject& subject, Document& document) {
  document.cells = report::CellCloud{subject.table, subject.repeat, {}, subject.epochs};
  DocumentBlocks blocks = {report::PageExplorer{explorer_caption(*subject.table)}};
  document.try_to("regions", [&] {
    const analysis::Regions regions = regions_of(subject);
    document.cells->regions = outlines_of(regions);
    blocks.emplace_back(regions_rule(subject, regions));
    blocks.emplace_back(regions_table(regions));
    blocks.emplace_back(
        DocumentFigure{"cells", report::front_figure_spec(cells_figure(subject, regions)),
                       "All cells at one budget, their front, and the two regions.",
                       "Training energy against validation error of all cells.", false});
  });
  return blocks;
}

DocumentBlocks front_blocks(const Subject& subject) {
  const search::Problem problem = energy_and_error(subject, {});
  const FrontAnalysis front = analyse_front(problem, problem.reference_point());
  const std::string sentence = front_sentence(problem, front);
  DocumentTable chosen = front_table(problem, front, landmarks(front));
  chosen.name = "front-landmarks";
  chosen.caption = "Extremes and knee";
  std::vector<std::size_t> everything(front.points.size());
  for (std::size_t i = 0; i < everything.size(); ++i)
    everything[i] = i;
  DocumentTable whole = front_table(problem, front, everything);
  whole.name = "front";
  whole.caption = "The whole front, in order of energy";
  return {sentence,
          DocumentFigure{"front", report::front_figure_spec(front_figure(problem, front)),
                         "All solutions by budget, and their front.", sentence},
          std::move(chosen), std::move(whole)};
}

std::vector<SwapMatrix> operator_swaps(const Subject& subject) {
  std::vector<Metric> metrics;
  for (const Metric metric :
       {Metric::training_time, Metric::energy, Metric::parameters, Metric::validation_accuracy}) {
    if (analysis::has_metric(*subject.table, metric)) metrics.push_back(metric);
  }
  analysis::SwapOptions options;
  options.reading = subject.reading();
  options.intervals.threads = subject.threads;
  return analysis::swap_matrices(*subject.table, metrics, subject.budget(), options);
}

DocumentBlocks swaps_blocks(const Subject& subject, std::span<const SwapMatrix> matrices) {
  return {
      std::string("What happens to a metric when every vertex of one operation becomes another, in "
                  "every cell: the mean over all cells of the change, 0 where the operation is "
                  "absent, then made antisymmetric, as EC-NAS defined it. An accuracy changes by a "
                  "difference of fractions. Other definitions: ecnas analyze swaps --definition."),
      DocumentFigure{"swaps", report::matrix_figure_spec(swap_figure(matrices, *subject.table)),
                     "Blue: less; orange: more. Below each entry its 95 % interval over cells.",
                     "Matrices of what replacing one operation by another changes."},
      swaps_table(matrices)};
}

DocumentBlocks search_blocks(const Subject& subject) {
  constexpr std::size_t kEvaluations = 1000;  // as the published runs
  constexpr std::size_t kTrials = 10;
  constexpr search::Algorithm kAlgorithm = search::Algorithm::semoa;
  const search::Problem problem = energy_and_error(subject, {});
  search::SearchOptions options;
  options.algorithm = kAlgorithm;
  options.stop.count = kEvaluations;
  options.trials = kTrials;
  options.threads = subject.threads;
  const std::vector<search::Trial> trials = search::run_search(problem, options);
  const moo::Objectives reference = problem.reference_point();
  const search::Trial& first = trials.front();
  const bool is_small = first.evaluations.size() < kEvaluations;  // it met everything before
  const FrontAnalysis found = analyse_front(first.front, reference);
  DocumentTable chosen = front_table(problem, found, landmarks(found));
  chosen.name = "search-landmarks";
  chosen.caption = "Extremes and knee of the first trial's front";
  report::PageCells cells{{}, "Their cells; click one for its card."};
  for (const std::size_t position : landmarks(found)) {
    const auto [row, budget] = found.points[position].candidate;
    cells.cells.push_back(
        {subject.table->cell(row),
         fmt::format("{}, {} epochs", remarks_on(found, position), problem.budgets()[budget])});
  }
  const report::ProfileFigure profile = profile_figure(
      problem, first.front, fmt::format("the trial's front of {} solutions", first.front.size()));
  return {
      fmt::format("{} searches {} for {}{} evaluations, ten times from seed 0. Here are the first "
                  "trial's front, its extremes and its knee, and what all ten trials attain.",
                  algorithm_title(kAlgorithm), subject.name(), is_small ? "at most " : "",
                  counted(kEvaluations)),
      DocumentFigure{"search-trial",
                     report::front_figure_spec(trial_figure(problem, first, kAlgorithm, reference)),
                     "Every solution that the first trial evaluated, and its front.",
                     "Solutions evaluated by one trial with their Pareto front."},
      std::move(chosen),
      std::move(cells),
      DocumentFigure{"search-profile", report::profile_figure_spec(profile, report::Profile::dots),
                     "What the extremes and the knee cost and reach, in the quantities' own units.",
                     "Extremes and knee by accuracy, energy, time, parameters and emissions."},
      DocumentFigure{"search-radar", report::profile_figure_spec(profile, report::Profile::radar),
                     "The same as EC-NAS drew it.", "A radar chart of extremes and knee."},
      DocumentFigure{
          "search-attainment",
          report::attainment_figure_spec(attainment_figure(problem, trials, kAlgorithm, reference)),
          "What at least half of the ten trials attain, between the best and the worst.",
          "Attainment surfaces of ten trials beside the exact front."}};
}

}  // namespace ecnas::app
