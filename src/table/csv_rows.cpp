#include "table/csv_rows.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>
#include <utility>

#include "ecnas/core/csv.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "table/layout.hpp"

namespace ecnas::table {
namespace {

constexpr std::int32_t kDefaultEpochs = 4;
constexpr double kAbsent = std::numeric_limits<double>::quiet_NaN();

/// What a column holds.
enum class Role {
  hash,
  vertices,
  edges,
  adjacency,
  ops,
  trainable_parameters,
  epochs,
  repeat,
  pue,
  metric,
  provenance,
  lower90,
  upper90,
  out_of_range,
};

/// What may follow a metric's name.
constexpr std::array<std::pair<std::string_view, Role>, 4> kSuffixRoles = {
    {{kProvenanceSuffix, Role::provenance},
     {kLowerSuffix, Role::lower90},
     {kUpperSuffix, Role::upper90},
     {kOutOfRangeSuffix, Role::out_of_range}}};

constexpr std::array<std::string_view, 9> kCellColumns = {
    "hash",   "vertices", "edges", "adjacency", "ops", "trainable_parameters",
    "epochs", "repeat",   "pue"};
constexpr std::array<Role, 3> kRequired = {Role::hash, Role::adjacency, Role::ops};

struct ColumnOf {
  Role role;
  std::size_t metric = 0;  // from Role::metric on
  bool operator==(const ColumnOf&) const = default;
};

std::string_view column_name(Role role) {
  return kCellColumns[static_cast<std::size_t>(role)];
}

class Parser {
 public:
  Parser(std::string_view text, std::string_view name) : reader_(text, name) {
    content_.name = name;
  }

  CsvContent parse() {
    if (!reader_.next()) fail(ErrorCode::invalid_data, "{}: empty; expected a CSV", content_.name);
    read_header();
    while (reader_.next())
      read_row();
    if (content_.rows.empty()) {
      fail(ErrorCode::invalid_data, "{}: a header without rows; nothing to import", content_.name);
    }
    return std::move(content_);
  }

 private:
  template <typename... Args>
  [[noreturn]] void wrong(fmt::format_string<Args...> format, Args&&... args) const {
    fail(ErrorCode::invalid_data, "{}:{}: {}", content_.name, reader_.line(),
         fmt::format(format, std::forward<Args>(args)...));
  }
  [[noreturn]] void wrong_field(std::string_view column, std::string_view field,
                                std::string_view expected) const {
    wrong("column '{}' is {}; expected {}", column, ecnas::quoted(field), expected);
  }

  // ---- header ----

  void read_header() {
    std::set<std::string_view> seen;
    for (const std::string_view field : reader_.fields()) {
      header_.emplace_back(field);
      if (!seen.insert(field).second) wrong("column {} occurs twice", ecnas::quoted(field));
      if (const auto info = metric_info(field)) content_.metrics.push_back(*info);
    }
    content_.has_provenance.resize(content_.metrics.size());
    for (const std::string& field : header_)
      columns_.push_back(recognise(field));
    for (const Role role : kRequired)
      require(role);
    require_both_bounds();
    has_intervals_ = has(Role::lower90);
    has_flags_ = has(Role::out_of_range);
    content_.has_epochs = has(Role::epochs);
  }

  ColumnOf recognise(std::string_view field) {
    const auto cell_column = std::ranges::find(kCellColumns, field);
    if (cell_column != kCellColumns.end()) {
      return {static_cast<Role>(cell_column - kCellColumns.begin())};
    }
    if (const auto metric = content_.metric_index(field)) return {Role::metric, *metric};
    for (const auto& [suffix, role] : kSuffixRoles) {
      if (!field.ends_with(suffix)) continue;
      const auto metric = content_.metric_index(field.substr(0, field.size() - suffix.size()));
      if (!metric) break;
      if (role == Role::provenance) content_.has_provenance[*metric] = true;
      return {role, *metric};
    }
    fail_unknown(field);
  }

  void require_both_bounds() const {
    for (std::size_t metric = 0; metric < content_.metrics.size(); ++metric) {
      const auto has_bound = [&](Role role) {
        return std::ranges::find(columns_, ColumnOf{role, metric}) != columns_.end();
      };
      if (has_bound(Role::lower90) == has_bound(Role::upper90)) continue;
      wrong("one of the columns '{0}{1}' and '{0}{2}' is missing; expected both or neither",
            content_.metrics[metric].name, kLowerSuffix, kUpperSuffix);
    }
  }

