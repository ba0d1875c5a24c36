// `ecnas surrogate transfer`: a model for another device by a few measurements, which cells to
// measure, and how good that is.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <set>

#include "command.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/core/file.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/space/hash.hpp"
#include "ecnas/space/space.hpp"
#include "ecnas/surrogate/transfer.hpp"
#include "ecnas/surrogate/transfer_study.hpp"
#include "surrogate_arguments.hpp"
#include "terminal.hpp"

namespace ecnas::app {
namespace {

using surrogate::FittedCorrection;
using surrogate::Surrogate;
using surrogate::Target;
using surrogate::TransferError;
using surrogate::TransferScore;
using surrogate::TransferStudy;
using table::EnergyColumn;
using table::MeasurementFile;
using table::Measurements;

struct TransferCommand {
  std::string model;
  std::string data;
  std::string column;
  std::string unit;
  std::optional<double> pue;
  std::int32_t epochs = 4;
  std::string device;
  std::string output;
  std::size_t recommend = 0;
  std::string study_data;
  surrogate::TransferStudyOptions study;

  [[nodiscard]] std::optional<table::EnergyUnit> chosen_unit() const;
  /// @param path  a CSV of measurements
  [[nodiscard]] MeasurementFile read(const std::string& path) const;
};

std::optional<table::EnergyUnit> TransferCommand::chosen_unit() const {
  if (unit.empty()) return std::nullopt;
  const auto parsed = table::parse_energy_unit(unit);
  if (parsed) return parsed;
  fail(ErrorCode::invalid_argument, "--unit {}: unknown; choose from kwh, wh, j",
       ecnas::quoted(unit));
}

MeasurementFile TransferCommand::read(const std::string& path) const {
  return table::read_measurements(read_file(path), path, column);
}

double percent(double share) {
  return std::round(share * 1e4) / 1e2;
}

// --- Adapting ------------------------------------------------------------------------------------

/// The column named, or the only one there is.
const EnergyColumn& chosen_column(const MeasurementFile& file, const std::string& named) {
  std::vector<std::string> names;
  for (const EnergyColumn& column : file.columns) {
    if (column.name == named) return column;
    names.push_back(column.name);
  }
  if (named.empty() && names.size() == 1) return file.columns.front();
  fail(ErrorCode::invalid_argument, "{}: several columns of energies; choose with --column from {}",
       file.name, fmt::join(names, ", "));
}

/// Cells whose readings had no say, farthest off first.
std::vector<std::size_t> distrusted(const FittedCorrection& fitted) {
  std::vector<std::size_t> cells;
  for (std::size_t i = 0; i < fitted.weights.size(); ++i) {
    if (!fitted.trusts(i)) cells.push_back(i);
  }
  std::ranges::stable_sort(cells, std::greater<>(),
                           [&](std::size_t i) { return std::abs(fitted.residuals[i]); });
  return cells;
}

Json transfer_json(const surrogate::Transfer& adapted, const Measurements& measured,
                   const TransferCommand& command) {
  const surrogate::Correction& correction = adapted.fitted.correction;
  Json document = {{"device", command.device.empty() ? Json(nullptr) : Json(command.device)},
                   {"epochs", command.epochs},
                   {"cells", measured.cells.size()},
                   {"trusted", adapted.fitted.trusted()},
                   {"factor", std::exp(correction.shift)},
                   {"at_kwh", std::exp(correction.centre)},
                   {"exponent", correction.slope},
                   {"deviation", correction.deviation}};
  document["pue"] =
      adapted.surrogate.info().pue ? Json(*adapted.surrogate.info().pue) : Json(nullptr);
  document["distrusted"] = Json::array();
  for (const std::size_t i : distrusted(adapted.fitted)) {
    const double residual = adapted.fitted.residuals[i];
    document["distrusted"].push_back(
        {{"hash", to_text(space::hash_of(measured.cells[i]))},
         {"line", measured.lines[i]},
         {"measured_kwh", measured.energies_kwh[i]},
         {"expected_kwh", measured.energies_kwh[i] / std::exp(residual)},
         {"ratio", std::exp(residual)}});
  }
  if (!command.output.empty()) document["output"] = command.output;
  return document;
}

std::string transfer_text(const surrogate::Transfer& adapted, const Measurements& measured,
                          const TransferCommand& command) {
  const surrogate::Correction& correction = adapted.fitted.correction;
  std::string text = fmt::format(
      "{}: {} cells, {} of them trusted\n"
      "energy = {:.4g} × the model's at {:.4g} Wh, with its power {:.3f}; cells lie {:.1f} % about "
      "that\n",
      bold(command.device.empty() ? command.data : command.device), measured.cells.size(),
      adapted.fitted.trusted(), std::exp(correction.shift), 1000 * std::exp(correction.centre),
      correction.slope, 100 * correction.deviation);
  const std::vector<std::size_t> bad = distrusted(adapted.fitted);
  if (bad.empty()) return text;
  TextTable table({{"not trusted"},
                   {"line", Align::right},
                   {"measured (Wh)", Align::right},
                   {"expected (Wh)", Align::right},
                   {"ratio", Align::right}});
  for (const std::size_t i : bad) {
    const double ratio = std::exp(adapted.fitted.residuals[i]);
    table.add({to_text(space::hash_of(measured.cells[i])).substr(0, 12),
               std::to_string(measured.lines[i]),
               fmt::format("{:.4g}", 1000 * measured.energies_kwh[i]),
               fmt::format("{:.4g}", 1000 * measured.energies_kwh[i] / ratio),
               fmt::format("{:.2f}", ratio)});
  }
  return text + "\n" + table.text();
}

void run_adapt(const TransferCommand& command, const Global& global) {
  surrogate::ModelFile model = open_model(command.model);
  const Surrogate& energy = model.surrogate(Target::energy_kwh);
  const MeasurementFile file = command.read(command.data);
  const Measurements measured = table::measurements(file, chosen_column(file, command.column),
                                                    command.chosen_unit(), command.epochs);
  const surrogate::TransferOptions options{.device = command.device,
                                           .pue = command.pue ? command.pue : file.pue,
                                           .epochs = command.epochs,
                                           .threads = global.threads};
  const surrogate::Transfer adapted = surrogate::transfer(energy, measured, options);
  if (!command.output.empty()) {
    model.add(adapted.surrogate);
    model.write(command.output);
    if (!options.pue) {
      message(
          "ecnas: the data state no PUE, so neither does the model; say with --data-pue what they "
          "include");
    }
  }
  if (global.json) {
    print_json(transfer_json(adapted, measured, command));
    return;
  }
  print(transfer_text(adapted, measured, command));
  if (!command.output.empty())
    print(fmt::format("{}: the model of {}\n", bold(command.output), command.device));
}

// --- Which cells to measure ----------------------------------------------------------------------

/// Cells that the model knows the like of, and what it says of them.
struct Candidates {
  std::vector<space::Cell> cells;
  std::vector<double> predicted_log;  // of kWh
};

Candidates candidates(const Surrogate& energy, std::int32_t epochs, unsigned threads) {
  const auto cells = space::Space::shared().cells();
  Candidates result;
  constexpr std::size_t kAtOnce = 32'768;
  for (std::size_t first = 0; first < cells.size(); first += kAtOnce) {
    const auto some = cells.subspan(first, std::min(kAtOnce, cells.size() - first));
    const std::vector<surrogate::Prediction> predictions = energy.predict(some, epochs, threads);
    for (std::size_t i = 0; i < some.size(); ++i) {
      if (predictions[i].out_of_range) continue;
      result.cells.push_back(some[i]);
      result.predicted_log.push_back(std::log(predictions[i].value));
    }
  }
  return result;
}

void run_recommend(const TransferCommand& command, const Global& global) {
  const surrogate::ModelFile model = open_model(command.model);
  const Surrogate& energy = model.surrogate(Target::energy_kwh);
  const Candidates known = candidates(energy, command.epochs, global.threads);
  Json documents = Json::array();
  TextTable table({{"hash"}, {"cell"}, {"predicted (Wh)", Align::right}});
  double sum_kwh = 0;
  for (const std::size_t i : surrogate::recommend_cells(known.predicted_log, command.recommend)) {
    const std::string hash = to_text(space::hash_of(known.cells[i]));
    const double kwh = std::exp(known.predicted_log[i]);
    sum_kwh += kwh;
    documents.push_back({{"hash", hash},
                         {"cell", to_text(known.cells[i])},
                         {"epochs", command.epochs},
                         {"predicted_kwh", kwh}});
    table.add({hash, to_text(known.cells[i]), fmt::format("{:.4g}", 1000 * kwh)});
  }
  if (global.json) {
    print_json(documents);
    return;
  }
  print(table.text() +
        fmt::format("\nTogether {:.4g} Wh of {} epochs each, on the model's device\n",
                    1000 * sum_kwh, command.epochs));
}

// --- How good it is ------------------------------------------------------------------------------

Json to_json(const TransferError& error) {
  return Json{{"median", percent(error.median)}, {"exceeded_by_a_tenth", percent(error.tenth)}};
}

Json study_json(const std::string& device, const TransferStudy& study,
                const Measurements& measured) {
  Json document = {{"device", device}, {"readings", study.readings}};
  document["distrusted"] = Json::array();
  for (const std::size_t i : study.distrusted)
    document["distrusted"].push_back(to_text(space::hash_of(measured.cells[i])));
  document["scores"] = Json::array();
  for (const TransferScore& score : study.scores) {
    document["scores"].push_back(
        {{"cells", score.cells},
         {"choice", surrogate::name(score.choice)},
         {"draws", score.draws},
         {"median_error_percent", to_json(score.correction)},
         {"median_ratio_error_percent", to_json(score.ratio)},
         {"least_squares_error_percent", to_json(score.least_squares)},
         {"kendall_tau", score.kendall_tau ? Json(*score.kendall_tau) : Json(nullptr)}});
  }
  return document;
}

std::string study_text(const std::string& device, const TransferStudy& study) {
  const auto error_text = [](const TransferScore& score, const TransferError& error) {
    if (score.draws == 1) return fmt::format("{:.1f} %", 100 * error.median);
    return fmt::format("{:.1f} % (≤ {:.1f} %)", 100 * error.median, 100 * error.tenth);
  };
  TextTable table({{"cells", Align::right},
                   {"chosen"},
                   {"draws", Align::right},
                   {"correction", Align::right},
                   {"median ratio", Align::right},
                   {"least squares", Align::right},
                   {"Kendall τ", Align::right}});
  for (const TransferScore& score : study.scores) {
    table.add({std::to_string(score.cells), std::string(surrogate::name(score.choice)),
               std::to_string(score.draws), error_text(score, score.correction),
               error_text(score, score.ratio), error_text(score, score.least_squares),
               score.kendall_tau ? fmt::format("{:.3f}", *score.kendall_tau) : "–"});
  }
  return fmt::format("{}: {} readings, {} not trusted\n", bold(device), study.readings,
                     study.distrusted.size()) +
         table.text();
}

void run_study(const TransferCommand& command, const Global& global) {
  const surrogate::ModelFile model = open_model(command.model);
  const Surrogate& energy = model.surrogate(Target::energy_kwh);
  const MeasurementFile file = command.read(command.study_data);
  Json documents = Json::array();
  std::string text =
      "Median error on trusted readings of cells not measured, median over draws (and what nine "
      "draws "
      "of ten stay below):\n";
  for (const EnergyColumn& column : file.columns) {
    if (!command.column.empty() && column.name != command.column) continue;
    const Measurements measured =
        table::measurements(file, column, command.chosen_unit(), command.epochs);
    std::vector<double> predicted_log;
    std::vector<double> measured_log;
    for (const surrogate::Prediction& prediction :
         energy.predict(measured.cells, command.epochs, global.threads))
      predicted_log.push_back(std::log(prediction.value));
    for (const double energy_kwh : measured.energies_kwh)
      measured_log.push_back(std::log(energy_kwh));
    const TransferStudy study =
        surrogate::study_transfer(predicted_log, measured_log, command.study);
    documents.push_back(study_json(column.name, study, measured));
    text += "\n" + study_text(column.name, study);
  }
  if (global.json) {
    print_json(documents);
  } else {
    print(text);
  }
}

void run_transfer(const TransferCommand& command, const Global& global) {
  if (command.epochs < 1)
    fail(ErrorCode::invalid_argument, "--epochs {}: expected 1 or more", command.epochs);
  if (command.pue && !(*command.pue >= 1 && std::isfinite(*command.pue)))
    fail(ErrorCode::invalid_argument, "--data-pue {}: expected a number from 1", *command.pue);
  if (!command.study_data.empty()) return run_study(command, global);
  if (command.recommend > 0) return run_recommend(command, global);
  if (command.data.empty()) {
    fail(ErrorCode::invalid_argument,
         "nothing to do; give --data, --recommend or --leave-device-out");
  }
  if (!command.output.empty() && command.device.empty())
    fail(ErrorCode::invalid_argument, "--output: a model names its device; give --device");
  run_adapt(command, global);
}

void add_study_options(CLI::App& command, TransferCommand& arguments) {
  command
      .add_option("--leave-device-out", arguments.study_data,
                  "Only show how good a transfer would be, on devices that measured all cells: a "
                  "CSV with a column each")
      ->type_name("FILE")
      ->excludes("--data")
      ->excludes("--recommend")
      ->excludes("--output");
  command.add_option("--draws", arguments.study.draws, "Random choices of cells in that study")
      ->type_name("N")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  command.add_option("--seed", arguments.study.seed, "Of these choices")
      ->type_name("N")
      ->check(seed_range())
      ->capture_default_str();
}

}  // namespace

void add_surrogate_transfer(CLI::App& parent, const Global& global) {
  CLI::App* command = parent.add_subcommand(
      "transfer", "Adapt a model's energies to another device by a few measured cells");
  const auto arguments = std::make_shared<TransferCommand>();
  command->add_option("--model", arguments->model, "A model file (default: the shipped one)")
      ->type_name("MODEL");
  command
      ->add_option("--data", arguments->data,
                   "Measured cells: a CSV of hash (or adjacency and ops) and energies")
      ->type_name("FILE");
  command
      ->add_option("--column", arguments->column,
                   "Which energies (default: the only column that ends in _kwh, _wh or _j)")
      ->type_name("NAME");
  command
      ->add_option("--unit", arguments->unit, "wh, kwh or j (default: as the column's name ends)")
      ->type_name("UNIT");
  command->add_option("--data-pue", arguments->pue, "PUE that the measured energies include")
      ->type_name("X");
  command->add_option("--epochs", arguments->epochs, "Budget at which they were measured")
      ->type_name("N")
      ->capture_default_str();
  command->add_option("--device", arguments->device, "What they were measured on")
      ->type_name("NAME");
  command
      ->add_option("--recommend", arguments->recommend, "Only say which cells to measure, so many")
      ->type_name("K")
      ->check(CLI::Range(3, 100'000))
      ->excludes("--data");
  command->add_option("-o,--output", arguments->output, "The adapted model to write")
      ->type_name("MODEL")
      ->excludes("--recommend");
  add_study_options(*command, *arguments);
  command->callback([=, &global] { run_transfer(*arguments, global); });
}

}  // namespace ecnas::app
