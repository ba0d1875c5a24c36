#include "ecnas/table/measurements.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>

#include "ecnas/core/csv.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/space/space.hpp"

namespace ecnas::table {
namespace {

constexpr std::string_view kProvenance = "_provenance";
constexpr std::array<EnergyUnit, 3> kUnits = {EnergyUnit::kwh, EnergyUnit::wh, EnergyUnit::j};

std::optional<EnergyUnit> unit_in(std::string_view column) {
  for (const EnergyUnit unit : kUnits) {
    if (column.ends_with(fmt::format("_{}", name(unit)))) return unit;
  }
  return std::nullopt;
}

class Parser {
 public:
  Parser(std::string_view text, std::string_view name, std::string_view wanted)
      : reader_(text, name), wanted_(wanted) {
    file_.name = name;
  }

  MeasurementFile parse() {
    if (!next()) fail(ErrorCode::invalid_data, "{}: empty; expected a CSV", file_.name);
    read_header();
    while (next())
      read_row();
    if (file_.cells.empty())
      fail(ErrorCode::invalid_data, "{}: a header without rows; nothing was measured", file_.name);
    return std::move(file_);
  }

 private:
  template <typename... Args>
  [[noreturn]] void wrong(fmt::format_string<Args...> format, Args&&... args) const {
    fail(ErrorCode::invalid_data, "{}:{}: {}", file_.name, reader_.line(),
         fmt::format(format, std::forward<Args>(args)...));
  }
  [[noreturn]] void wrong_field(std::string_view column, std::string_view field,
                                std::string_view expected) const {
    wrong("column {} is {}; expected {}", ecnas::quoted(column), ecnas::quoted(field), expected);
  }

  bool next() {
    const bool there = reader_.next();
    fields_ = reader_.fields();
    return there;
  }

  void read_header() {
    for (const std::string_view field : fields_) {
      if (!position_.emplace(field, position_.size()).second)
        wrong("column {} occurs twice", ecnas::quoted(field));
    }
    if (!has("hash") && !(has("adjacency") && has("ops")))
      wrong("no column 'hash', nor 'adjacency' and 'ops'; expected one or both");
    if (!wanted_.empty() && !has(wanted_)) {
      fail(ErrorCode::not_found, "{}: there is no column {}", file_.name, ecnas::quoted(wanted_));
    }
    for (const std::string_view field : fields_) {
      const auto unit = unit_in(field);
      if (unit || field == "energy" || (!wanted_.empty() && field == wanted_))
        file_.columns.push_back({std::string(field), unit, {}});
    }
    if (file_.columns.empty())
      wrong("no column of energies; expected one whose name ends in _kwh, _wh or _j");
  }

  [[nodiscard]] bool has(std::string_view column) const { return position_.contains(column); }
  [[nodiscard]] std::string_view field(std::string_view column) const {
    return fields_[position_.find(column)->second];
  }

  void read_row() {
    if (fields_.size() != position_.size())
      wrong("{} fields; expected {} as in the header", fields_.size(), position_.size());
    file_.lines.push_back(reader_.line());
    file_.cells.push_back(read_cell());
    const std::int64_t most = std::numeric_limits<std::int32_t>::max();
    if (has("epochs"))
      file_.epochs.push_back(static_cast<std::int32_t>(read_count("epochs", most)));
    file_.repeats.push_back(has("repeat") ? read_count("repeat", most) : 1);
    if (has("pue")) read_pue();
    for (EnergyColumn& column : file_.columns)
      column.values.push_back(read_energy(column.name));
  }

  space::Cell read_cell() const {
    const space::Space& space = space::Space::shared();
    std::optional<space::Rank> rank;
    if (has("adjacency") && has("ops")) {
      const std::string text = fmt::format("{}:{}", field("adjacency"), field("ops"));
      try {
        rank = space.rank(space::parse_cell(text));
      } catch (const Error& error) {
        wrong("{}", error.what());
      }
    }
    if (!has("hash")) return space.cell(*rank);
    const auto hash = space::parse_hash(field("hash"));
    if (!hash) wrong_field("hash", field("hash"), "32 hexadecimal digits");
    if (rank) {
      if (space.hashes()[*rank] != *hash) {
        wrong_field("hash", field("hash"),
                    fmt::format("'{}', the graph's", space::to_text(space.hashes()[*rank])));
      }
      return space.cell(*rank);
    }
    rank = space.rank(*hash);
    if (!rank) wrong_field("hash", field("hash"), "that of a cell of the space");
    return space.cell(*rank);
  }

  std::int64_t read_count(std::string_view column, std::int64_t most) const {
    const auto value = parse_integer(field(column));
    if (!value || *value < 1 || *value > most)
      wrong_field(column, field(column), "a whole number from 1");
    return *value;
  }

