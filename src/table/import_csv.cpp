#include "table/import_csv.hpp"

#include <algorithm>
#include <cmath>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/space/space.hpp"
#include "table/cell_facts.hpp"
#include "table/csv_inference.hpp"
#include "table/csv_rows.hpp"
#include "table/layout.hpp"
#include "table/published.hpp"

namespace ecnas::table {
namespace {

using space::Rank;

/// Compares what rows say of their cells with the space.
void check_cells(const CsvContent& content, const space::Skeleton& skeleton) {
  unsigned max_vertices = 2;
  for (const CsvRow& row : content.rows)
    max_vertices = std::max(max_vertices, row.cell.vertices());
  const space::Space& space = space::Space::shared(max_vertices);

  std::vector<Rank> row_ranks;
  for (const CsvRow& row : content.rows)
    row_ranks.push_back(space.rank(row.cell).value());
  std::vector<Rank> ranks = row_ranks;
  std::ranges::sort(ranks);
  ranks.erase(std::unique(ranks.begin(), ranks.end()), ranks.end());
  const std::vector<space::Hash> hashes = hashes_of(ranks, space);
  const std::vector<std::int64_t> parameters = parameters_of(ranks, space, skeleton);

  for (std::size_t i = 0; i < content.rows.size(); ++i) {
    const CsvRow& row = content.rows[i];
    const auto known =
        static_cast<std::size_t>(std::ranges::lower_bound(ranks, row_ranks[i]) - ranks.begin());
    if (row.hash != hashes[known]) {
      fail(ErrorCode::invalid_data,
           "{}:{}: hash is {} but adjacency and ops are the cell {}; correct the row", content.name,
           row.line, space::to_text(row.hash), space::to_text(hashes[known]));
    }
    if (row.trainable_parameters && *row.trainable_parameters != parameters[known]) {
      fail(ErrorCode::invalid_data,
           "{}:{}: trainable_parameters is {} but the cell {} has {}; correct the row",
           content.name, row.line, *row.trainable_parameters, space::to_text(row.hash),
           parameters[known]);
    }
  }
}

void apply_options(const ImportOptions& options, const CsvContent& content, CsvOrigin& origin) {
  if (options.pue && content.pue && *options.pue != *content.pue) {
    fail(ErrorCode::invalid_argument,
         "{}: column 'pue' says {}, the option {}; leave the option out", content.name,
         shortest(*content.pue), shortest(*options.pue));
  }
  if (options.pue) origin.pue = options.pue;
  if (!options.provenance) return;
  for (std::size_t i = 0; i < content.values.size(); ++i) {
    const std::size_t metric = i % content.metrics.size();
    const MetricKind kind = content.metrics[metric].kind;
    if (kind == MetricKind::fraction || content.has_provenance[metric]) continue;
    if (!std::isnan(content.values[i])) origin.provenance[i] = *options.provenance;
  }
}

/// Interval and flag of a value that is stored.
void add_uncertainty(const CsvContent& content, const CsvOrigin& origin, std::size_t index,
                     std::size_t metric, ImportContext& context) {
  const CsvRow& row = content.rows[index];
  const std::string& metric_name = content.metrics[metric].name;
  const std::size_t at = index * content.metrics.size() + metric;
  if (!content.lower90.empty()) {
    context.store_interval(row.cell, row.epochs, row.repeat, metric_name,
                           to_float(content.lower90[at]), to_float(content.upper90[at]),
                           fmt::format("{}:{}", content.name, row.line));
  }
  if (content.out_of_range.empty() || content.out_of_range[at] == 0) return;
  if (origin.provenance[at] == Provenance::measured) {
    fail(ErrorCode::invalid_data,
         "{}:{}: '{}{}' is 1 but the value is measured; only scaled and predicted values are of a "
         "model; state the provenance",
         content.name, row.line, metric_name, kOutOfRangeSuffix);
  }
  context.builder.mark_out_of_range(row.cell, metric_name);
}

/// The line before a row's that has a value for the same place; 0: none has.
std::size_t earlier_line(const CsvContent& content, std::size_t index, std::size_t metric) {
  const CsvRow& row = content.rows[index];
  for (std::size_t i = 0; i < index; ++i) {
    const CsvRow& other = content.rows[i];
    const bool same_place =
        other.hash == row.hash && other.epochs == row.epochs && other.repeat == row.repeat;
    if (same_place && !std::isnan(content.value(i, metric))) return other.line;
  }
  return 0;
}

/// Stores a value. Where the file itself contradicts it, both lines are named.
/// @param place  the row's file and line
void store_value(const CsvContent& content, const CsvOrigin& origin, std::size_t index,
                 std::size_t metric, std::string_view place, ImportContext& context) {
  const CsvRow& row = content.rows[index];
  try {
    context.store(row.cell, row.epochs, row.repeat, content.metrics[metric].name,
                  to_float(content.value(index, metric)),
                  origin.provenance[index * content.metrics.size() + metric], place);
  } catch (const Error& error) {
    const std::size_t line = earlier_line(content, index, metric);
    if (error.code() != ErrorCode::invalid_data || line == 0) throw;
    fail(ErrorCode::invalid_data,
         "{}, in line {}; keep one of them, or tell trainings apart by a column 'repeat'",
         error.what(), line);
  }
}

void add_rows(const CsvContent& content, const CsvOrigin& origin, ImportContext& context) {
  for (std::size_t i = 0; i < content.rows.size(); ++i) {
    const CsvRow& row = content.rows[i];
    context.builder.add_cell(row.cell);
    const std::string place = fmt::format("{}:{}", content.name, row.line);
    for (std::size_t metric = 0; metric < content.metrics.size(); ++metric) {
      if (std::isnan(content.value(i, metric)) || origin.skipped[metric]) continue;
      store_value(content, origin, i, metric, place, context);
      add_uncertainty(content, origin, i, metric, context);
    }
  }
}

bool has_energies(const CsvContent& content, const CsvOrigin& origin) {
  for (std::size_t metric = 0; metric < content.metrics.size(); ++metric) {
    const MetricKind kind = content.metrics[metric].kind;
    if (origin.skipped[metric]) continue;
    if (kind == MetricKind::energy || kind == MetricKind::co2eq) return true;
  }
  return false;
}

}  // namespace

void import_csv(std::string_view text, std::string_view name, ImportContext& context) {
  const CsvContent content = read_csv(text, name);
  SourceFacts facts;
  check_cells(content, facts.skeleton);
  CsvOrigin origin = infer_origin(content, context.options.pue);
  apply_options(context.options, content, origin);

  facts.name = name;
  facts.has_energies = has_energies(content, origin);
  if (facts.has_energies) facts.pue = origin.pue;
  if (origin.published) {
    facts.data_set = kCifar10;
    facts.citation = kEcNasCitation;
  }
  context.agreement.add(facts);
  add_rows(content, origin, context);
  ImportSummary& summary = context.summary;
  summary.rows += content.rows.size();
  summary.notes.insert(summary.notes.end(), origin.notes.begin(), origin.notes.end());
}

}  // namespace ecnas::table
