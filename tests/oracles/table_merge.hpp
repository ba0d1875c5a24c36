#pragma once
/// Merging tables as one would without a thought for speed: maps from (hash, epochs, metric) to all
/// that one table says there.

#include <cmath>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "ecnas/space/hash.hpp"
#include "ecnas/table/merge.hpp"

namespace ecnas::oracles {

struct MergedValue {
  float value;
  table::Provenance provenance;
  std::optional<std::pair<float, float>> interval;
  friend bool operator==(const MergedValue&, const MergedValue&) = default;
};

/// All repeats of a metric for one cell at one budget; by repeat, from 0.
struct MergedEntry {
  std::map<std::size_t, MergedValue> values;
  bool flagged = false;  // the cell, in the table they come from
  std::size_t table = 0;

  [[nodiscard]] bool has(bool measured) const {
    for (const auto& [repeat, value] : values) {
      if ((value.provenance == table::Provenance::measured) == measured) return true;
    }
    return false;
  }
  friend bool operator==(const MergedEntry&, const MergedEntry&) = default;
};

using EntryKey = std::tuple<space::Hash, std::int32_t, std::string>;

struct TableContent {
  std::map<EntryKey, MergedEntry> entries;
  std::set<space::Hash> cells;

  /// @param factor  energies and emissions are multiplied by numerator / denominator
  TableContent(const table::Table& table, std::size_t index, double numerator, double denominator) {
    cells.insert(table.hashes().begin(), table.hashes().end());
    for (table::Row row = 0; row < table.cells(); ++row) {
      for (std::size_t budget = 0; budget < table.budgets().size(); ++budget) {
        for (const table::Column& column : table.columns()) {
          const bool converts = column.info.kind == table::MetricKind::energy ||
                                column.info.kind == table::MetricKind::co2eq;
          const auto convert = [&](float stored) {
            if (!converts || numerator == denominator) return stored;
            return static_cast<float>(static_cast<double>(stored) * numerator / denominator);
          };
          MergedEntry entry;
          entry.table = index;
          entry.flagged = !column.out_of_range.empty() && column.out_of_range[row] == 1;
          for (std::size_t repeat = 0; repeat < table.repeats(); ++repeat) {
            const std::size_t at =
                (row * table.budgets().size() + budget) * table.repeats() + repeat;
            if (std::isnan(column.values[at])) continue;
            MergedValue value{convert(column.values[at]), column.provenance[at], {}};
            if (!column.lower90.empty() && !std::isnan(column.lower90[at])) {
              value.interval = {convert(column.lower90[at]), convert(column.upper90[at])};
            }
            entry.values.emplace(repeat, value);
          }
          if (entry.values.empty()) continue;
          entries[{table.hashes()[row], table.budgets()[budget], column.info.name}] = entry;
        }
      }
    }
  }
};

/// Lays `later` over `earlier`.
inline void lay_over(TableContent& earlier, const TableContent& later,
                     table::Preference preference) {
  earlier.cells.insert(later.cells.begin(), later.cells.end());
  for (const auto& [key, entry] : later.entries) {
    const auto standing = earlier.entries.find(key);
    if (standing != earlier.entries.end() && preference == table::Preference::measured &&
        standing->second.has(true) && entry.has(false)) {
      continue;
    }
    earlier.entries[key] = entry;
  }
}

/// Cells with a flag that lasts, by metric: (hash, metric).
inline std::set<std::pair<space::Hash, std::string>> lasting_flags(const TableContent& content) {
  std::set<std::pair<space::Hash, std::string>> flags;
  for (const auto& [key, entry] : content.entries) {
    if (entry.flagged && entry.has(false)) flags.emplace(std::get<0>(key), std::get<2>(key));
  }
  return flags;
}

}  // namespace ecnas::oracles