  void read_pue() {
    const auto value = parse_real(field("pue"));
    if (!value || !(*value >= 1) || !std::isfinite(*value))
      wrong_field("pue", field("pue"), "a number from 1");
    if (file_.pue && *file_.pue != *value)
      wrong_field("pue", field("pue"), fmt::format("{}, as in the rows before", *file_.pue));
    file_.pue = *value;
  }

  /// NaN where nothing was measured.
  double read_energy(const std::string& column) const {
    constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();
    const std::string_view text = trimmed(field(column));
    if (text.empty()) return kNothing;
    const auto value = parse_real(text);
    if (!value || !(*value > 0) || !std::isfinite(*value))
      wrong_field(column, text, "a positive number");
    const std::string provenance = column + std::string(kProvenance);
    if (has(provenance) && field(provenance) != "measured") return kNothing;
    return *value;
  }

  CsvReader reader_;
  std::string_view wanted_;
  std::span<const std::string_view> fields_;
  std::map<std::string, std::size_t, std::less<>> position_;
  MeasurementFile file_;
};

/// What is known of a cell so far.
struct Readings {
  std::size_t index;                                            // into the result
  std::map<std::int64_t, std::pair<double, std::size_t>> seen;  // by repeat: value, line
};

double geometric_mean(const Readings& readings) {
  if (readings.seen.size() == 1) return readings.seen.begin()->second.first;
  double sum = 0;
  for (const auto& [repeat, reading] : readings.seen)
    sum += std::log(reading.first);
  return std::exp(sum / static_cast<double>(readings.seen.size()));
}

EnergyUnit chosen_unit(const MeasurementFile& file, const EnergyColumn& column,
                       std::optional<EnergyUnit> unit) {
  if (!unit) unit = column.unit;
  if (unit) return *unit;
  fail(ErrorCode::invalid_argument,
       "{}: the name of column {} does not end in a unit; say which with --unit", file.name,
       ecnas::quoted(column.name));
}

}  // namespace

std::string_view name(EnergyUnit unit) {
  switch (unit) {
    case EnergyUnit::kwh:
      return "kwh";
    case EnergyUnit::wh:
      return "wh";
    case EnergyUnit::j:
      return "j";
  }
  return {};
}

std::optional<EnergyUnit> parse_energy_unit(std::string_view text) {
  for (const EnergyUnit unit : kUnits) {
    if (text == name(unit)) return unit;
  }
  return std::nullopt;
}

double kwh_per(EnergyUnit unit) {
  switch (unit) {
    case EnergyUnit::kwh:
      return 1;
    case EnergyUnit::wh:
      return 1e-3;
    case EnergyUnit::j:
      return 1 / 3.6e6;
  }
  return 0;
}

MeasurementFile read_measurements(std::string_view text, std::string_view name,
                                  std::string_view wanted) {
  return Parser(text, name, wanted).parse();
}

Measurements measurements(const MeasurementFile& file, const EnergyColumn& column,
                          std::optional<EnergyUnit> unit, std::int32_t epochs) {
  const double factor = kwh_per(chosen_unit(file, column, unit));
  Measurements result;
  std::map<space::Cell, Readings> by_cell;
  for (std::size_t row = 0; row < file.cells.size(); ++row) {
    const double value = column.values[row];
    if (std::isnan(value) || (!file.epochs.empty() && file.epochs[row] != epochs)) continue;
    const auto [found, is_new] = by_cell.try_emplace(file.cells[row], Readings{by_cell.size(), {}});
    if (is_new) {
      result.cells.push_back(file.cells[row]);
      result.lines.push_back(file.lines[row]);
    }
    const auto [same, added] =
        found->second.seen.try_emplace(file.repeats[row], value, file.lines[row]);
    if (!added && same->second.first != value) {
      fail(ErrorCode::invalid_data,
           "{}:{}: column {} is {} where line {} has {} for the same cell; expected one value a "
           "cell, or a column 'repeat'",
           file.name, file.lines[row], ecnas::quoted(column.name), shortest(value),
           same->second.second, shortest(same->second.first));
    }
  }
  result.energies_kwh.resize(result.cells.size());
  for (const auto& [cell, readings] : by_cell) {
    result.energies_kwh[readings.index] = factor * geometric_mean(readings);
  }
  if (result.cells.size() < kFewestMeasured) {
    fail(ErrorCode::invalid_data, "{}: column {} has {} cells at {} epochs; expected {} at least",
         file.name, ecnas::quoted(column.name), result.cells.size(), epochs, kFewestMeasured);
  }
  return result;
}

}  // namespace ecnas::table
