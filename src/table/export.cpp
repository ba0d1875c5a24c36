#include "ecnas/table/export.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "ecnas/core/error.hpp"
#include "ecnas/core/file.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/table/builder.hpp"
#include "table/layout.hpp"
#include "table/published.hpp"
#include "table/selection.hpp"
#include "table/tfrecord/export.hpp"

namespace ecnas::table {
namespace {

constexpr std::array<std::string_view, 5> kFormatNames = {"csv", "jsonl", "table", "ecnas-tfrecord",
                                                          "nasbench101-tfrecord"};
constexpr std::size_t kWriteBytes = std::size_t{1} << 20;

/// Lines of text into a file, in large pieces.
class LineWriter {
 public:
  explicit LineWriter(const std::filesystem::path& path) : file_(path) {}

  void write(std::string_view line) {
    buffer_ += line;
    buffer_ += '\n';
    if (buffer_.size() >= kWriteBytes) flush();
  }
  void commit() {
    flush();
    file_.commit();
  }

 private:
  void flush() {
    file_.write(buffer_);
    buffer_.clear();
  }
  OutputFile file_;
  std::string buffer_;
};

std::string csv_header(const Table& table, const Selection& selection) {
  std::string header = "hash,vertices,edges,adjacency,ops,trainable_parameters";
  if (!selection.cells_alone()) header += ",epochs,repeat";
  for (const Column* column : selection.columns())
    header += "," + column->info.name;
  for (const Column* column : selection.columns())
    header += "," + column->info.name + std::string(kProvenanceSuffix);
  for (const Column* column : selection.columns()) {
    const std::string& metric = column->info.name;
    if (!column->lower90.empty()) {
      header += fmt::format(",{0}{1},{0}{2}", metric, kLowerSuffix, kUpperSuffix);
    }
    if (!column->out_of_range.empty()) header += fmt::format(",{}{}", metric, kOutOfRangeSuffix);
  }
  if (table.metadata().pue && !selection.cells_alone()) header += ",pue";
  return header;
}

/// Interval and flag, as far as the metric has such columns; empty fields where there is none.
std::string csv_uncertainty(const Selection& selection, const Column& column, const ExportRow& at) {
  std::string text;
  const std::size_t position = selection.position(at);
  if (!column.lower90.empty()) {
    for (const float bound : {column.lower90[position], column.upper90[position]}) {
      text += ',';
      if (!std::isnan(bound)) text += shortest(bound);
    }
  }
  if (column.out_of_range.empty()) return text;
  text += ',';
  if (!std::isnan(column.values[position])) text += selection.out_of_range(column, at) ? '1' : '0';
  return text;
}

std::string csv_line(const Table& table, const Selection& selection, const ExportRow& at) {
  std::string line =
      fmt::format("{},{},{},{},{},{}", space::to_text(table.hashes()[at.row]), at.cell.vertices(),
                  at.cell.edges(), space::adjacency_digits(at.cell), labels_text(at.cell, ';'),
                  table.trainable_parameters()[at.row]);
  if (selection.cells_alone()) return line;
  line += fmt::format(",{},{}", table.budgets()[at.budget], at.repeat + 1);
  const std::size_t position = selection.position(at);
  for (const Column* column : selection.columns()) {
    line += ',';
    if (!std::isnan(column->values[position])) line += shortest(column->values[position]);
  }
  for (const Column* column : selection.columns()) {
    line += ',';
    if (!std::isnan(column->values[position])) line += name(column->provenance[position]);
  }
  for (const Column* column : selection.columns())
    line += csv_uncertainty(selection, *column, at);
  if (table.metadata().pue) line += "," + shortest(*table.metadata().pue);
  return line;
}

void export_csv(const Table& table, const Selection& selection, const std::filesystem::path& path) {
  LineWriter writer(path);
  writer.write(csv_header(table, selection));
  selection.for_each([&](const ExportRow& at) { writer.write(csv_line(table, selection, at)); });
  writer.commit();
}

/// A JSON object, its keys in the order of the CSV's columns. Written by hand because a JSON
/// library would print a float as the double it converts to.
std::string json_line(const Table& table, const Selection& selection, const ExportRow& at) {
  std::vector<std::string> operations;
  for (unsigned vertex = 1; vertex + 1 < at.cell.vertices(); ++vertex) {
    operations.push_back(fmt::format("\"{}\"", space::name(at.cell.operation(vertex))));
  }
  std::string line = fmt::format(
      R"({{"hash":"{}","vertices":{},"edges":{},"adjacency":"{}","operations":[{}],"trainable_parameters":{})",
      space::to_text(table.hashes()[at.row]), at.cell.vertices(), at.cell.edges(),
      space::adjacency_digits(at.cell), fmt::join(operations, ","),
      table.trainable_parameters()[at.row]);
  if (selection.cells_alone()) return line + "}";
  line += fmt::format(R"(,"epochs":{},"repeat":{})", table.budgets()[at.budget], at.repeat + 1);
  for (const Column* column : selection.columns()) {
    const float value = column->values[selection.position(at)];
    if (std::isnan(value)) continue;
    const std::size_t position = selection.position(at);
    line += fmt::format(R"(,"{}":{{"value":{},"provenance":"{}")", column->info.name,
                        shortest(value), name(column->provenance[position]));
    if (!column->lower90.empty() && !std::isnan(column->lower90[position])) {
      line += fmt::format(R"(,"interval90":[{},{}])", shortest(column->lower90[position]),
                          shortest(column->upper90[position]));
    }
    if (selection.out_of_range(*column, at)) line += R"(,"out_of_range":true)";
    line += '}';
  }
  if (table.metadata().pue) line += fmt::format(R"(,"pue":{})", shortest(*table.metadata().pue));
  return line + "}";
}

void export_jsonl(const Table& table, const Selection& selection,
                  const std::filesystem::path& path) {
  LineWriter writer(path);
  selection.for_each([&](const ExportRow& at) { writer.write(json_line(table, selection, at)); });
  writer.commit();
}

}  // namespace

std::string_view name(ExportFormat format) {
  return kFormatNames[static_cast<std::size_t>(format)];
}

std::optional<ExportFormat> parse_export_format(std::string_view text) {
  const auto found = std::ranges::find(kFormatNames, text);
  if (found == kFormatNames.end()) return std::nullopt;
  return static_cast<ExportFormat>(found - kFormatNames.begin());
}

namespace {

/// The noise models of what a subset keeps.
std::map<std::string, NoiseModel> noise_of(const Table& table, const Selection& selection,
                                           const Subset& subset) {
  std::map<std::string, NoiseModel> noise;
  for (const Column* column : selection.columns()) {
    const auto found = table.metadata().noise.find(column->info.name);
    if (found == table.metadata().noise.end()) continue;
    NoiseModel model = found->second;
    std::erase_if(model.standard_deviation, [&](const auto& item) {
      return !subset.epochs.empty() &&
             std::ranges::find(subset.epochs, item.first) == subset.epochs.end();
    });
    if (!model.standard_deviation.empty()) noise.emplace(found->first, std::move(model));
  }
  return noise;
}

}  // namespace

Table subset_of(const Table& table, const Subset& subset) {
  const Selection selection(table, subset);
  Metadata metadata = table.metadata();
  metadata.reference_point.clear();  // of the whole; the builder finds the subset's
  metadata.noise = noise_of(table, selection, subset);
  TableBuilder builder(std::move(metadata));
  selection.for_each([&](const ExportRow& at) {
    builder.add_cell(at.cell);
    const std::size_t position = selection.position(at);
    for (const Column* column : selection.columns()) {
      if (std::isnan(column->values[position])) continue;
      const std::int32_t epochs = table.budgets()[at.budget];
      builder.add(at.cell, epochs, at.repeat + 1, column->info.name, column->values[position],
                  column->provenance[position], table.name());
      if (!column->lower90.empty() && !std::isnan(column->lower90[position])) {
        builder.add_interval(at.cell, epochs, at.repeat + 1, column->info.name,
                             column->lower90[position], column->upper90[position], table.name());
      }
      if (selection.out_of_range(*column, at)) {
        builder.mark_out_of_range(at.cell, column->info.name);
      }
    }
  });
  return builder.build(table.name());
}

std::vector<std::string> export_table(const Table& table, ExportFormat format, const Subset& subset,
                                      const std::filesystem::path& path) {
  if (format == ExportFormat::table) {
    write_table(subset_of(table, subset), path);
    return {};
  }
  const Selection selection(table, subset);
  switch (format) {
    case ExportFormat::ecnas_tfrecord:
      return tfrecord::export_records(table, selection, tfrecord::MessageKind::energy, path);
    case ExportFormat::nasbench101_tfrecord:
      return tfrecord::export_records(table, selection, tfrecord::MessageKind::nasbench101, path);
    case ExportFormat::jsonl:
      export_jsonl(table, selection, path);
      break;
    default:
      export_csv(table, selection, path);
  }
  return {};
}

}  // namespace ecnas::table