  [[noreturn]] void fail_unknown(std::string_view field) const {
    std::vector<std::string_view> known(kCellColumns.begin(), kCellColumns.end());
    known.insert(known.end(), kCoreMetrics.begin(), kCoreMetrics.end());
    const auto guess = closest(field, known);
    wrong("column {} is unknown; {}known are {} and the other metrics of docs/formats/table.md",
          ecnas::quoted(field), guess ? fmt::format("did you mean '{}'? ", *guess) : "",
          fmt::join(known, ", "));
  }

  [[nodiscard]] bool has(Role role) const {
    return std::ranges::find(columns_, role, &ColumnOf::role) != columns_.end();
  }

  void require(Role role) const {
    if (!has(role)) {
      wrong("column '{}' is missing; the header has {}", column_name(role),
            ecnas::quoted(fmt::format("{}", fmt::join(header_, ",")), 200));
    }
  }

  // ---- rows ----

  void read_row() {
    const auto fields = reader_.fields();
    if (fields.size() != columns_.size()) {
      wrong("{} fields; expected {} as in the header", fields.size(), columns_.size());
    }
    CsvRow row{reader_.line(), space::Cell::trivial(), {}, {}, kDefaultEpochs, 1};
    const std::size_t first_value = content_.values.size();
    content_.values.resize(first_value + content_.metrics.size(), kAbsent);
    content_.provenance.resize(content_.values.size(), Provenance::absent);
    if (has_intervals_) content_.lower90.resize(content_.values.size(), kAbsent);
    if (has_intervals_) content_.upper90.resize(content_.values.size(), kAbsent);
    if (has_flags_) content_.out_of_range.resize(content_.values.size());

    row.cell = read_cell(field(Role::adjacency), field(Role::ops));
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (columns_[i].role < Role::metric) {
        read_cell_column(columns_[i].role, fields[i], row);
      } else {
        read_metric_column(i, fields[i], first_value + columns_[i].metric);
      }
    }
    check_provenance(first_value);
    check_intervals(first_value);
    check_flags(first_value);
    content_.rows.push_back(row);
  }

  /// @param place  of the row and the column's metric
  void read_metric_column(std::size_t index, std::string_view text, std::size_t place) {
    const ColumnOf column = columns_[index];
    const MetricKind kind = content_.metrics[column.metric].kind;
    if (column.role == Role::metric) {
      content_.values[place] = read_value(header_[index], kind, text);
    } else if (column.role == Role::lower90) {
      content_.lower90[place] = read_value(header_[index], kind, text);
    } else if (column.role == Role::upper90) {
      content_.upper90[place] = read_value(header_[index], kind, text);
    } else if (column.role == Role::out_of_range) {
      content_.out_of_range[place] = read_flag(header_[index], text);
    } else {
      content_.provenance[place] = read_provenance(header_[index], text);
    }
  }

  /// @pre has(role)
  [[nodiscard]] std::string_view field(Role role) const {
    const auto column = std::ranges::find(columns_, role, &ColumnOf::role);
    return reader_.fields()[static_cast<std::size_t>(column - columns_.begin())];
  }

  void read_cell_column(Role role, std::string_view text, CsvRow& row) {
    const std::string_view name = column_name(role);
    if (role == Role::hash) {
      const auto hash = space::parse_hash(text);
      if (!hash) wrong_field(name, text, "32 hexadecimal digits");
      row.hash = *hash;
    } else if (role == Role::epochs) {
      row.epochs = static_cast<std::int32_t>(read_integer(name, text, 1, INT32_MAX));
    } else if (role == Role::repeat) {
      row.repeat = static_cast<std::size_t>(read_integer(name, text, 1, kMaxRepeats));
    } else if (role == Role::trainable_parameters) {
      row.trainable_parameters = read_integer(name, text, 0, INT64_MAX);
    } else if (role == Role::vertices) {
      check_count(name, text, row.cell.vertices());
    } else if (role == Role::edges) {
      check_count(name, text, row.cell.edges());
    } else if (role == Role::pue) {
      read_pue(text);
    }
  }

  space::Cell read_cell(std::string_view adjacency, std::string_view ops) {
    // Rows of one cell mostly stand together.
    if (last_cell_ && adjacency == last_adjacency_ && ops == last_ops_) return *last_cell_;
    std::vector<std::uint8_t> matrix;
    for (const char digit : adjacency) {
      if (digit != '0' && digit != '1') {
        wrong_field(column_name(Role::adjacency), adjacency, "the digits 0 and 1 of a matrix");
      }
      matrix.push_back(static_cast<std::uint8_t>(digit - '0'));
    }
    const auto cell = space::Cell::from(matrix, split(ops, ';'));
    if (!cell) {
      wrong("adjacency {} with ops {} is no cell: {}", ecnas::quoted(adjacency),
            ecnas::quoted(ops, 200), space::describe(cell.reason()));
    }
    last_adjacency_ = adjacency;
    last_ops_ = ops;
    last_cell_ = *cell;
    return *cell;
  }

