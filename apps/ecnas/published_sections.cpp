#include "published_sections.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "analysis_figures.hpp"
#include "ecnas/analysis/hardware.hpp"
#include "ecnas/analysis/swaps.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/core/file.hpp"
#include "ecnas/search/search.hpp"
#include "ecnas/space/hash.hpp"
#include "ecnas/space/space.hpp"
#include "ecnas/stats/summary.hpp"
#include "ecnas/surrogate/reference_mlp.hpp"
#include "ecnas/surrogate/shipped.hpp"
#include "ecnas/table/builder.hpp"
#include "ecnas/table/import.hpp"
#include "search_output.hpp"
#include "surrogate_arguments.hpp"
#include "surrogate_figures.hpp"
#include "table_page.hpp"
#include "table_sections.hpp"

namespace ecnas::app {
namespace {

namespace fs = std::filesystem;

using surrogate::Observations;

// --- Surrogate -----------------------------------------------------------------------------------

Observations observed_energies(const fs::path& file) {
  const std::array<fs::path, 1> paths = {file};
  const table::Imported imported = table::import_tables(paths, {});
  Observations observed = surrogate::observe(imported.table, surrogate::Target::energy_kwh,
                                             surrogate::AccuracyKind::mean, std::nullopt);
  observed.source = file.string();
  return observed;
}

DocumentTable scores_table(const Observations& observed, std::span<const Predicted> models) {
  DocumentTable table;
  table.name = "surrogates";
  table.caption = fmt::format("Energy of 4 epochs, {} cells", counted(observed.cells.size()));
  table.columns = {{"model", "Model", "", false},
                   {"kendall_tau", "Kendall τ", "", true},
                   {"spearman", "Spearman ρ", "", true},
                   {"r2", "R²", "", true},
                   {"mae_wh", "Mean absolute error", "Wh", true},
                   {"rmse_wh", "Root mean square error", "Wh", true},
                   {"how", "How", "", false}};
  constexpr double kWattHours = 1000;
  for (const Predicted& model : models) {
    const auto scores = surrogate::evaluate(observed, 0, model.predictions).all.regression;
    table.rows.push_back({{model.name, {}, {}},
                          number_field(scores.kendall_tau.value_or(NAN), 4),
                          number_field(scores.spearman.value_or(NAN), 4),
                          number_field(scores.r2.value_or(NAN), 4),
                          number_field(kWattHours * scores.mae, 3),
                          number_field(kWattHours * scores.rmse, 3),
                          {model.by, {}, {}}});
  }
  return table;
}

// --- Hardware ------------------------------------------------------------------------------------

/// Validation errors of cells at their largest budget; NaN where the table lacks one.
std::vector<double> errors_of(const table::Table& table, std::span<const space::Cell> cells) {
  const analysis::Values accuracies = analysis::read_values(
      table, analysis::Metric::validation_accuracy, analysis::chosen_epochs(table, std::nullopt));
  std::vector<double> errors;
  for (const space::Cell& cell : cells) {
    const auto row = table.find(cell);
    errors.push_back(row ? 1 - accuracies.values[*row] : std::nan(""));
  }
  return errors;
}

DocumentTable agreement_table(const analysis::DeviceEnergies& energies,
                              const analysis::DeviceAgreement& all,
                              const analysis::DeviceAgreement& trusted,
                              const analysis::FrontAgreement& fronts) {
  DocumentTable table;
  table.name = "hardware";
  table.caption = "Pairs of devices; trusted: without the outliers";
  table.columns = {{"device", "Device", "", false},
                   {"other", "And", "", false},
                   {"kendall_tau_all", "Kendall τ", "all readings", true},
                   {"kendall_tau_trusted", "Kendall τ", "trusted", true},
                   {"lower95", "From", "", true},
                   {"upper95", "To", "", true},
                   {"energy_ratio", "Energy ratio", "median", true},
                   {"largest_rank_change", "Largest change of rank", "cells", true},
                   {"front_jaccard", "Fronts in common", "%", true},
                   {"hypervolume_kept", "Hypervolume kept", "%", true}};
  const std::size_t devices = energies.devices.size();
  for (std::size_t a = 0; a < devices; ++a) {
    for (std::size_t b = 0; b < devices; ++b) {
      if (a == b) continue;
      const std::size_t pair = a * devices + b;
      const auto& tau = trusted.pairs[pair].kendall_tau;
      const auto& tau_all = all.pairs[pair].kendall_tau;
      double largest = 0;
      for (std::size_t i = 0; i < trusted.order.size(); ++i) {
        largest = std::max(largest, std::abs(trusted.rank_change[i * devices + a] -
                                             trusted.rank_change[i * devices + b]));
      }
      const auto bound = [&](double analysis::Interval::*side) {
        return number_field(tau && tau->interval ? (*tau->interval).*side : NAN, 3);
      };
      table.rows.push_back({{energies.devices[a], {}, {}},
                            {energies.devices[b], {}, {}},
                            number_field(tau_all ? tau_all->value : NAN, 3),
                            number_field(tau ? tau->value : NAN, 3),
                            bound(&analysis::Interval::lower),
                            bound(&analysis::Interval::upper),
                            number_field(trusted.ratio[pair], 3),
                            number_field(largest, 3),
                            percent_field(fronts.jaccard[pair], 0),
                            percent_field(fronts.hypervolume_kept[pair], 1)});
    }
  }
  return table;
}

DocumentTable outlier_table(const analysis::DeviceEnergies& energies,
                            std::span<const analysis::OutlierReading> outliers) {
  DocumentTable table;
  table.name = "hardware-outliers";
  table.is_folded = true;
  table.caption = fmt::format("The {} outliers", outliers.size());
  table.columns = {{"device", "Device", "", false},
                   {"hash", "Cell", "", false},
                   {"energy_wh", "Reading", "Wh", true},
                   {"expected_wh", "Expected", "Wh", true},
                   {"score", "Robust deviations", "", true}};
  constexpr double kWattHours = 1000;
  for (const analysis::OutlierReading& reading : outliers) {
    table.rows.push_back({{energies.devices[reading.device], {}, {}},
                          hash_field(energies.cells[reading.cell]),
                          number_field(kWattHours * reading.energy_kwh, 4),
                          number_field(kWattHours * reading.expected_kwh, 4),
                          number_field(reading.score, 3)});
  }
  return table;
}

// --- Sources -------------------------------------------------------------------------------------

/// The published tables that are there, and where their values come from.
DocumentTable sources_table(const PublishedData& data) {
  DocumentTable table;
  table.name = "sources";
  table.caption = "Published files that were read, beside the table above";
  table.columns = {{"file", "File", "", false},          {"cells", "Cells", "", true},
                   {"devices", "Devices", "", false},    {"pue", "PUE included", "", true},
                   {"metric", "Metric", "", false},      {"measured", "Measured", "values", true},
                   {"scaled", "Scaled", "values", true}, {"predicted", "Predicted", "values", true},
                   {"checksum", "Checksum", "", false}};
  for (const char* name :
       {"ec-nas-4v-table.csv", "ec-nas-5v-table.csv", "ec-nas-7v-energy-4epochs.csv"}) {
    if (!data.has(name)) continue;
    const report::TableProvenance source = provenance_of(data.table(name));
    for (const report::MetricShare& metric : source.metrics) {
      table.rows.push_back(
          {{name, {}, {}},
           count_field(source.cells),
           {source.devices.empty() ? "not stated"
                                   : fmt::format("{}", fmt::join(source.devices, ", ")),
            {},
            {}},
           number_field(source.pue.value_or(NAN), 3),
           {metric.name, {}, {}},
           count_field(metric.counts.measured),
           count_field(metric.counts.scaled),
           count_field(metric.counts.predicted),
           {source.checksum, {}, {}}});
    }
  }
  return table;
}

// --- Published runs ------------------------------------------------------------------------------

/// So many requests each, on the table of 4 vertices, against this reference point (kWh, error).
constexpr std::size_t kPublishedRequests = 1000;
constexpr std::size_t kTrials = 30;
constexpr std::array<double, 2> kPublishedReference = {1.5, 1};

std::size_t decimals_in(const std::string& number) {
  const std::size_t point = number.find('.');
  return point == std::string::npos ? 0 : number.size() - point - 1;
}

/// Decimals that a number was published with, or that its deviation shows to matter.
std::size_t decimals_of(const PublishedNumber& number) {
  const std::size_t own = decimals_in(fmt::format("{}", number.value));
  if (!number.deviation) return own;
  return std::max(own, decimals_in(fmt::format("{:.2g}", *number.deviation)));
}

/// "1.3830 ± 0.0017"; for programs the value.
Field deviating_field(double value, std::optional<double> deviation, std::size_t decimals) {
  const std::string text = with_minus(fmt::format("{:.{}f}", value, decimals));
  return {deviation ? fmt::format("{} ± {:.2g}", text, *deviation) : text,
          fmt::format("{:.9g}", value),
          {}};
}

}  // namespace

// --- Data ----------------------------------------------------------------------------------------

bool PublishedData::has(std::string_view name) const {
  std::error_code ignored;
  return !directory_.empty() && fs::is_regular_file(directory_ / name, ignored);
}

fs::path PublishedData::file(std::string_view name) const {
  if (has(name)) return directory_ / name;
  fail(ErrorCode::not_found, "{} is not there; give its directory by --data", name);
}

table::Table PublishedData::table(std::string_view name) const {
  const std::array<fs::path, 1> paths = {file(name)};
  return table::import_tables(paths, {}).table;
}

// --- Sections ------------------------------------------------------------------------------------

DocumentBlocks surrogate_blocks(const PublishedData& data, const Global& global) {
  const Observations observed = observed_energies(data.file("ec-nas-7v-energy-4epochs.csv"));
  std::vector<Predicted> models;
  models.push_back(predicted_by(open_model(data.file("ec-nas-reference-mlp.safetensors").string())
                                    .surrogate(surrogate::Target::energy_kwh),
                                observed, global));
  models.back().name = "published MLP";
  models.back().by = "as published; it was fitted on some of these cells";
  surrogate::SurrogateFitOptions options;
  options.threads = global.threads;
  Global quiet = global;  // the whole has one bar
  quiet.json = true;
  models.push_back(predicted_out_of_fold({observed}, options, quiet));
  return {
      std::string("Energies of 4 epochs as they were measured, against what two models say of "
                  "them: the published perceptron, and ours, which had seen none of the cells that "
                  "it is judged by. Repeated trainings of one cell differ by 1.9 %, so that even a "
                  "perfect model would stop near a Kendall τ of 0.967."),
      DocumentFigure{"surrogates",
                     report::prediction_panels_spec(comparison_figure(observed, models)),
                     "Predicted against measured energy; on the diagonal predictions are right.",
                     "Two panels of predicted against measured energy."},
      scores_table(observed, models),
      DocumentFigure{
          "calibration",
          report::calibration_figure_spec(calibration_figure(observed, models.back())),
          "Ours states 90 % intervals. Left: how many cells intervals of each size hold; right: "
          "where in its predicted distribution each measurement lies, which should be anywhere "
          "equally often.",
          "Coverage of intervals against what they promise."}};
}

DocumentBlocks learning_curve_blocks() {
  const Json results = Json::parse(learning_curve_json());
  report::LearningCurveFigure figure;
  figure.title = "Training energy at 4 epochs: predictions by training size";
  figure.lines = {fmt::format(
      "Mean ± standard deviation of {} fits a size, judged by {} cells that no fit saw",
      results.at("repetitions").get<std::size_t>(), results.at("test_cells").get<std::size_t>())};
  figure.error_unit = "Wh";
  DocumentTable table;
  table.name = "learning-curve";
  table.caption = "Scores by training size";
  table.is_folded = true;
  table.columns = {{"training_cells", "Cells fitted on", "", true},
                   {"kendall_tau", "Kendall τ", "", true},
                   {"r2", "R²", "", true},
                   {"mae_wh", "Mean absolute error", "Wh", true}};
  constexpr double kWattHours = 1000;
  for (const Json& size : results.at("sizes")) {
    const auto score = [&](const char* name, double scale) {
      const Json& found = size.at(name);
      return report::MeanAndDeviation{scale * found.at("mean").get<double>(),
                                      scale * found.at("standard_deviation").get<double>()};
    };
    const auto cells = size.at("training_cells").get<std::size_t>();
    figure.points.push_back(
        {cells, score("r2", 1), score("kendall_tau", 1), score("mae", kWattHours)});
    const report::LearningCurvePoint& point = figure.points.back();
    table.rows.push_back({count_field(cells), number_field(point.kendall_tau->mean, 4),
                          number_field(point.r2->mean, 4), number_field(point.mae->mean, 3)});
  }
  return {std::string("How much measuring would have sufficed: the same model fitted on fewer "
                      "cells, drawn anew each time. The fits take minutes, so their scores are "
                      "part of the program; ecnas surrogate learning-curve finds them again."),
          DocumentFigure{"learning-curve", report::learning_curve_figure_spec(figure),
                         "Bars are standard deviations over 10 draws of cells and seeds.",
                         "Scores by the number of cells fitted on."},
          std::move(table)};
}

DocumentBlocks published_swaps_blocks(const PublishedData& data, const Global& global) {
  constexpr std::string_view kWeights = "ec-nas-reference-mlp.safetensors";
  if (!data.has(kWeights)) return {};
  constexpr std::int32_t kEpochs = 108;
  const auto model = open_model(data.file(kWeights).string());
  const auto cells = space::Space::shared().cells();
  std::vector<float> energies;
  for (const surrogate::Prediction& prediction :
       model.surrogate(surrogate::Target::energy_kwh).predict(cells, kEpochs, global.threads))
    energies.push_back(static_cast<float>(prediction.value));
  table::TableBuilder builder({});
  builder.add_column(cells, {.metric_name = "energy_kwh", .epochs = kEpochs, .values = energies},
                     std::string(kWeights));
  const table::Table table = builder.build("the published surrogate");
  const analysis::SwapMatrix matrix =
      analysis::swap_matrix(table, analysis::Metric::energy, kEpochs);
  const auto change = [&](std::size_t from, std::size_t to) {
    return with_minus(fmt::format("{:.2f}", matrix.change[from][to].value()));
  };
  return {fmt::format(
      "With the published surrogate's energies of all cells in place of ours, the same definition "
      "gives {} % for 3×3 → 1×1, {} % for 3×3 → max-pool and {} % for 1×1 → max-pool; published "
      "are −17.68, −32.11 and −14.55 %. So our energies differ because our model does, not "
      "because the definition does.",
      change(0, 1), change(0, 2), change(1, 2))};
}

DocumentBlocks hardware_blocks(const PublishedData& data, const Global& global) {
  constexpr std::int32_t kEpochs = 4;
  const fs::path file = data.file("ec-nas-4v-hardware.csv");
  const analysis::DeviceEnergies energies = analysis::joined(
      analysis::read_device_series(read_file(file), file.string(), std::nullopt, kEpochs));
  const std::vector<analysis::OutlierReading> outliers = analysis::outlier_readings(energies);
  const analysis::DeviceEnergies trusted = analysis::without(energies, outliers);
  analysis::CorrelationOptions options;
  options.intervals.threads = global.threads;
  const analysis::DeviceAgreement all = analysis::device_agreement(energies, options);
  const analysis::DeviceAgreement agreement = analysis::device_agreement(trusted, options);
  const analysis::FrontAgreement fronts = analysis::front_agreement(
      trusted, errors_of(data.table("ec-nas-4v-table.csv"), trusted.cells));
  return {
      fmt::format(
          "Energies of 4 epochs of the 4-vertex cells on {}. The paper's figure shows a fourth "
          "device, an RTX 3090, whose readings were not published; whoever has them adds a column "
          "to the file. A reading is an outlier if most other devices call it out: its ratio to "
          "theirs is more than {:g} robust standard deviations from the median ratio.",
          fmt::join(energies.devices, ", "), analysis::kOutlierScore),
      DocumentFigure{"hardware",
                     report::device_figure_spec(device_figure(energies, agreement, outliers)),
                     "Cells in order of their mean energy; crosses are outliers.",
                     "Energy of the same cells on several devices."},
      agreement_table(energies, all, agreement, fronts), outlier_table(energies, outliers)};
}

DocumentBlocks measured_blocks(const PublishedData& data, unsigned vertices, const Global& global) {
  const table::Table table = data.table(fmt::format("ec-nas-{}v-table.csv", vertices));
  const Subject subject{&table, table::Repeat::mean(), analysis::chosen_epochs(table, std::nullopt),
                        global.threads};
  return tradeoff_blocks(subject, fmt::format("measured-{}v", vertices));
}

DocumentBlocks published_runs_blocks(const PublishedData& data, OurNumbers& ours,
                                     const Global& global) {
  const table::Table table = data.table("ec-nas-4v-table.csv");
  const search::Problem problem(
      table, {.objectives = {search::Objective::energy, search::Objective::validation_error}});
  const moo::Objectives reference{kPublishedReference[0], kPublishedReference[1]};
  for (const auto& [name, algorithm] : {std::pair{"random", search::Algorithm::random},
                                        {"semoa", search::Algorithm::semoa_published}}) {
    search::SearchOptions options;
    options.algorithm = algorithm;
    if (algorithm == search::Algorithm::random) options.sampling = space::Sampling::published;
    options.stop = {.count = kPublishedRequests, .counted = search::Count::requests};
    options.trials = kTrials;
    options.threads = global.threads;
    const SearchReport report =
        make_report(problem, options, search::run_search(problem, options), reference);
    ours[fmt::format("search.4v.{}.hypervolume", name)] = {
        stats::mean(report.hypervolumes), stats::standard_deviation(report.hypervolumes)};
  }
  return {fmt::format(
      "{} trials of {} requests each on the measured 4-vertex table, by random search and by SEMOA "
      "as they were published, faults included; reference point ({:g} kWh, {:g}). The hypervolumes "
      "stand in the table of published numbers.",
      kTrials, counted(kPublishedRequests), kPublishedReference[0], kPublishedReference[1])};
}

DocumentTable published_table(const OurNumbers& ours) {
  const PublishedNumbers published = published_numbers();
  DocumentTable table;
  table.name = "published";
  table.caption = "Published: " + published.source;
  table.columns = {{"id", "Where", "", false},
                   {"quantity", "Quantity", "", false},
                   {"unit", "Unit", "", false},
                   {"published", "Published", "", true},
                   {"ours", "Ours", "", true},
                   {"difference", "Difference", "", true},
                   {"cause", "Why they differ", "", false}};
  for (const PublishedNumber& number : published.numbers) {
    const auto found = ours.find(number.id);
    const std::size_t decimals = decimals_of(number);
    std::vector<Field> row = {{number.where, number.id, {}},
                              {number.quantity, {}, {}},
                              {number.unit, {}, {}},
                              deviating_field(number.value, number.deviation, decimals)};
    if (found != ours.end()) {
      const double difference = found->second.value - number.value;
      row.push_back(deviating_field(found->second.value, found->second.deviation, decimals));
      row.push_back({with_minus(fmt::format("{:+.{}f}", difference, decimals)),
                     fmt::format("{:.9g}", difference),
                     {}});
      row.push_back({number.cause, {}, {}});
    } else {
      row.insert(row.end(), {{"–", {}, {}}, {"–", {}, {}}, {"not made: data are missing", {}, {}}});
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

DocumentBlocks source_blocks(const PublishedData& data) {
  DocumentBlocks blocks = {sources_table(data)};
  blocks.insert(
      blocks.end(),
      {std::string("P. Bakhtiarifard, C. Igel, R. Selvan: EC-NAS: Energy Consumption Aware "
                   "Tabular Benchmarks for Neural Architecture Search. ICASSP 2024."),
       std::string("C. Ying, A. Klein, E. Real, E. Christiansen, K. Murphy, F. Hutter: "
                   "NAS-Bench-101: Towards Reproducible Neural Architecture Search. ICML 2019."),
       std::string("L. F. W. Anthony, B. Kanding, R. Selvan: Carbontracker: Tracking and "
                   "Predicting the Carbon Footprint of Training Deep Learning Models. ICML "
                   "Workshop on Challenges in Deploying and Monitoring Machine Learning Systems, "
                   "2020.")});
  return blocks;
}

}  // namespace ecnas::app
