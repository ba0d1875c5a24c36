// `ecnas analyze hardware`: whether devices agree about the energies of cells.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>

#include "analyze_arguments.hpp"
#include "ecnas/analysis/hardware.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/core/file.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/space/hash.hpp"
#include "terminal.hpp"

namespace ecnas::app {
namespace {

using analysis::DeviceAgreement;
using analysis::DeviceEnergies;
using analysis::DeviceSeries;
using analysis::FrontAgreement;
using analysis::OutlierReading;

struct HardwareCommand {
  std::vector<std::string> sources;
  std::string unit;
  std::optional<double> data_pue;
  std::int32_t epochs = 4;
  std::string errors_from;
  std::optional<std::int32_t> errors_epochs;
  double threshold = analysis::kOutlierScore;
  ReadingOptions reading;
  IntervalArguments intervals;

  [[nodiscard]] std::optional<table::EnergyUnit> chosen_unit() const {
    if (unit.empty()) return std::nullopt;
    if (const auto parsed = table::parse_energy_unit(unit)) return parsed;
    fail(ErrorCode::invalid_argument, "--unit {}: unknown; choose from kwh, wh, j",
         ecnas::quoted(unit));
  }
  [[nodiscard]] analysis::Reading chosen_reading(const Global& global) const {
    return {.repeat = reading.chosen_repeat(),
            .conversion = reading.conversion(),
            .threads = global.threads};
  }
};

/// What was read: energies, and the errors to make fronts of where a table has them.
struct Devices {
  DeviceEnergies energies;
  std::vector<std::string> sources;         // (D)
  std::vector<std::optional<double>> pues;  // (D)
  std::string errors_table;                 // empty: none
  std::int32_t errors_epochs = 0;
  std::vector<double> errors;  // (cells)
};

/// A safetensors file begins with the length of its header and the header's brace.
bool is_text(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return false;
  const MappedFile file = MappedFile::open(path);
  return file.bytes().size() < 9 || file.bytes()[8] != std::byte{'{'};
}

/// Errors of the cells by a table.
void add_errors(Devices& devices, const table::Table& table, const HardwareCommand& command,
                const Global& global) {
  devices.errors_table = table.name();
  devices.errors_epochs = analysis::chosen_epochs(table, command.errors_epochs);
  const analysis::Values accuracies =
      analysis::read_values(table, analysis::Metric::validation_accuracy, devices.errors_epochs,
                            command.chosen_reading(global));
  devices.errors.clear();
  for (const space::Cell& cell : devices.energies.cells) {
    const auto row = table.find(cell);
    devices.errors.push_back(row ? 1 - accuracies.values[*row] : std::nan(""));
  }
}

Devices read(const HardwareCommand& command, const Global& global) {
  const auto unit = command.chosen_unit();
  std::vector<DeviceSeries> series;
  std::optional<table::Table> with_errors;
  if (!command.errors_from.empty()) with_errors.emplace(open_table(command.errors_from, global));
  for (const std::string& source : command.sources) {
    if (is_text(source)) {
      for (DeviceSeries& one :
           analysis::read_device_series(read_file(source), source, unit, command.epochs)) {
        if (!one.pue) one.pue = command.data_pue;
        const auto& wanted = command.reading.pue;
        series.push_back(wanted ? analysis::converted(std::move(one), *wanted) : std::move(one));
      }
      continue;
    }
    table::Table table = open_table(source, global);
    const std::int32_t epochs = analysis::chosen_epochs(table, command.epochs);
    series.push_back(analysis::device_series(table, epochs, command.chosen_reading(global)));
    if (!with_errors && analysis::has_metric(table, analysis::Metric::validation_accuracy))
      with_errors.emplace(std::move(table));
  }
  Devices devices{.energies = analysis::joined(series)};
  for (const DeviceSeries& one : series) {
    devices.sources.push_back(one.source);
    devices.pues.push_back(one.pue);
  }
  if (with_errors) add_errors(devices, *with_errors, command, global);
  return devices;
}

/// Everything found, with all readings and with those that are no outliers.
struct Findings {
  std::vector<OutlierReading> outliers;
  DeviceAgreement all;
  DeviceAgreement trusted;
  std::optional<FrontAgreement> fronts;
  std::optional<FrontAgreement> trusted_fronts;
};

Findings find(const Devices& devices, const HardwareCommand& command, const Global& global) {
  analysis::CorrelationOptions options;
  options.intervals = command.intervals.options(global, {});
  Findings found;
  found.outliers = analysis::outlier_readings(devices.energies, command.threshold);
  const DeviceEnergies trusted = analysis::without(devices.energies, found.outliers);
  found.all = analysis::device_agreement(devices.energies, options);
  found.trusted = analysis::device_agreement(trusted, options);
  if (devices.errors_table.empty()) return found;
  found.fronts = analysis::front_agreement(devices.energies, devices.errors);
  found.trusted_fronts = analysis::front_agreement(trusted, devices.errors);
  return found;
}

std::string hash_of(const Devices& devices, std::size_t cell) {
  return space::to_text(space::hash_of(devices.energies.cells[cell]));
}

std::size_t outliers_on(const Findings& found, std::size_t device) {
  return static_cast<std::size_t>(
      std::ranges::count(found.outliers, device, &OutlierReading::device));
}

std::size_t readings_on(const Devices& devices, std::size_t device) {
  std::size_t count = 0;
  for (std::size_t cell = 0; cell < devices.energies.cells.size(); ++cell)
    count += std::isnan(devices.energies.at(cell, device)) ? 0U : 1U;
  return count;
}

// --- JSON ----------------------------------------------------------------------------------------

Json agreement_json(const Devices& devices, const DeviceAgreement& agreement) {
  const auto& names = devices.energies.devices;
  Json pairs = Json::array();
  for (std::size_t a = 0; a < names.size(); ++a) {
    for (std::size_t b = a + 1; b < names.size(); ++b) {
      const analysis::RankCorrelation& pair = agreement.pairs[a * names.size() + b];
      pairs.push_back({{"a", names[a]},
                       {"b", names[b]},
                       {"cells", pair.cells},
                       {"ratio", rounded(agreement.ratio[a * names.size() + b])},
                       {"kendall_tau", to_json(pair.kendall_tau)},
                       {"spearman", to_json(pair.spearman)}});
    }
  }
  Json order = Json::array();
  for (std::size_t i = 0; i < agreement.order.size(); ++i) {
    const std::size_t cell = agreement.order[i];
    Json energies = Json::object();
    Json changes = Json::object();
    for (std::size_t device = 0; device < names.size(); ++device) {
      energies[names[device]] = rounded(devices.energies.at(cell, device));
      changes[names[device]] = agreement.rank_change[i * names.size() + device];
    }
    order.push_back({{"hash", hash_of(devices, cell)},
                     {"cell", to_text(devices.energies.cells[cell])},
                     {"energy_kwh", std::move(energies)},
                     {"rank_change", std::move(changes)}});
  }
  return {{"pairs", std::move(pairs)}, {"order", std::move(order)}};
}

Json fronts_json(const Devices& devices, const FrontAgreement& agreement) {
  const auto& names = devices.energies.devices;
  Json fronts = Json::object();
  for (std::size_t device = 0; device < names.size(); ++device) {
    fronts[names[device]] = Json::array();
    for (const std::size_t cell : agreement.fronts[device])
      fronts[names[device]].push_back(hash_of(devices, cell));
  }
  Json pairs = Json::array();
  for (std::size_t a = 0; a < names.size(); ++a) {
    for (std::size_t b = 0; b < names.size(); ++b) {
      if (a == b) continue;
      pairs.push_back(
          {{"front_of", names[a]},
           {"on", names[b]},
           {"jaccard", rounded(agreement.jaccard[a * names.size() + b])},
           {"hypervolume_kept", rounded(agreement.hypervolume_kept[a * names.size() + b])}});
    }
  }
  return {{"table", devices.errors_table},
          {"epochs", devices.errors_epochs},
          {"cells", agreement.cells.size()},
          {"fronts", std::move(fronts)},
          {"pairs", std::move(pairs)}};
}

Json hardware_json(const Devices& devices, const Findings& found) {
  Json list = Json::array();
  for (std::size_t device = 0; device < devices.sources.size(); ++device) {
    list.push_back({{"device", devices.energies.devices[device]},
                    {"source", devices.sources[device]},
                    {"pue", devices.pues[device] ? Json(*devices.pues[device]) : Json(nullptr)},
                    {"readings", readings_on(devices, device)},
                    {"outliers", outliers_on(found, device)}});
  }
  Json outliers = Json::array();
  for (const OutlierReading& reading : found.outliers) {
    outliers.push_back({{"device", devices.energies.devices[reading.device]},
                        {"hash", hash_of(devices, reading.cell)},
                        {"cell", to_text(devices.energies.cells[reading.cell])},
                        {"measured_kwh", rounded(reading.energy_kwh)},
                        {"expected_kwh", rounded(reading.expected_kwh)},
                        {"ratio", rounded(reading.energy_kwh / reading.expected_kwh)},
                        {"score", rounded(reading.score)}});
  }
  const auto fronts = [&](const std::optional<FrontAgreement>& agreement) {
    return agreement ? fronts_json(devices, *agreement) : Json(nullptr);
  };
  Json all = agreement_json(devices, found.all);
  all["fronts"] = fronts(found.fronts);
  Json trusted = agreement_json(devices, found.trusted);
  trusted["fronts"] = fronts(found.trusted_fronts);
  return {{"cells", devices.energies.cells.size()},
          {"devices", std::move(list)},
          {"outliers", std::move(outliers)},
          {"all", std::move(all)},
          {"trusted", std::move(trusted)}};
}

// --- Text ----------------------------------------------------------------------------------------

std::string devices_text(const Devices& devices, const Findings& found) {
  TextTable rows({{"device"},
                  {"readings", Align::right},
                  {"outliers", Align::right},
                  {"mean rank change", Align::right},
                  {"trusted", Align::right}});
  const std::size_t count = devices.sources.size();
  const auto mean_change = [&](const DeviceAgreement& agreement, std::size_t device) {
    double sum = 0;
    for (std::size_t i = 0; i < agreement.order.size(); ++i)
      sum += std::abs(agreement.rank_change[i * count + device]);
    return agreement.order.empty()
               ? std::string("–")
               : fmt::format("{:.1f}", sum / static_cast<double>(agreement.order.size()));
  };
  for (std::size_t device = 0; device < count; ++device) {
    rows.add({devices.energies.devices[device], std::to_string(readings_on(devices, device)),
              std::to_string(outliers_on(found, device)), mean_change(found.all, device),
              mean_change(found.trusted, device)});
  }
  return fmt::format(
      "{} cells on {} devices. Rank changes: places from the order by the mean of all devices "
      "({} cells; trusted: {})\n\n{}",
      bold(counted(devices.energies.cells.size())), count, found.all.order.size(),
      found.trusted.order.size(), rows.text());
}

std::string pairs_text(const Devices& devices, const Findings& found) {
  TextTable rows({{"device"},
                  {"and"},
                  {"cells", Align::right},
                  {"ratio", Align::right},
                  {"Kendall τ (95 %)", Align::right},
                  {"trusted", Align::right},
                  {"Kendall τ (95 %)", Align::right}});
  const auto& names = devices.energies.devices;
  for (std::size_t a = 0; a < names.size(); ++a) {
    for (std::size_t b = a + 1; b < names.size(); ++b) {
      const std::size_t pair = a * names.size() + b;
      rows.add({names[a], names[b], std::to_string(found.all.pairs[pair].cells),
                fmt::format("{:.3f}", found.trusted.ratio[pair]),
                estimate_text(found.all.pairs[pair].kendall_tau, 3),
                std::to_string(found.trusted.pairs[pair].cells),
                estimate_text(found.trusted.pairs[pair].kendall_tau, 3)});
    }
  }
  return rows.text();
}

std::string outliers_text(const Devices& devices, const Findings& found, double threshold) {
  if (found.outliers.empty())
    return fmt::format("No reading is {:g} deviations off what the others say\n", threshold);
  TextTable rows({{"device"},
                  {"hash"},
                  {"measured (Wh)", Align::right},
                  {"expected (Wh)", Align::right},
                  {"ratio", Align::right},
                  {"score", Align::right}});
  for (const OutlierReading& reading : found.outliers) {
    rows.add({devices.energies.devices[reading.device],
              hash_of(devices, reading.cell).substr(0, 12),
              fmt::format("{:.4g}", 1000 * reading.energy_kwh),
              fmt::format("{:.4g}", 1000 * reading.expected_kwh),
              fmt::format("{:.2f}", reading.energy_kwh / reading.expected_kwh),
              fmt::format("{:+.1f}", reading.score)});
  }
  return fmt::format("{} readings are more than {:g} deviations off what the others say\n\n{}",
                     found.outliers.size(), threshold, rows.text());
}

std::string fronts_text(const Devices& devices, const Findings& found) {
  if (!found.fronts)
    return "Fronts: no validation errors; give a table that has them with --errors-from\n";
  TextTable rows({{"front of"},
                  {"on"},
                  {"points", Align::right},
                  {"Jaccard", Align::right},
                  {"hypervolume kept", Align::right},
                  {"trusted: Jaccard", Align::right},
                  {"kept", Align::right}});
  const auto& names = devices.energies.devices;
  for (std::size_t a = 0; a < names.size(); ++a) {
    for (std::size_t b = 0; b < names.size(); ++b) {
      if (a == b) continue;
      const std::size_t pair = a * names.size() + b;
      rows.add({names[a], names[b], std::to_string(found.fronts->fronts[a].size()),
                fmt::format("{:.2f}", found.fronts->jaccard[pair]),
                fmt::format("{:.3f}", found.fronts->hypervolume_kept[pair]),
                fmt::format("{:.2f}", found.trusted_fronts->jaccard[pair]),
                fmt::format("{:.3f}", found.trusted_fronts->hypervolume_kept[pair])});
    }
  }
  return fmt::format(
      "Fronts of energy and the validation error of {}{}: {} cells (trusted: {})\n\n{}",
      devices.errors_table, at_epochs(devices.errors_epochs), found.fronts->cells.size(),
      found.trusted_fronts->cells.size(), rows.text());
}

void run_hardware(const HardwareCommand& command, const Global& global) {
  const Devices devices = read(command, global);
  const Findings found = find(devices, command, global);
  if (global.json) {
    print_json(hardware_json(devices, found));
    return;
  }
  print(devices_text(devices, found) + "\n" + pairs_text(devices, found) + "\n" +
        outliers_text(devices, found, command.threshold) + "\n" + fronts_text(devices, found));
}

}  // namespace

void add_analyze_hardware(CLI::App& analyze, const Global& global) {
  CLI::App* command =
      analyze.add_subcommand("hardware", "Whether devices agree about the energies of cells");
  const auto arguments = std::make_shared<HardwareCommand>();
  command
      ->add_option("sources", arguments->sources,
                   "CSVs of hash and energies (columns DEVICE_wh, _kwh or _j), or tables")
      ->type_name("FILE")
      ->required();
  command->add_option("--epochs", arguments->epochs, "Budget at which energies are compared")
      ->type_name("N")
      ->capture_default_str();
  command->add_option("--unit", arguments->unit, "wh, kwh or j, where a column's name has none")
      ->type_name("UNIT");
  command
      ->add_option("--data-pue", arguments->data_pue,
                   "PUE that energies of CSVs include which do not say")
      ->type_name("X")
      ->check(CLI::Range(1.0, 100.0));
  command
      ->add_option("--errors-from", arguments->errors_from,
                   "Table of the validation errors that fronts need (default: the first given that "
                   "has them)")
      ->type_name("TABLE");
  command
      ->add_option("--errors-epochs", arguments->errors_epochs,
                   "Their budget (default: the largest)")
      ->type_name("N");
  command
      ->add_option("--threshold", arguments->threshold,
                   "Robust deviations from which a reading is an outlier")
      ->type_name("X")
      ->check(CLI::Range(1e-6, 1e6))
      ->capture_default_str();
  arguments->reading.add_to(*command);
  arguments->intervals.add_to(*command);
  command->callback([=, &global] { run_hardware(*arguments, global); });
}

}  // namespace ecnas::app
