#pragma once
/// table: tabular benchmarks in files: the safetensors format (docs/formats/table.md), importers,
/// exporters, queries and the ledger of what a search has spent. Start here.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ecnas/space/cell.hpp"
#include "ecnas/space/hash.hpp"
#include "ecnas/space/skeleton.hpp"
#include "ecnas/table/metric.hpp"
#include "ecnas/table/noise.hpp"

namespace ecnas::table {

/// Index of a cell in a table: rows are sorted by hash.
using Row = std::uint32_t;

/// What a table says of itself. Everything optional may be unknown, and is then absent.
struct Metadata {
  std::optional<double> pue;  ///< included in every energy and co2eq; ≥ 1
  std::optional<double> carbon_intensity_g_per_kwh;
  std::vector<std::string> devices;  ///< what it was measured on
  std::string data_set;              ///< "CIFAR-10"
  std::string source;                ///< where the values come from, one line
  std::string citation;
  /// The weakest way in which energies became known: `counter`, `integrated` or `modelled`
  /// (docs/formats/track.md).
  std::optional<std::string> energy_quality;
  space::Skeleton skeleton;
  std::map<std::string, double> reference_point;  ///< objective name → default reference
  std::map<std::string, NoiseModel> noise;        ///< metric name → how trainings scatter
};

/// Which of the repeats a query returns: their mean, or one (from 1).
class Repeat {
 public:
  [[nodiscard]] static Repeat mean() { return Repeat(0); }
  /// @pre number ≥ 1
  [[nodiscard]] static Repeat number(std::size_t number) { return Repeat(number); }
  [[nodiscard]] bool is_mean() const { return number_ == 0; }
  [[nodiscard]] std::size_t index() const { return number_ - 1; }

 private:
  explicit Repeat(std::size_t number) : number_(number) {}
  std::size_t number_;
};

/// What to read energies and emissions at. Absent fields leave values as stored.
struct Conversion {
  std::optional<double> pue;                         ///< energy × pue / table's pue; co2eq too
  std::optional<double> carbon_intensity_g_per_kwh;  ///< co2eq = converted energy × this
};

/// One metric of a table: a view over its tensors.
struct Column {
  MetricInfo info;
  std::span<const float> values;               ///< (N, B, R); NaN: not there
  std::span<const Provenance> provenance;      ///< (N, B, R)
  std::span<const float> lower90;              ///< (N, B, R), or empty; NaN: no interval known
  std::span<const float> upper90;              ///< likewise
  std::span<const std::uint8_t> out_of_range;  ///< (N), or empty; see `Entry::out_of_range`
};

/// Holds what a training would give with a probability of 90 %; in the value's unit.
struct Interval {
  double lower;
  double upper;
  friend bool operator==(const Interval&, const Interval&) = default;
};

class Table;

/// One cell at one budget: a view into its table.
class Entry {
 public:
  /// Tables make entries, in place.
  class Maker {
    friend class Table;
    Maker() = default;
  };
  Entry(Maker /*maker*/, const Table& table, Row row, std::size_t budget, Repeat repeat,
        const Conversion& conversion, std::optional<std::uint64_t> noise_seed)
      : table_(&table),
        row_(row),
        budget_(budget),
        repeat_(repeat),
        conversion_(conversion),
        noise_seed_(noise_seed) {}

  [[nodiscard]] Row row() const { return row_; }
  [[nodiscard]] std::int32_t epochs() const;

  /// The metric's value by the query's repeat choice: a mean is over the repeats that are there.
  /// Absent if the table lacks the metric or this entry the value. With a noise seed it is what a
  /// new training would give: drawn around that mean, the same whenever seed, cell, epochs and
  /// metric are. Draws of different metrics are independent.
  /// @throws Error{invalid_argument} when a conversion needs a PUE that the table does not state;
  /// Error{not_found} for a draw where the table has no noise model of the metric at these epochs.
  [[nodiscard]] std::optional<double> value(std::string_view metric_name) const;
  [[nodiscard]] std::optional<double> value(const Column& column) const;

  /// The interval around the value, converted as the value is, never drawn. Absent if the table
  /// knows none, or the value is a mean of several repeats. @throws as `value`, save not_found
  [[nodiscard]] std::optional<Interval> interval(const Column& column) const;

  /// Whether the value is of a model that had seen nothing like this cell; never for a measured
  /// one. @throws as `provenance`
  [[nodiscard]] bool out_of_range(const Column& column) const;

  /// Of the value: the weakest (largest) provenance among what was averaged; `absent` if nothing is
  /// there. @throws Error{invalid_data} if the file holds no provenance there
  [[nodiscard]] Provenance provenance(const Column& column) const;

  /// Stored values of every repeat, unconverted; (R), NaN: not there.
  [[nodiscard]] std::span<const float> repeats(const Column& column) const;

 private:
  [[nodiscard]] std::span<const float> chosen(std::span<const float> tensor) const;
  [[nodiscard]] double converted(double stored, const Column& column) const;
  [[nodiscard]] bool needs_energy(const Column& column) const;
  [[nodiscard]] double drawn(double expected, const Column& column) const;

