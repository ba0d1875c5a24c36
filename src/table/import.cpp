#include "ecnas/table/import.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <set>
#include <utility>

#include "ecnas/core/error.hpp"
#include "ecnas/core/file.hpp"
#include "ecnas/core/text.hpp"
#include "table/archive.hpp"
#include "table/import_csv.hpp"
#include "table/import_results.hpp"
#include "table/import_source.hpp"

namespace ecnas::table {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 3> kFormatNames = {"csv", "results", "table"};
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

bool looks_like_json(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '{';
}

/// Reads one source into the builder.
class SourceImporter {
 public:
  SourceImporter(const ImportOptions& options, TableBuilder& builder, ImportSummary& summary)
      : options_(options), builder_(builder), summary_(summary) {}

  SourceFacts import(const fs::path& path) {
    std::error_code ignored;
    if (fs::is_directory(path, ignored)) {
      expect(path, ImportFormat::results);
      return import_results_folder(path, options_, builder_, summary_);
    }
    const SourceBytes bytes(path);
    if (bytes.get().empty()) {
      fail(ErrorCode::invalid_data, "{}: empty; expected a table, a CSV or results", path.string());
    }
    if (is_table(bytes.get())) {
      expect(path, ImportFormat::table);
      return import_table(path, bytes.get());
    }
    return import_foreign(path, bytes.get());
  }

 private:
  [[nodiscard]] bool is_table(std::span<const std::byte> bytes) const {
    if (options_.format) return *options_.format == ImportFormat::table;
    return looks_like_table(bytes);
  }

  /// Notes the format that the content has. @throws Error{invalid_data} if another was asked for
  void expect(const fs::path& path, ImportFormat found) {
    if (options_.format && *options_.format != found) {
      fail(ErrorCode::invalid_data, "{}: its content is of format '{}', not '{}'", path.string(),
           name(found), name(*options_.format));
    }
    summary_.format = found;
  }

  SourceFacts import_foreign(const fs::path& path, std::span<const std::byte> bytes) {
    ArchiveReader archive(bytes, path.string());
    if (!archive.next()) {
      fail(ErrorCode::invalid_data, "{}: an archive without files; nothing to import",
           path.string());
    }
    if (!archive.is_plain()) {
      expect(path, ImportFormat::results);
      return import_results_archive(std::move(archive), path.string(), options_, builder_,
                                    summary_);
    }
    const std::string text = archive.read(kMaxCsvBytes);
    if (looks_like_json(text)) {
      expect(path, ImportFormat::results);
      return import_results_file(text, path, options_, builder_, summary_);
    }
    expect(path, ImportFormat::csv);
    return import_csv(text, path.string(), options_, builder_, summary_);
  }

  SourceFacts import_table(const fs::path& path, std::span<const std::byte> bytes) {
    const Table table =
        Table::from_bytes(std::vector<std::byte>(bytes.begin(), bytes.end()), path.string());
    table.verify();
    const Metadata& metadata = table.metadata();
    if (options_.pue && metadata.pue && *options_.pue != *metadata.pue) {
      fail(ErrorCode::invalid_argument,
           "{}: states a PUE of {}, the option {}; leave the option out, and convert when querying",
           path.string(), shortest(*metadata.pue), shortest(*options_.pue));
    }
    summary_.rows += table.cells();
    for (Row row = 0; row < table.cells(); ++row)
      add_row(table, row);
    const bool energies = std::ranges::any_of(table.columns(), [](const Column& column) {
      return column.info.kind == MetricKind::energy || column.info.kind == MetricKind::co2eq;
    });
    return {.name = path.string(),
            .has_energies = energies,
            .pue = metadata.pue ? metadata.pue : options_.pue,
            .carbon_intensity_g_per_kwh = metadata.carbon_intensity_g_per_kwh,
            .devices = metadata.devices,
            .data_set = metadata.data_set,
            .source = metadata.source,
            .citation = metadata.citation,
            .skeleton = metadata.skeleton};
  }

