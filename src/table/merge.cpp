#include "ecnas/table/merge.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <utility>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/table/builder.hpp"
#include "table/import_context.hpp"
#include "table/layout.hpp"

namespace ecnas::table {
namespace {

constexpr std::array<std::string_view, 2> kPreferenceNames = {"measured", "last"};
constexpr float kAbsent = std::numeric_limits<float>::quiet_NaN();
constexpr Row kNoRow = std::numeric_limits<Row>::max();
constexpr std::size_t kNoTable = std::numeric_limits<std::size_t>::max();

using Tables = std::span<const Table* const>;

bool includes_pue(MetricKind kind) {
  return kind == MetricKind::energy || kind == MetricKind::co2eq;
}

bool has_energies(const Table& table) {
  return std::ranges::any_of(table.columns(), includes_pue,
                             [](const Column& column) { return column.info.kind; });
}

void check_options(Tables tables, const MergeOptions& options) {
  if (tables.size() < 2) {
    fail(ErrorCode::invalid_argument, "merge: {} table; name at least two", tables.size());
  }
  if (options.pue && !(std::isfinite(*options.pue) && *options.pue >= 1)) {
    fail(ErrorCode::invalid_argument, "PUE {}: expected a number from 1", *options.pue);
  }
}

/// That energies have one PUE, or can be converted to one.
void check_pue(Tables tables, const MergeOptions& options) {
  const Table* first = nullptr;
  for (const Table* table : tables) {
    if (!has_energies(*table)) continue;
    const std::optional<double>& pue = table->metadata().pue;
    if (options.pue && !pue) {
      fail(ErrorCode::invalid_argument,
           "{}: does not state the PUE of its energies, so they cannot be converted to {}; import "
           "it with --data-pue",
           table->name(), shortest(*options.pue));
    }
    if (first == nullptr) first = table;
    const std::optional<double>& expected = first->metadata().pue;
    if (options.pue || pue == expected) continue;
    const auto said = [](const std::optional<double>& value) {
      return value ? shortest(*value) : std::string("unknown");
    };
    fail(ErrorCode::invalid_argument,
         "{}: the PUE of its energies is {}, that of {} {}; convert both with --pue", table->name(),
         said(pue), first->name(), said(expected));
  }
}

/// Models of later tables over those of the earlier, by metric and epochs.
std::map<std::string, NoiseModel> merged_noise(Tables tables) {
  std::map<std::string, NoiseModel> merged;
  for (const Table* table : tables) {
    for (const auto& [metric, model] : table->metadata().noise) {
      NoiseModel& into = merged[metric];
      into.kind = model.kind;  // a metric's kind admits one
      for (const auto& [epochs, deviation] : model.standard_deviation)
        into.standard_deviation[epochs] = deviation;
    }
  }
  return merged;
}

Metadata merged_metadata(Tables tables, const MergeOptions& options) {
  Agreement agreement;
  for (const Table* table : tables) {
    const Metadata& metadata = table->metadata();
    agreement.add({.name = table->name(),
                   .has_energies = has_energies(*table),
                   .pue = options.pue ? options.pue : metadata.pue,
                   .carbon_intensity_g_per_kwh = metadata.carbon_intensity_g_per_kwh,
                   .devices = metadata.devices,
                   .data_set = metadata.data_set,
                   .source = metadata.source,
                   .citation = metadata.citation,
                   .energy_quality = metadata.energy_quality,
                   .skeleton = metadata.skeleton});
  }
  Metadata metadata = agreement.metadata();
  metadata.noise = merged_noise(tables);
  return metadata;
}

/// The cells of all tables, each once.
struct Cells {
  std::vector<space::Cell> cells;      // (n), in order of hash
  std::vector<std::vector<Row>> rows;  // by table, (n); kNoRow: not in it

  explicit Cells(Tables tables) {
    std::vector<space::Hash> hashes;
    for (const Table* table : tables)
      hashes.insert(hashes.end(), table->hashes().begin(), table->hashes().end());
    std::ranges::sort(hashes);
    hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
    for (const Table* table : tables) {
      std::vector<Row>& own = rows.emplace_back(hashes.size(), kNoRow);
      auto place = hashes.begin();
      for (Row row = 0; row < table->cells(); ++row) {
        place = std::ranges::find(place, hashes.end(), table->hashes()[row]);
        own[static_cast<std::size_t>(place - hashes.begin())] = row;
      }
    }
    for (std::size_t i = 0; i < hashes.size(); ++i) {
      const auto holder =
          std::ranges::find_if(rows, [&](const std::vector<Row>& own) { return own[i] != kNoRow; });
      const auto table = static_cast<std::size_t>(holder - rows.begin());
      cells.push_back(tables[table]->cell((*holder)[i]));
    }
  }
};

/// What one table holds of a metric for one cell at one budget, all repeats.
struct Entries {
  std::array<std::size_t, 4> by_provenance{};