  const Table* table_;
  Row row_;
  std::size_t budget_;
  Repeat repeat_;
  Conversion conversion_;
  std::optional<std::uint64_t> noise_seed_;
};

/// A tabular benchmark, mapped into memory and never copied. Move-only; its views live as long as
/// it does; const access is thread safe.
///
/// A table may hold cells alone: it then has no budgets, no repeats and no metrics.
class Table {
 public:
  /// Maps a file and checks everything that following its offsets relies on: sizes, dtypes, shapes,
  /// order of hashes, budgets, and the header's checksum. The data's checksum is checked up to
  /// 4 MiB; beyond, and the cells, by `verify` (cells also when they are first looked up).
  /// @throws Error{not_found}, Error{io_failure}, Error{invalid_data}
  /// @complexity a few milliseconds for 423,624 × 4 × 3
  [[nodiscard]] static Table open(const std::filesystem::path& path);
  /// @param name  stands in messages for the file's
  [[nodiscard]] static Table open(const std::filesystem::path& path, std::string name);

  /// The same over bytes in memory. `name` stands in messages for the file's.
  [[nodiscard]] static Table from_bytes(std::vector<std::byte> bytes, std::string name);

  Table(Table&&) noexcept;
  Table& operator=(Table&&) noexcept;
  ~Table();

  [[nodiscard]] const std::string& name() const;
  [[nodiscard]] std::size_t cells() const { return hashes().size(); }
  [[nodiscard]] std::span<const std::int32_t> budgets() const;  ///< epochs, ascending
  [[nodiscard]] std::size_t repeats() const;                    ///< slots; some may be empty
  [[nodiscard]] const Metadata& metadata() const;
  [[nodiscard]] std::span<const std::byte> bytes() const;  ///< the whole file

  [[nodiscard]] std::span<const space::Hash> hashes() const;  ///< ascending
  [[nodiscard]] std::span<const std::int64_t> trainable_parameters() const;
  /// @throws Error{invalid_data} if the row's graph is no cell. @pre row < cells()
  [[nodiscard]] space::Cell cell(Row row) const;

  [[nodiscard]] std::span<const Column> columns() const;
  [[nodiscard]] const Column* column(std::string_view metric_name) const;  ///< null: not there
  [[nodiscard]] std::optional<std::size_t> budget_index(std::int32_t epochs) const;

  /// By hash: interpolation search, no index. By cell (any labelling): by rank through an index
  /// that the first call builds (about 60 ms for 423,624 rows). By prefix of the hash's text, rows
  /// ascending.
  /// @throws Error{invalid_data} (by cell) if a row's graph is no cell; Error{invalid_argument} (by
  /// prefix) unless 1 … 32 hexadecimal digits. @{
  [[nodiscard]] std::optional<Row> find(const space::Hash& hash) const;
  [[nodiscard]] std::optional<Row> find(const space::Cell& cell) const;
  [[nodiscard]] std::vector<Row> find_prefix(std::string_view digits) const;
  /// @}

  /// Whether any metric has a value there; a table without metrics has no budgets, so no entries.
  /// @pre row < cells(), budget < budgets().size()
  [[nodiscard]] bool has_entry(Row row, std::size_t budget) const;

  /// @return absent if the cell, the budget or every value of the entry is not there.
  /// With one repeat chosen, its values are those that count.
  /// @param noise_seed  values are then drawn as new trainings would give them (`Entry::value`)
  /// @throws Error{invalid_argument} if the repeat's number exceeds `repeats()`, for a conversion
  /// to a PUE below 1 or a negative carbon intensity, or for a noise seed beside one chosen repeat,
  /// which has its own noise.
  [[nodiscard]] std::optional<Entry> query(
      const space::Cell& cell, std::int32_t epochs, Repeat repeat = Repeat::mean(),
      const Conversion& conversion = {},
      std::optional<std::uint64_t> noise_seed = std::nullopt) const;
  [[nodiscard]] std::optional<Entry> query(
      Row row, std::size_t budget, Repeat repeat = Repeat::mean(),
      const Conversion& conversion = {},
      std::optional<std::uint64_t> noise_seed = std::nullopt) const;

  /// Mean values of one metric for many cells, unconverted; NaN where absent.
  /// @pre cells.size() == values.size(), budget < budgets().size(), `column` is this table's
  /// @param cells (n), any labellings  @param values (n), written
  /// @complexity prefetched; tens of nanoseconds a cell
  void query_batch(std::span<const space::Cell> cells, std::size_t budget, const Column& column,
                   std::span<float> values) const;

  /// Checks the checksum, every cell, hash and parameter count, every value's range, provenance and
  /// interval, every out-of-range flag.
  /// @throws Error{invalid_data} naming the first row that is wrong.
  void verify() const;

 private:
  struct Impl;
  explicit Table(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace ecnas::table