  void add_row(const Table& table, Row row) {
    const space::Cell cell = table.cell(row);
    builder_.add_cell(cell);
    const std::size_t row_size = table.budgets().size() * table.repeats();
    for (const Column& column : table.columns()) {
      for (std::size_t i = 0; i < row_size; ++i) {
        const float value = column.values[row * row_size + i];
        if (std::isnan(value)) continue;
        const bool is_new = builder_.add(cell, table.budgets()[i / table.repeats()],
                                         i % table.repeats() + 1, column.info.name, value,
                                         column.provenance[row * row_size + i], table.name());
        ++(is_new ? summary_.values : summary_.duplicates);
      }
    }
  }

  const ImportOptions& options_;
  TableBuilder& builder_;
  ImportSummary& summary_;
};

/// Brings together what the sources say of themselves.
class Agreement {
 public:
  void add(const SourceFacts& facts) {
    agree_on_pue(facts);
    if (!first_) {
      metadata_.skeleton = facts.skeleton;
      metadata_.data_set = facts.data_set;
      first_ = facts.name;
    }
    if (facts.skeleton != metadata_.skeleton) {
      fail(ErrorCode::invalid_argument, "{}: of another network skeleton than {}; keep them apart",
           facts.name, *first_);
    }
    if (metadata_.data_set.empty()) metadata_.data_set = facts.data_set;
    if (!facts.data_set.empty() && facts.data_set != metadata_.data_set) {
      fail(ErrorCode::invalid_argument, "{}: of data set {}, {} of {}; keep them apart", facts.name,
           ecnas::quoted(facts.data_set), *first_, ecnas::quoted(metadata_.data_set));
    }
    devices_.insert(facts.devices.begin(), facts.devices.end());
    const std::string file_name = (fs::path(facts.name) / "").parent_path().filename().string();
    append(metadata_.source, facts.source.empty() ? file_name : facts.source);
    append(metadata_.citation, facts.citation);
    if (facts.has_energies) intensities_.push_back(facts.carbon_intensity_g_per_kwh);
  }

  [[nodiscard]] Metadata result() const {
    Metadata metadata = metadata_;
    metadata.devices.assign(devices_.begin(), devices_.end());
    const bool one =
        !intensities_.empty() && std::ranges::all_of(intensities_, [&](const auto& intensity) {
          return intensity == intensities_.front();
        });
    if (one) metadata.carbon_intensity_g_per_kwh = intensities_.front();
    return metadata;
  }

 private:
  void agree_on_pue(const SourceFacts& facts) {
    if (!facts.has_energies) return;
    if (pue_from_.empty()) {
      pue_from_ = facts.name;
      metadata_.pue = facts.pue;
    } else if (facts.pue != metadata_.pue) {
      const auto said = [](const std::optional<double>& pue) {
        return pue ? shortest(*pue) : std::string("an unknown number");
      };
      fail(ErrorCode::invalid_argument,
           "{}: its energies include a PUE of {}, those of {} {}; import them into two tables",
           facts.name, said(facts.pue), pue_from_, said(metadata_.pue));
    }
  }

  /// Texts of several sources, each once.
  static void append(std::string& text, const std::string& part) {
    if (part.empty() || text.find(part) != std::string::npos) return;
    text += (text.empty() ? "" : "; ") + part;
  }

  Metadata metadata_;
  std::optional<std::string> first_;
  std::string pue_from_;
  std::set<std::string> devices_;
  std::vector<std::optional<double>> intensities_;
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
  TableBuilder builder{Metadata{}};
  ImportSummary summary{};
  SourceImporter importer(options, builder, summary);
  Agreement agreement;
  for (const fs::path& source : sources)
    agreement.add(importer.import(source));
  builder.metadata() = agreement.result();
  return {builder.build(sources.front().filename().string()), std::move(summary)};
}

}  // namespace ecnas::table