  Entries(const Column& column, std::size_t first, std::size_t repeats) {
    for (const Provenance provenance : column.provenance.subspan(first, repeats))
      ++by_provenance[static_cast<std::size_t>(provenance)];
    by_provenance[0] = 0;
  }
  [[nodiscard]] std::size_t values() const { return measured() + modelled(); }
  [[nodiscard]] std::size_t measured() const { return by_provenance[1]; }
  [[nodiscard]] std::size_t modelled() const { return by_provenance[2] + by_provenance[3]; }
};

/// Lays one metric of all tables over one another.
class MetricMerge {
 public:
  MetricMerge(Tables tables, const Cells& cells, const std::set<std::int32_t>& budgets,
              const MergeOptions& options, const std::string& metric)
      : tables_(tables), cells_(cells), options_(options), metric_(metric) {
    for (const std::int32_t epochs : budgets)
      budgets_.push_back({.epochs = epochs, .winners = std::vector(cells.cells.size(), kNoTable)});
    for (const Table* table : tables)
      columns_.push_back(table->column(metric));
  }

  /// @return what became of each table's values; absent for a table without the metric
  std::vector<std::optional<MergedMetric>> choose() {
    std::vector<std::optional<MergedMetric>> counts(tables_.size());
    for (std::size_t table = 0; table < tables_.size(); ++table) {
      if (columns_[table] == nullptr) continue;
      counts[table] = MergedMetric{.metric = metric_};
      for (Budget& budget : budgets_)
        lay_over(table, budget, counts);
    }
    return counts;
  }

  void fill(TableBuilder& builder) const {
    std::size_t repeats = 0;
    for (const Table* table : tables_)
      repeats = std::max(repeats, table->repeats());
    for (const Budget& budget : budgets_) {
      for (std::size_t repeat = 0; repeat < repeats; ++repeat)
        fill_plane(budget, repeat, builder);
    }
    mark_out_of_range(builder);
  }

 private:
  struct Budget {
    std::int32_t epochs;
    std::vector<std::size_t> winners;  // by cell: the table; kNoTable: none has a value
  };

  /// Position of a cell's first repeat in a table's column; absent if the table lacks one of them.
  [[nodiscard]] std::optional<std::size_t> position(std::size_t table, std::size_t cell,
                                                    std::optional<std::size_t> budget) const {
    const Row row = cells_.rows[table][cell];
    if (row == kNoRow || !budget) return std::nullopt;
    return (row * tables_[table]->budgets().size() + *budget) * tables_[table]->repeats();
  }

  [[nodiscard]] Entries entries(std::size_t table, std::size_t position) const {
    return {*columns_[table], position, tables_[table]->repeats()};
  }

  void lay_over(std::size_t table, Budget& budget,
                std::vector<std::optional<MergedMetric>>& counts) const {
    const auto index = tables_[table]->budget_index(budget.epochs);
    for (std::size_t cell = 0; cell < budget.winners.size(); ++cell) {
      const auto own = position(table, cell, index);
      if (!own) continue;
      const Entries offered = entries(table, *own);
      if (offered.values() == 0) continue;
      std::size_t& winner = budget.winners[cell];
      if (winner != kNoTable) {
        const auto standing =
            entries(winner, *position(winner, cell, tables_[winner]->budget_index(budget.epochs)));
        if (options_.prefer == Preference::measured && standing.measured() > 0 &&
            offered.modelled() > 0) {
          counts[table]->left_out += offered.values();
          continue;
        }
        counts[winner]->taken -= standing.values();
        for (std::size_t i = 1; i < standing.by_provenance.size(); ++i)
          counts[table]->replaced[i] += standing.by_provenance[i];
      }
      winner = table;
      counts[table]->taken += offered.values();
    }
  }

  /// A stored number, at the PUE of the result.
  [[nodiscard]] float converted(float stored, std::size_t table) const {
    const std::optional<double>& included = tables_[table]->metadata().pue;
    if (!options_.pue || !includes_pue(columns_[table]->info.kind) || included == options_.pue) {
      return stored;
    }
    return to_float(static_cast<double>(stored) * *options_.pue / *included);
  }

