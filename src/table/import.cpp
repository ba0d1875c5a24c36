#include "ecnas/table/import.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <utility>

#include "ecnas/core/error.hpp"
#include "ecnas/core/file.hpp"
#include "ecnas/core/text.hpp"
#include "table/archive.hpp"
#include "table/import_context.hpp"
#include "table/import_csv.hpp"
#include "table/import_results.hpp"
#include "table/join.hpp"
#include "table/tfrecord/framing.hpp"
#include "table/tfrecord/import.hpp"

namespace ecnas::table {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 4> kFormatNames = {"csv", "results", "table", "tfrecord"};
constexpr std::size_t kMaxCsvBytes = std::size_t{4} << 30;

/// The bytes of a source: mapped, or read where it is a pipe.
class SourceBytes {
 public:
  explicit SourceBytes(const fs::path& path) {
    std::error_code ignored;
    if (fs::exists(path, ignored) && !fs::is_regular_file(path, ignored)) {
      content_ = read_file(path);
    } else {
      file_ = MappedFile::open(path);
    }
  }
  [[nodiscard]] std::span<const std::byte> get() const {
    return content_.empty() ? file_.bytes() : std::as_bytes(std::span(content_));
  }
  [[nodiscard]] bool mapped() const { return content_.empty(); }

 private:
  MappedFile file_;
  std::string content_;
};

/// A length that a header may have, then a JSON object: a safetensors file.
bool looks_like_table(std::span<const std::byte> bytes) {
  constexpr std::size_t kLengthBytes = 8;
  return bytes.size() > kLengthBytes && bytes[kLengthBytes] == std::byte{'{'} &&
         bytes[kLengthBytes - 1] == std::byte{0};
}

/// What Git leaves in place of a large file that was not fetched.
void refuse_pointer(std::span<const std::byte> bytes, const fs::path& path) {
  constexpr std::string_view kBegin = "version https://git-lfs";
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (!text.starts_with(kBegin)) return;
  fail(ErrorCode::invalid_data,
       "{}: a Git LFS pointer of {} bytes, not the file it points to; get that by 'git lfs pull' "
       "or 'ecnas fetch'",
       path.string(), bytes.size());
}

bool looks_like_json(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '{';
}

/// Reads one source into the builder.
class SourceImporter {
 public:
  explicit SourceImporter(ImportContext& context) : context_(context) {}

  void import(const fs::path& path) {
    std::error_code ignored;
    if (fs::is_directory(path, ignored)) {
      expect(path, ImportFormat::results);
      import_results_folder(path, context_);
      return;
    }
    const SourceBytes bytes(path);
    if (bytes.get().empty()) {
      fail(ErrorCode::invalid_data, "{}: empty; expected a table, a CSV, TFRecords or results",
           path.string());
    }
    refuse_pointer(bytes.get(), path);
    if (are_records(bytes.get())) {  // first: by a checksum, which a table has by no chance
      expect(path, ImportFormat::tfrecord);
      tfrecord::import_records(bytes.get(), bytes.mapped(), path.string(), context_);
    } else if (is_table(bytes.get())) {
      expect(path, ImportFormat::table);
      import_table(path, bytes.get());
    } else {
      import_foreign(path, bytes.get());
    }
  }

 private:
  [[nodiscard]] bool is_table(std::span<const std::byte> bytes) const {
    if (context_.options.format) return *context_.options.format == ImportFormat::table;
    return looks_like_table(bytes);
  }

  [[nodiscard]] bool are_records(std::span<const std::byte> bytes) const {
    if (context_.options.format) return *context_.options.format == ImportFormat::tfrecord;
    return tfrecord::looks_like_records(bytes);
  }

  /// Notes the format that the content has. @throws Error{invalid_data} if another was asked for
  void expect(const fs::path& path, ImportFormat found) {
    if (context_.options.format && *context_.options.format != found) {
      fail(ErrorCode::invalid_data, "{}: its content is of format '{}', not '{}'", path.string(),
           name(found), name(*context_.options.format));
    }
    context_.summary.format = found;
  }

  void import_foreign(const fs::path& path, std::span<const std::byte> bytes) {
    ArchiveReader archive(bytes, path.string());
    if (!archive.next()) {
      fail(ErrorCode::invalid_data, "{}: an archive without files; nothing to import",
           path.string());
    }
    if (!archive.is_plain()) {
      expect(path, ImportFormat::results);
      import_results_archive(std::move(archive), path.string(), context_);
      return;
    }
    const std::string text = archive.read(kMaxCsvBytes);
    if (looks_like_json(text)) {
      expect(path, ImportFormat::results);
      import_results_file(text, path, context_);
    } else {
      expect(path, ImportFormat::csv);
      import_csv(text, path.string(), context_);
    }
  }