  std::int64_t read_integer(std::string_view name, std::string_view text, std::int64_t least,
                            std::int64_t most) const {
    const auto value = parse_integer(text);
    if (!value || *value < least || *value > most) {
      wrong_field(name, text, fmt::format("a whole number from {} to {}", least, most));
    }
    return *value;
  }

  void check_count(std::string_view name, std::string_view text, unsigned expected) const {
    if (read_integer(name, text, 0, INT32_MAX) != expected) {
      wrong_field(name, text, fmt::format("{}, as the adjacency has", expected));
    }
  }

  void read_pue(std::string_view text) {
    const auto pue = parse_real(text);
    if (!pue || !std::isfinite(*pue) || *pue < 1) {
      wrong_field(column_name(Role::pue), text, "a number from 1");
    }
    if (content_.pue && *content_.pue != *pue) {
      wrong_field(column_name(Role::pue), text,
                  fmt::format("{} in every row; a table has one PUE", shortest(*content_.pue)));
    }
    content_.pue = pue;
  }

  double read_value(std::string_view name, MetricKind kind, std::string_view text) const {
    if (text.empty()) return kAbsent;
    const auto value = parse_real(text);
    if (!value || std::isnan(*value)) wrong_field(name, text, "a number or nothing");
    const std::string_view fault = range_fault(kind, to_float(*value));
    if (!fault.empty()) {
      wrong("column '{}' is {}, which {}", name, ecnas::quoted(text), fault);
    }
    return *value;
  }

  std::uint8_t read_flag(std::string_view name, std::string_view text) const {
    if (text.empty() || text == "0") return 0;
    if (text != "1") wrong_field(name, text, "1, 0 or nothing");
    return 1;
  }

  Provenance read_provenance(std::string_view name, std::string_view text) const {
    if (text.empty()) return Provenance::absent;
    const auto provenance = parse_provenance(text);
    if (!provenance) wrong_field(name, text, "measured, scaled, predicted or nothing");
    return *provenance;
  }

  /// Where the file says provenances, every value has one and nothing else does.
  void check_provenance(std::size_t first_value) const {
    for (std::size_t metric = 0; metric < content_.metrics.size(); ++metric) {
      if (!content_.has_provenance[metric]) continue;
      const bool absent = std::isnan(content_.values[first_value + metric]);
      const Provenance provenance = content_.provenance[first_value + metric];
      if (absent != (provenance == Provenance::absent)) {
        wrong("column '{0}' is {1} but '{0}{2}' is '{3}'; expected both or neither",
              content_.metrics[metric].name, absent ? "empty" : "there", kProvenanceSuffix,
              name(provenance));
      }
    }
  }

  /// Every interval has both bounds and the value between them.
  void check_intervals(std::size_t first_value) const {
    for (std::size_t place = first_value; place < content_.lower90.size(); ++place) {
      const double lower = content_.lower90[place];
      const double value = content_.values[place];
      const double upper = content_.upper90[place];
      if (std::isnan(lower) && std::isnan(upper)) continue;
      if (lower <= value && value <= upper) continue;
      wrong(
          "column '{0}' is {1} and its interval is [{2}, {3}]; expected the value in it, or no "
          "interval",
          content_.metrics[place - first_value].name, shortest(value), shortest(lower),
          shortest(upper));
    }
  }

  void check_flags(std::size_t first_value) const {
    for (std::size_t place = first_value; place < content_.out_of_range.size(); ++place) {
      if (content_.out_of_range[place] == 0 || !std::isnan(content_.values[place])) continue;
      wrong("column '{0}' is empty but '{0}{1}' is 1; expected a value, or no flag",
            content_.metrics[place - first_value].name, kOutOfRangeSuffix);
    }
  }

  CsvReader reader_;
  CsvContent content_;
  std::vector<std::string> header_;
  std::vector<ColumnOf> columns_;
  bool has_intervals_ = false;
  bool has_flags_ = false;
  std::string last_adjacency_;
  std::string last_ops_;
  std::optional<space::Cell> last_cell_;
};

}  // namespace

std::optional<std::size_t> CsvContent::metric_index(std::string_view metric_name) const {
  const auto found = std::ranges::find(metrics, metric_name, &MetricInfo::name);
  if (found == metrics.end()) return std::nullopt;
  return static_cast<std::size_t>(found - metrics.begin());
}

bool CsvContent::has_values(MetricKind kind) const {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (metrics[i % metrics.size()].kind == kind && !std::isnan(values[i])) return true;
  }
  return false;
}

CsvContent read_csv(std::string_view text, std::string_view name) {
  return Parser(text, name).parse();
}

}  // namespace ecnas::table
