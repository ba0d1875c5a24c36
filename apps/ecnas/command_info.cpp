#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <ranges>

#include "command.hpp"
#include "ecnas/core/text.hpp"
#include "terminal.hpp"

namespace ecnas::app {
namespace {

/// What one metric holds.
struct ColumnSummary {
  std::array<std::size_t, 4> by_provenance{};  // index: Provenance
  double least = 0;
  double greatest = 0;
  std::size_t intervals = 0;
  std::size_t cells_out_of_range = 0;

  [[nodiscard]] std::size_t values() const {
    return by_provenance[1] + by_provenance[2] + by_provenance[3];
  }
};

ColumnSummary summarise(const table::Column& column) {
  ColumnSummary summary;
  bool first = true;
  for (std::size_t i = 0; i < column.values.size(); ++i) {
    const double value = column.values[i];
    ++summary.by_provenance[static_cast<std::size_t>(column.provenance[i]) & 3];
    if (std::isnan(value)) continue;
    summary.least = first ? value : std::min(summary.least, value);
    summary.greatest = first ? value : std::max(summary.greatest, value);
    first = false;
  }
  summary.intervals = static_cast<std::size_t>(
      std::ranges::count_if(column.lower90, [](float bound) { return !std::isnan(bound); }));
  summary.cells_out_of_range = static_cast<std::size_t>(
      std::ranges::count_if(column.out_of_range, [](std::uint8_t flag) { return flag != 0; }));
  return summary;
}

std::string provenance_text(const ColumnSummary& summary) {
  std::vector<std::string> parts;
  for (std::size_t kind = 1; kind < summary.by_provenance.size(); ++kind) {
    const std::size_t count = summary.by_provenance[kind];
    if (count == 0) continue;
    parts.push_back(fmt::format(
        "{:.0f} % {}", 100.0 * static_cast<double>(count) / static_cast<double>(summary.values()),
        table::name(static_cast<table::Provenance>(kind))));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

Json metrics_json(const table::Table& table) {
  Json metrics = Json::object();
  for (const table::Column& column : table.columns()) {
    const ColumnSummary summary = summarise(column);
    Json& metric = metrics[column.info.name];
    metric = {{"unit", column.info.unit},
              {"values", summary.values()},
              {"provenance",
               {{"measured", summary.by_provenance[1]},
                {"scaled", summary.by_provenance[2]},
                {"predicted", summary.by_provenance[3]}}}};
    if (summary.values() > 0) {
      metric["min"] = tidy(summary.least);
      metric["max"] = tidy(summary.greatest);
    }
    if (!column.lower90.empty()) metric["intervals"] = summary.intervals;
    if (!column.out_of_range.empty()) metric["out_of_range"] = summary.cells_out_of_range;
  }
  return metrics;
}

Json noise_json(const table::Metadata& metadata) {
  Json noise = Json::object();
  for (const auto& [metric, model] : metadata.noise) {
    Json& deviations = noise[metric]["standard_deviation"] = Json::object();
    for (const auto& [epochs, deviation] : model.standard_deviation)
      deviations[std::to_string(epochs)] = deviation;
    noise[metric]["kind"] = model.kind == table::NoiseKind::logit ? "logit" : "relative";
  }
  return noise;
}

template <typename T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

/// How many cells have something at each budget.
std::vector<std::size_t> cells_by_budget(const table::Table& table) {
  std::vector<std::size_t> counts(table.budgets().size());
  for (table::Row row = 0; row < table.cells(); ++row) {
    for (std::size_t budget = 0; budget < counts.size(); ++budget) {
      if (table.has_entry(row, budget)) ++counts[budget];
    }
  }
  return counts;
}

/// Rows: (cell, budget, repeat) that have a value; and what NAS-Bench-101, three trainings of every
/// cell at each budget, has more.
struct RowSummary {
  std::size_t rows = 0;
  std::size_t missing_cells = 0;
  std::size_t missing_rows = 0;
};

RowSummary summarise_rows(const table::Table& table) {
  constexpr std::size_t kRepeats = 3;
  RowSummary summary;
  const std::size_t places = table.cells() * table.budgets().size() * table.repeats();
  std::vector<bool> has_value(places);
  for (const table::Column& column : table.columns()) {
    for (std::size_t place = 0; place < places; ++place) {
      if (!std::isnan(column.values[place])) has_value[place] = true;
    }
  }
  summary.rows = static_cast<std::size_t>(std::ranges::count(has_value, true));
  const std::size_t all_cells = space::Space::shared().size();
  const std::size_t all_rows = all_cells * table.budgets().size() * kRepeats;
  summary.missing_cells = all_cells - std::min(all_cells, table.cells());
  summary.missing_rows = all_rows - std::min(all_rows, summary.rows);
  return summary;
}

std::string rows_text(const table::Table& table) {
  const RowSummary summary = summarise_rows(table);
  if (table.budgets().empty()) return {};
  // A table of another network is not a part of NAS-Bench-101's.
  const bool is_published = table.metadata().skeleton == space::Skeleton{};
  if (summary.missing_rows == 0 || !is_published) return counted(summary.rows);
  return fmt::format(
      "{}; NAS-Bench-101's {} cells × {} budgets × 3 repeats are {} more, of {} cells more",
      counted(summary.rows), counted(space::Space::shared().size()), table.budgets().size(),
      counted(summary.missing_rows), counted(summary.missing_cells));
}

Json reference_json(const table::Metadata& metadata) {
  Json reference = Json::object();
  for (const auto& [objective, value] : metadata.reference_point)
    reference[objective] = tidy(value);
  return reference;
}

Json info_json(const table::Table& table) {
  const table::Metadata& metadata = table.metadata();
  Json by_budget = Json::object();
  const std::vector<std::size_t> counts = cells_by_budget(table);
  const RowSummary rows = summarise_rows(table);
  for (std::size_t i = 0; i < counts.size(); ++i) {
    by_budget[std::to_string(table.budgets()[i])] = counts[i];
  }
  return {{"table", table.name()},
          {"cells", table.cells()},
          {"budgets", table.budgets()},
          {"cells_by_budget", by_budget},
          {"repeats", table.repeats()},
          {"rows", rows.rows},
          {"missing_cells", rows.missing_cells},
          {"missing_rows", rows.missing_rows},
          {"devices", metadata.devices},
          {"pue", or_null(metadata.pue)},
          {"carbon_intensity_g_per_kwh", or_null(metadata.carbon_intensity_g_per_kwh)},
          {"energy_quality", or_null(metadata.energy_quality)},
          {"data_set", metadata.data_set},
          {"reference_point", reference_json(metadata)},
          {"metrics", metrics_json(table)},
          {"noise", noise_json(metadata)},
          {"skeleton",
           {{"stem_width", metadata.skeleton.stem_width},
            {"stacks", metadata.skeleton.stacks},
            {"cells_per_stack", metadata.skeleton.cells_per_stack},
            {"classes", metadata.skeleton.classes},
            {"image_size", metadata.skeleton.image_size},
            {"image_channels", metadata.skeleton.image_channels}}},
          {"source", metadata.source},
          {"citation", metadata.citation},
          {"bytes", table.bytes().size()}};
}

/// A line a metric; intervals and flags only where the table has any.
std::string metrics_text(const table::Table& table) {
  const auto any = [&](auto tensor) {
    return std::ranges::any_of(
        table.columns(), [&](const table::Column& column) { return !(column.*tensor).empty(); });
  };
  const bool intervals = any(&table::Column::lower90);
  const bool flags = any(&table::Column::out_of_range);
  std::vector<TextTable::Column> titles = {{"metric"},
                                           {"unit"},
                                           {"values", Align::right},
                                           {"least", Align::right},
                                           {"greatest", Align::right},
                                           {"provenance"}};
  if (intervals) titles.push_back({"intervals", Align::right});
  if (flags) titles.push_back({"cells out of range", Align::right});
  TextTable text(titles);
  for (const table::Column& column : table.columns()) {
    const ColumnSummary summary = summarise(column);
    std::vector<std::string> line = {column.info.name,
                                     column.info.unit,
                                     counted(summary.values()),
                                     fmt::format("{:.5g}", summary.least),
                                     fmt::format("{:.5g}", summary.greatest),
                                     provenance_text(summary)};
    if (intervals) line.push_back(column.lower90.empty() ? "–" : counted(summary.intervals));
    if (flags) {
      line.push_back(column.out_of_range.empty() ? "–" : counted(summary.cells_out_of_range));
    }
    text.add(std::move(line));
  }
  return text.text();
}

void print_for_people(const table::Table& table) {
  const table::Metadata& metadata = table.metadata();
  const auto line = [](std::string_view label, const std::string& text) {
    if (!text.empty()) print(fmt::format("{}  {}\n", faint(fmt::format("{:<17}", label)), text));
  };
  print(bold(table.name()) + "\n");
  line("cells", counted(table.cells()));
  std::vector<std::string> budgets;
  const std::vector<std::size_t> counts = cells_by_budget(table);
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const bool everywhere = counts[i] == table.cells();
    budgets.push_back(everywhere
                          ? fmt::format("{}", table.budgets()[i])
                          : fmt::format("{} ({} cells)", table.budgets()[i], counted(counts[i])));
  }
  line("budgets (epochs)", fmt::format("{}", fmt::join(budgets, ", ")));
  line("repeats", fmt::format("{}", table.repeats()));
  line("rows", rows_text(table));
  line("devices", fmt::format("{}", fmt::join(metadata.devices, ", ")));
  if (!table.columns().empty()) {
    line("PUE", metadata.pue ? fmt::format("{} included in energies and emissions", *metadata.pue)
                             : "not stated");
  }
  if (metadata.energy_quality) line("energies are", *metadata.energy_quality);
  if (metadata.carbon_intensity_g_per_kwh) {
    line("carbon intensity", fmt::format("{} g/kWh", *metadata.carbon_intensity_g_per_kwh));
  }
  line("noise models", fmt::format("{}", fmt::join(std::views::keys(metadata.noise), ", ")));
  line("data set", metadata.data_set);
  line("source", metadata.source);
  line("size", fmt::format("{} bytes", with_thousands(std::int64_t(table.bytes().size()))));
  if (table.columns().empty()) return;

  print("\n" + metrics_text(table));
}

}  // namespace

void add_info(CLI::App& app, const Global& global) {
  CLI::App* command =
      app.add_subcommand("info", "What a table holds, measured how, in which units");
  const auto name = std::make_shared<std::string>(kDefaultTable);
  command->add_option("table", *name, "The table")->type_name("TABLE")->capture_default_str();
  command->callback([=, &global] {
    const table::Table table = open_table(*name, global);
    if (global.json) {
      print_json(info_json(table));
    } else {
      print_for_people(table);
    }
  });
}

}  // namespace ecnas::app