  void fill_plane(const Budget& budget, std::size_t repeat, TableBuilder& builder) const {
    const std::size_t count = cells_.cells.size();
    std::vector<float> values(count, kAbsent);
    std::vector<Provenance> provenance(count, Provenance::absent);
    std::vector<float> lower90(count, kAbsent);
    std::vector<float> upper90(count, kAbsent);
    std::vector<std::optional<std::size_t>> budget_of_table;
    for (const Table* table : tables_)
      budget_of_table.push_back(table->budget_index(budget.epochs));
    for (std::size_t cell = 0; cell < count; ++cell) {
      const std::size_t table = budget.winners[cell];
      if (table == kNoTable || repeat >= tables_[table]->repeats()) continue;
      const Column& column = *columns_[table];
      const std::size_t place = *position(table, cell, budget_of_table[table]) + repeat;
      values[cell] = converted(column.values[place], table);
      provenance[cell] = column.provenance[place];
      if (column.lower90.empty()) continue;
      lower90[cell] = converted(column.lower90[place], table);
      upper90[cell] = converted(column.upper90[place], table);
    }
    builder.add_column(cells_.cells,
                       {.metric_name = metric_,
                        .epochs = budget.epochs,
                        .repeat = repeat + 1,
                        .values = values,
                        .provenance_of_each = provenance,
                        .lower90 = lower90,
                        .upper90 = upper90},
                       "merge");
  }

  /// Whether a table flags the cell and a modelled value of it is in the result.
  [[nodiscard]] bool out_of_range(std::size_t cell) const {
    return std::ranges::any_of(budgets_, [&](const Budget& budget) {
      const std::size_t table = budget.winners[cell];
      if (table == kNoTable || columns_[table]->out_of_range.empty()) return false;
      if (columns_[table]->out_of_range[cells_.rows[table][cell]] == 0) return false;
      const auto place = position(table, cell, tables_[table]->budget_index(budget.epochs));
      return entries(table, *place).modelled() > 0;
    });
  }

  void mark_out_of_range(TableBuilder& builder) const {
    for (std::size_t cell = 0; cell < cells_.cells.size(); ++cell) {
      if (out_of_range(cell)) builder.mark_out_of_range(cells_.cells[cell], metric_);
    }
  }

  Tables tables_;
  const Cells& cells_;
  const MergeOptions& options_;
  const std::string& metric_;
  std::vector<Budget> budgets_;
  std::vector<const Column*> columns_;  // by table; null: lacks the metric
};

std::set<std::string> metrics_of(Tables tables) {
  std::set<std::string> metrics;
  for (const Table* table : tables) {
    for (const Column& column : table->columns())
      metrics.insert(column.info.name);
  }
  return metrics;
}

std::set<std::int32_t> budgets_of(Tables tables) {
  std::set<std::int32_t> budgets;
  for (const Table* table : tables)
    budgets.insert(table->budgets().begin(), table->budgets().end());
  return budgets;
}

}  // namespace

std::string_view name(Preference preference) {
  return kPreferenceNames[static_cast<std::size_t>(preference)];
}

std::optional<Preference> parse_preference(std::string_view text) {
  const auto found = std::ranges::find(kPreferenceNames, text);
  if (found == kPreferenceNames.end()) return std::nullopt;
  return static_cast<Preference>(found - kPreferenceNames.begin());
}

Merged merge_tables(Tables tables, const MergeOptions& options, std::string name) {
  check_options(tables, options);
  check_pue(tables, options);
  TableBuilder builder(merged_metadata(tables, options));
  for (const Table* table : tables)
    table->verify();

  const Cells cells(tables);
  for (const space::Cell& cell : cells.cells)
    builder.add_cell(cell);
  std::vector<MergedSource> sources;
  for (const Table* table : tables)
    sources.push_back({.table = table->name(), .metrics = {}});
  const std::set<std::int32_t> budgets = budgets_of(tables);
  for (const std::string& metric : metrics_of(tables)) {
    MetricMerge merge(tables, cells, budgets, options, metric);
    const auto counts = merge.choose();
    for (std::size_t table = 0; table < tables.size(); ++table) {
      if (counts[table]) sources[table].metrics.push_back(*counts[table]);
    }
    merge.fill(builder);
  }
  for (MergedSource& source : sources)
    std::ranges::sort(source.metrics, metric_before, &MergedMetric::metric);
  return {builder.build(std::move(name)), std::move(sources)};
}

}  // namespace ecnas::table
