#include "ecnas/analysis/proxies.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ecnas/core/csv.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/space/hash.hpp"

namespace ecnas::analysis {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

/// One column for each field of the header; those that hold no proxy stay without a name.
class Parser {
 public:
  Parser(std::string_view text, std::string_view name, const table::Table& table)
      : reader_(text, name), name_(name), table_(&table), lines_(table.cells()) {}

  std::vector<Proxy> parse() {
    if (!reader_.next()) fail(ErrorCode::invalid_data, "{}: empty; expected a CSV", name_);
    read_header();
    bool any = false;
    while (reader_.next())
      any = read_row() || any;
    if (!any) {
      fail(ErrorCode::not_found, "{}: none of its cells is in {}", name_, table_->name());
    }
    std::erase_if(columns_, [](const Proxy& column) { return column.name.empty(); });
    return std::move(columns_);
  }

 private:
  template <typename... Args>
  [[noreturn]] void wrong(fmt::format_string<Args...> format, Args&&... args) const {
    fail(ErrorCode::invalid_data, "{}:{}: {}", name_, reader_.line(),
         fmt::format(format, std::forward<Args>(args)...));
  }

  void read_header() {
    const auto fields = reader_.fields();
    hash_ = static_cast<std::size_t>(std::ranges::find(fields, "hash") - fields.begin());
    if (hash_ == fields.size()) wrong("no column 'hash'");
    for (const std::string_view field : fields) {
      const bool is_proxy = field != "hash" && field != "proxies_time_s";
      if (is_proxy && std::ranges::find(columns_, field, &Proxy::name) != columns_.end())
        wrong("column {} occurs twice", ecnas::quoted(field));
      columns_.emplace_back(std::string(is_proxy ? field : std::string_view()),
                            std::vector<double>(is_proxy ? table_->cells() : 0, kMissing));
    }
    if (columns_.size() < 2) wrong("no column but 'hash'; expected one of each proxy");
  }

  /// @return whether the table has the cell
  bool read_row() {
    const auto fields = reader_.fields();
    if (fields.size() != columns_.size())
      wrong("{} fields; expected {}, as in the header", fields.size(), columns_.size());
    const auto hash = space::parse_hash(fields[hash_]);
    if (!hash) wrong("column 'hash' is {}; expected 32 digits", ecnas::quoted(fields[hash_]));
    const auto row = table_->find(*hash);
    if (row) {
      if (lines_[*row] != 0) wrong("cell {} stands in line {} too", fields[hash_], lines_[*row]);
      lines_[*row] = reader_.line();
    }
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (columns_[i].name.empty() || fields[i].empty()) continue;
      const auto value = parse_real(fields[i]);
      if (!value || !std::isfinite(*value)) {
        wrong("column {} is {}; expected a number", ecnas::quoted(columns_[i].name),
              ecnas::quoted(fields[i]));
      }
      if (row) columns_[i].values[*row] = *value;
    }
    return row.has_value();
  }

  CsvReader reader_;
  std::string name_;
  const table::Table* table_;
  std::size_t hash_ = 0;
  std::vector<Proxy> columns_;
  std::vector<std::size_t> lines_;  // (N), where a row of the table was told of; 0: nowhere
};

}  // namespace

std::vector<Proxy> read_proxies(std::string_view text, std::string_view name,
                                const table::Table& table) {
  return Parser(text, name, table).parse();
}

std::vector<ProxyCorrelation> proxy_correlations(const table::Table& table,
                                                 std::span<const Proxy> proxies,
                                                 std::span<const Metric> metrics,
                                                 std::int32_t epochs, const Reading& reading,
                                                 const CorrelationOptions& options) {
  std::vector<Values> values;
  for (const Metric metric : metrics)
    values.push_back(read_values(table, metric, epochs, reading));
  std::vector<ProxyCorrelation> result;
  for (const Proxy& proxy : proxies) {
    for (const Values& of : values)
      result.push_back({proxy.name, of.metric, rank_correlation(proxy.values, of.values, options)});
  }
  return result;
}

}  // namespace ecnas::analysis