  void import_table(const fs::path& path, std::span<const std::byte> bytes) {
    const Table table =
        Table::from_bytes(std::vector<std::byte>(bytes.begin(), bytes.end()), path.string());
    table.verify();
    const Metadata& metadata = table.metadata();
    if (context_.options.pue && metadata.pue && *context_.options.pue != *metadata.pue) {
      fail(ErrorCode::invalid_argument,
           "{}: states a PUE of {}, the option {}; leave the option out, and convert when querying",
           path.string(), shortest(*metadata.pue), shortest(*context_.options.pue));
    }
    const bool energies = std::ranges::any_of(table.columns(), [](const Column& column) {
      return column.info.kind == MetricKind::energy || column.info.kind == MetricKind::co2eq;
    });
    context_.agreement.add({.name = path.string(),
                            .has_energies = energies,
                            .pue = metadata.pue ? metadata.pue : context_.options.pue,
                            .carbon_intensity_g_per_kwh = metadata.carbon_intensity_g_per_kwh,
                            .devices = metadata.devices,
                            .data_set = metadata.data_set,
                            .source = metadata.source,
                            .citation = metadata.citation,
                            .energy_quality = metadata.energy_quality,
                            .skeleton = metadata.skeleton,
                            .noise = metadata.noise});
    context_.summary.rows += table.cells();
    for (Row row = 0; row < table.cells(); ++row)
      add_row(table, row);
  }

  void add_row(const Table& table, Row row) {
    const space::Cell cell = table.cell(row);
    context_.builder.add_cell(cell);
    const std::size_t row_size = table.budgets().size() * table.repeats();
    for (const Column& column : table.columns()) {
      const std::string& metric = column.info.name;
      for (std::size_t i = 0; i < row_size; ++i) {
        const std::size_t place = row * row_size + i;
        if (std::isnan(column.values[place])) continue;
        const std::int32_t epochs = table.budgets()[i / table.repeats()];
        const std::size_t repeat = i % table.repeats() + 1;
        context_.store(cell, epochs, repeat, metric, column.values[place], column.provenance[place],
                       table.name());
        if (column.lower90.empty()) continue;
        context_.store_interval(cell, epochs, repeat, metric, column.lower90[place],
                                column.upper90[place], table.name());
      }
      if (!column.out_of_range.empty() && column.out_of_range[row] != 0) {
        context_.builder.mark_out_of_range(cell, metric);
      }
    }
  }

  ImportContext& context_;
};

}  // namespace

std::string_view name(ImportFormat format) {
  return kFormatNames[static_cast<std::size_t>(format)];
}

std::optional<ImportFormat> parse_import_format(std::string_view text) {
  const auto found = std::ranges::find(kFormatNames, text);
  if (found == kFormatNames.end()) return std::nullopt;
  return static_cast<ImportFormat>(found - kFormatNames.begin());
}

namespace {

Imported import_sources(std::span<const fs::path> sources, const ImportOptions& options) {
  TableBuilder builder{Metadata{}};
  ImportSummary summary{};
  Agreement agreement;
  ImportContext context{options, agreement, builder, summary};
  for (const fs::path& source : sources)
    SourceImporter(context).import(source);
  builder.metadata() = agreement.metadata();
  return {builder.build(sources.front().filename().string()), std::move(summary)};
}

}  // namespace

Imported import_tables(std::span<const fs::path> sources, const ImportOptions& options) {
  if (sources.empty()) {
    fail(ErrorCode::invalid_argument, "import: no source; name a CSV, results or a table");
  }
  if (options.pue && !(std::isfinite(*options.pue) && *options.pue >= 1)) {
    fail(ErrorCode::invalid_argument, "PUE {}: expected a number from 1", *options.pue);
  }
  if (options.provenance == Provenance::absent) {
    fail(ErrorCode::invalid_argument,
         "provenance 'absent': expected measured, scaled or predicted");
  }
  Imported imported = import_sources(sources, options);
  if (options.join.empty()) return imported;
  const Imported joined = import_sources(options.join, options);
  return join_accuracies(std::move(imported), joined);
}

}  // namespace ecnas::table
