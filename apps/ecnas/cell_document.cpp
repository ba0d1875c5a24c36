#include "cell_document.hpp"

#include <cmath>
#include <functional>
#include <vector>

#include "ecnas/space/edit.hpp"
#include "ecnas/space/hash.hpp"
#include "ecnas/space/skeleton.hpp"
#include "energy_remark.hpp"

namespace ecnas::app {
namespace {

/// What `describe` says of every entry of a cell, by its epochs.
Json by_budget(const table::Table& table, table::Row row, table::Repeat repeat,
               const std::function<Json(const table::Entry&)>& describe) {
  Json budgets = Json::object();
  for (std::size_t budget = 0; budget < table.budgets().size(); ++budget) {
    if (const auto entry = table.query(row, budget, repeat))
      budgets[std::to_string(entry->epochs())] = describe(*entry);
  }
  return budgets;
}

/// The values alone.
Json values_json(const table::Table& table, const table::Entry& entry) {
  Json values = Json::object();
  for (const table::Column& column : table.columns()) {
    if (const std::optional<double> value = entry.value(column))
      values[column.info.name] = tidy(*value);
  }
  return values;
}

Json neighbour_json(const table::Table& table, table::Row row, table::Repeat repeat) {
  Json document = identity_json(table, row);
  document["flops"] = space::flops(table.cell(row), table.metadata().skeleton);
  document["budgets"] = by_budget(
      table, row, repeat, [&](const table::Entry& entry) { return values_json(table, entry); });
  return document;
}

}  // namespace

Json entry_json(const table::Entry& entry, std::span<const table::Column* const> columns) {
  Json document = Json::object();
  for (const table::Column* column : columns) {
    const std::optional<double> value = entry.value(*column);
    if (!value) continue;
    Json repeats = Json::array();
    for (const float repeat : entry.repeats(*column)) {
      repeats.push_back(std::isnan(repeat) ? Json(nullptr) : Json(tidy(double{repeat})));
    }
    Json& metric = document[column->info.name];
    metric = {{"value", tidy(*value)},
              {"unit", column->info.unit},
              {"provenance", table::name(entry.provenance(*column))},
              {"repeats", repeats}};
    if (const auto interval = entry.interval(*column)) {
      metric["interval90"] = {tidy(interval->lower), tidy(interval->upper)};
    }
    if (entry.out_of_range(*column)) metric["out_of_range"] = true;
  }
  return document;
}

Json identity_json(const table::Table& table, table::Row row) {
  return {{"cell", space::to_text(table.cell(row))},
          {"hash", space::to_text(table.hashes()[row])},
          {"trainable_parameters", table.trainable_parameters()[row]}};
}

Json cell_document(const table::Table& table, table::Row row, table::Repeat repeat) {
  std::vector<const table::Column*> columns;
  for (const table::Column& column : table.columns())
    columns.push_back(&column);
  const space::Cell cell = table.cell(row);
  Json document = identity_json(table, row);
  document["energy_quality"] = energy_quality_json(table);
  document["budgets"] = by_budget(
      table, row, repeat, [&](const table::Entry& entry) { return entry_json(entry, columns); });
  document["flops"] = space::flops(cell, table.metadata().skeleton);
  document["neighbours"] = Json::array();
  for (const space::Cell& neighbour : space::neighbours(cell, space::Space::shared())) {
    if (const std::optional<table::Row> place = table.find(neighbour))
      document["neighbours"].push_back(neighbour_json(table, *place, repeat));
  }
  return document;
}

}  // namespace ecnas::app
