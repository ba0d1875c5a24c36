#include "table/join.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"

namespace ecnas::table {
namespace {

class Join {
 public:
  Join(const Table& first, const Table& second) : first_(first), second_(second) {
    Metadata metadata = first.metadata();
    metadata.reference_point.clear();  // of other accuracies
    for (const Column& column : second.columns()) {
      const auto noise = second.metadata().noise.find(column.info.name);
      if (is_accuracy(column)) metadata.noise.erase(column.info.name);
      if (is_accuracy(column) && noise != second.metadata().noise.end())
        metadata.noise.insert(*noise);
    }
    metadata.source += "; accuracies: " + second.metadata().source;
    builder_ = TableBuilder(std::move(metadata));
    for (Row row = 0; row < first.cells(); ++row) {
      cells_.push_back(first.cell(row));
      builder_.add_cell(cells_.back());
    }
  }

  /// @return how many accuracies there are now
  std::size_t run() {
    for (const Column& column : first_.columns()) {
      if (!is_accuracy(column) || second_.column(column.info.name) == nullptr) keep(column);
    }
    std::size_t taken = 0;
    for (const Column& column : second_.columns()) {
      if (is_accuracy(column)) taken += take(column);
    }
    return taken;
  }

  [[nodiscard]] Table build() const { return builder_.build(first_.name()); }

 private:
  static bool is_accuracy(const Column& column) { return column.info.kind == MetricKind::fraction; }

  void keep(const Column& column) {
    for (std::size_t budget = 0; budget < first_.budgets().size(); ++budget) {
      for (std::size_t repeat = 0; repeat < first_.repeats(); ++repeat)
        add(first_, column, budget, repeat, std::nullopt);
    }
    if (!column.out_of_range.empty())
      builder_.mark_out_of_range(cells_, column.out_of_range, column.info.name);
  }

  std::size_t take(const Column& column) {
    std::size_t taken = 0;
    for (const std::int32_t epochs : first_.budgets()) {
      const auto budget = second_.budget_index(epochs);
      if (!budget) continue;
      for (std::size_t repeat = 0; repeat < second_.repeats(); ++repeat)
        taken += add(second_, column, *budget, repeat, rows_of_second());
    }
    return taken;
  }

  /// By row of the first: that of the second, where it has the cell.
  std::span<const std::optional<Row>> rows_of_second() {
    if (rows_.empty()) {
      for (const space::Hash& hash : first_.hashes())
        rows_.push_back(second_.find(hash));
    }
    return rows_;
  }

  /// Adds what a table's column holds of the first's cells.
  /// @param rows  of its cells; absent: the same
  std::size_t add(const Table& from, const Column& column, std::size_t budget, std::size_t repeat,
                  std::optional<std::span<const std::optional<Row>>> rows) {
    constexpr float kNone = std::numeric_limits<float>::quiet_NaN();
    std::vector<float> values(cells_.size(), kNone);
    std::vector<float> lower(column.lower90.empty() ? 0 : cells_.size(), kNone);
    std::vector<float> upper(lower);
    std::vector<Provenance> provenance(cells_.size());
    std::size_t count = 0;
    for (Row row = 0; row < cells_.size(); ++row) {
      const auto other = rows ? (*rows)[row] : std::optional(row);
      if (!other) continue;
      const std::size_t place = (*other * from.budgets().size() + budget) * from.repeats() + repeat;
      values[row] = column.values[place];
      provenance[row] = column.provenance[place];
      if (!lower.empty()) lower[row] = column.lower90[place];
      if (!upper.empty()) upper[row] = column.upper90[place];
      if (!std::isnan(values[row])) ++count;
    }
    if (count == 0) return 0;
    builder_.add_column(cells_,
                        {.metric_name = column.info.name,
                         .epochs = from.budgets()[budget],
                         .repeat = repeat + 1,
                         .values = values,
                         .provenance_of_each = provenance,
                         .lower90 = lower,
                         .upper90 = upper},
                        from.name());
    return count;
  }

  const Table& first_;
  const Table& second_;
  TableBuilder builder_{Metadata{}};
  std::vector<space::Cell> cells_;
  std::vector<std::optional<Row>> rows_;
};

}  // namespace

Imported join_accuracies(Imported first, const Imported& second) {
  Join join(first.table, second.table);
  const std::size_t taken = join.run();
  if (taken == 0) {
    fail(ErrorCode::invalid_data,
         "{}: no accuracy of any cell and budget of {}; join another table", second.table.name(),
         first.table.name());
  }
  ImportSummary summary = std::move(first.summary);
  summary.notes.insert(summary.notes.end(), second.summary.notes.begin(),
                       second.summary.notes.end());
  summary.findings.insert(summary.findings.end(), second.summary.findings.begin(),
                          second.summary.findings.end());
  summary.notes.push_back(
      fmt::format("{} accuracies are those of {}, up to {} repeats; its other metrics are left out",
                  with_thousands(static_cast<std::int64_t>(taken)), second.table.name(),
                  second.table.repeats()));
  return {join.build(), std::move(summary)};
}

}  // namespace ecnas::table
