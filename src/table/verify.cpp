// The checks of a table that look at everything.

#include <cmath>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "table/cell_facts.hpp"
#include "table/layout.hpp"
#include "table/metadata.hpp"
#include "table/table_impl.hpp"

namespace ecnas::table {
namespace {

/// Empty if the value and its provenance are possible.
std::string value_fault(const Column& column, std::size_t position) {
  const float value = column.values[position];
  const Provenance provenance = column.provenance[position];
  if (provenance > Provenance::predicted) {
    return fmt::format("has provenance {}", static_cast<int>(provenance));
  }
  if (std::isnan(value) != (provenance == Provenance::absent)) {
    return fmt::format("is {} but its provenance is '{}'", shortest(value), name(provenance));
  }
  if (std::isnan(value)) return {};
  const std::string_view fault = range_fault(column.info.kind, value);
  return fault.empty() ? std::string() : fmt::format("is {}, which {}", shortest(value), fault);
}

/// Empty if there is no interval, or a possible one around the value.
std::string interval_fault(const Column& column, std::size_t position) {
  if (column.lower90.empty()) return {};
  const float lower = column.lower90[position];
  const float upper = column.upper90[position];
  if (std::isnan(lower) && std::isnan(upper)) return {};
  const float value = column.values[position];
  if (!(lower <= value && value <= upper)) {
    return fmt::format("is {} but its interval is [{}, {}]", shortest(value), shortest(lower),
                       shortest(upper));
  }
  for (const float bound : {lower, upper}) {
    const std::string_view fault = range_fault(column.info.kind, bound);
    if (!fault.empty()) return fmt::format("has the bound {}, which {}", shortest(bound), fault);
  }
  return {};
}

void verify_flags(const Table& table, const Column& column) {
  const std::size_t row_size = table.budgets().size() * table.repeats();
  for (std::size_t row = 0; row < column.out_of_range.size(); ++row) {
    const std::uint8_t flag = column.out_of_range[row];
    if (flag == 0) continue;
    const bool possible = may_be_out_of_range(column.provenance.subspan(row * row_size, row_size));
    if (flag == 1 && possible) continue;
    fail(ErrorCode::invalid_data, "{}: row {} ({}): '{}{}' is {}{}", table.name(), row,
         space::to_text(table.hashes()[row]), column.info.name, kOutOfRangeSuffix, flag,
         flag == 1 ? " but no value of it is scaled or predicted" : "; expected 0 or 1");
  }
}

void verify_column(const Table& table, const Column& column) {
  const std::size_t row_size = table.budgets().size() * table.repeats();
  for (std::size_t position = 0; position < column.values.size(); ++position) {
    std::string fault = value_fault(column, position);
    if (fault.empty()) fault = interval_fault(column, position);
    if (fault.empty()) continue;
    const std::size_t row = position / row_size;
    const std::size_t budget = position % row_size / table.repeats();
    fail(ErrorCode::invalid_data, "{}: row {} ({}): '{}' at {} epochs, repeat {} {}", table.name(),
         row, space::to_text(table.hashes()[row]), column.info.name, table.budgets()[budget],
         position % table.repeats() + 1, fault);
  }
}

}  // namespace

void Table::Impl::check_data() const {
  const std::string found = data_checksum(data);
  if (found != checksum) {
    fail(ErrorCode::invalid_data, "{}: checksum is {} but the data give '{}'; the file is damaged",
         name, ecnas::quoted(checksum), found);
  }
}

void Table::verify() const {
  impl_->check_data();
  const RankIndex& index = impl_->rank_index();  // checks that every row is a cell, each once
  std::vector<space::Rank> ranks;
  ranks.reserve(cells());
  for (space::Rank rank = 0; rank < index.rows.size(); ++rank) {
    if (index.rows[rank] != kNoRow) ranks.push_back(rank);
  }
  const std::vector<space::Hash> expected = hashes_of(ranks, *index.space);
  const std::vector<std::int64_t> parameters =
      parameters_of(ranks, *index.space, impl_->metadata.skeleton);
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    const Row row = index.rows[ranks[i]];
    if (cell(row) != index.space->cell(ranks[i])) {
      impl_->fail_row(row,
                      fmt::format("holds {}, not the representative {}", space::to_text(cell(row)),
                                  space::to_text(index.space->cell(ranks[i]))));
    }
    if (impl_->hashes[row] != expected[i]) {
      impl_->fail_row(row, fmt::format("holds a cell of hash {}", space::to_text(expected[i])));
    }
    if (impl_->parameters[row] != parameters[i]) {
      impl_->fail_row(row, fmt::format("has {} trainable parameters, expected {}",
                                       impl_->parameters[row], parameters[i]));
    }
  }
  for (const Column& column : impl_->columns) {
    verify_column(*this, column);
    verify_flags(*this, column);
  }
}

}  // namespace ecnas::table
