#include "report/page_cloud.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "ecnas/space/canonical.hpp"
#include "ecnas/stats/summary.hpp"
#include "report/captions.hpp"
#include "report/page_codec.hpp"

namespace ecnas::report {
namespace {

using table::MetricKind;
using table::Row;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr std::uint16_t kAbsent = 0xFFFF;
constexpr std::uint16_t kAbsentDifference = 0x8000;
constexpr double kLargestWord = 0xFFFE;
constexpr double kFractionStep = 5e-5;  // half a hundredth of a percentage point
constexpr double kLogStep = 2.5e-4;     // four digits
constexpr std::array<std::string_view, 4> kMetrics = {"validation_accuracy", "test_accuracy",
                                                      "energy_kwh", "training_time_s"};

std::string_view kind_name(MetricKind kind) {
  switch (kind) {
    case MetricKind::fraction:
      return "fraction";
    case MetricKind::energy:
      return "energy";
    case MetricKind::time:
    case MetricKind::co2eq:
    case MetricKind::power:
      break;
  }
  return "cost";
}

/// Interior operations as a number to base 3, vertex 1 the most significant digit.
std::uint8_t code_of(const space::Cell& cell) {
  unsigned code = 0;
  for (unsigned v = 1; v + 1 < cell.vertices(); ++v)
    code = 3 * code + static_cast<unsigned>(cell.operation(v));
  return static_cast<std::uint8_t>(code);
}

/// A cell of the table by what it is stored and found by.
struct Place {
  std::uint32_t adjacency;
  std::uint8_t code;
  std::uint8_t vertices;
  Row row;
};

/// In order of adjacency, then operations: NAS-Bench-101's order, in which neighbours are alike.
std::vector<Place> places_of(const table::Table& table) {
  std::vector<Place> places;
  places.reserve(table.cells());
  for (Row row = 0; row < table.cells(); ++row) {
    const space::Cell cell = space::canonical(table.cell(row));
    places.push_back({cell.specification().adjacency, code_of(cell),
                      static_cast<std::uint8_t>(cell.vertices()), row});
  }
  std::ranges::sort(places, [](const Place& a, const Place& b) {
    return a.adjacency != b.adjacency ? a.adjacency < b.adjacency : a.code < b.code;
  });
  return places;
}

/// Values of one metric at one budget, in the order of places.
struct BudgetValues {
  std::vector<float> values;
  std::vector<float> lower;
  std::vector<float> upper;
  std::vector<std::uint8_t> provenance;
};

/// Everything a page says of one metric.
struct MetricValues {
  const table::Column* column;
  std::vector<BudgetValues> budgets;
  std::vector<std::uint8_t> out_of_range;
};

MetricValues read_metric(const CellCloud& cloud, std::span<const Place> places,
                         const table::Column& column) {
  const table::Table& table = *cloud.table;
  MetricValues metric{&column, {}, std::vector<std::uint8_t>(places.size())};
  for (std::size_t b = 0; b < table.budgets().size(); ++b) {
    BudgetValues budget{
        std::vector<float>(places.size(), kNan), std::vector<float>(places.size(), kNan),
        std::vector<float>(places.size(), kNan), std::vector<std::uint8_t>(places.size())};
    for (std::size_t i = 0; i < places.size(); ++i) {
      const auto entry = table.query(places[i].row, b, cloud.repeat);
      const auto value = entry ? entry->value(column) : std::nullopt;
      if (!value) continue;
      budget.values[i] = static_cast<float>(*value);
      budget.provenance[i] = static_cast<std::uint8_t>(entry->provenance(column));
      if (entry->out_of_range(column)) metric.out_of_range[i] = 1;
      if (const auto interval = entry->interval(column)) {
        budget.lower[i] = static_cast<float>(interval->lower);
        budget.upper[i] = static_cast<float>(interval->upper);
      }
    }
    metric.budgets.push_back(std::move(budget));
  }
  return metric;
}

bool is_there(float value) {
  return !std::isnan(value);
}

/// Whether values at all budgets are those at the first times the ratio of epochs.
bool is_proportional(const MetricValues& metric, std::span<const std::int32_t> epochs) {
  if (metric.column->info.kind == MetricKind::fraction || epochs.size() < 2) return false;
  const std::vector<float>& first = metric.budgets.front().values;
  for (std::size_t b = 1; b < epochs.size(); ++b) {
    const double ratio = static_cast<double>(epochs[b]) / epochs[0];
    for (std::size_t i = 0; i < first.size(); ++i) {
      const float value = metric.budgets[b].values[i];
      if (is_there(value) != is_there(first[i])) return false;
      const double expected = ratio * static_cast<double>(first[i]);
      constexpr double kRounding = 1e-6;  // of 32-bit values, some units in the last place
      if (is_there(value) && std::abs(value - expected) > kRounding * expected) return false;
    }
  }
  return true;
}

// --- Intervals -----------------------------------------------------------------------------------

constexpr std::size_t kSizes = space::kMaxVertices - 1;  // of cells: 2 … 7 vertices

/// A bound is, for cells of so many vertices, this times the value, or, of a fraction, 1 minus this
/// times its difference from 1, within 0 … 1. NaN: such cells have no interval.
using RatiosByVertices = std::array<double, kSizes>;

double bound_of(double value, double ratio, bool is_fraction) {
  return is_fraction ? std::clamp(1 - (1 - value) * ratio, 0.0, 1.0) : value * ratio;
}

double ratio_of(double value, double bound, bool is_fraction) {
  return is_fraction ? (1 - bound) / (1 - value) : bound / value;
}

/// The ratios that give every bound again; absent if there are none.
/// @source src/surrogate: intervals have one width for all cells of so many vertices, on the scale
/// of log values or log errors
std::optional<RatiosByVertices> ratios_by_vertices(std::span<const Place> places,
                                                   std::span<const float> values,
                                                   std::span<const float> bounds,
                                                   bool is_fraction) {
  constexpr double kClose = 1e-5;
  RatiosByVertices ratios;
  ratios.fill(std::numeric_limits<double>::quiet_NaN());
  // The most telling bound: not cut off at 0 or 1, and of the least rounding.
  std::array<double, kSizes> widest{};
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (!is_there(bounds[i]) || (is_fraction && (bounds[i] <= 0 || bounds[i] >= 1))) continue;
    const std::size_t size = places[i].vertices - 2U;
    const double weight = is_fraction ? 1 - static_cast<double>(values[i]) : values[i];
    if (!(weight > widest[size])) continue;
    widest[size] = weight;
    ratios[size] = ratio_of(values[i], bounds[i], is_fraction);
  }
  for (std::size_t i = 0; i < places.size(); ++i) {
    const double ratio = ratios[places[i].vertices - 2U];
    if (!is_there(values[i])) continue;
    if (is_there(bounds[i]) == std::isnan(ratio)) return std::nullopt;
    if (std::isnan(ratio)) continue;
    const double expected = bound_of(values[i], ratio, is_fraction);
    const double scale = is_fraction ? 1 : std::abs(expected);
    if (std::abs(expected - static_cast<double>(bounds[i])) > kClose * scale) return std::nullopt;
  }
  return ratios;
}

Json to_json(const RatiosByVertices& ratios) {
  Json list = Json::array();
  for (const double ratio : ratios)
    list.push_back(std::isnan(ratio) ? Json(nullptr) : Json(ratio));
  return list;
}

// --- Columns -------------------------------------------------------------------------------------

/// Columns that are written one after another, each a zlib stream.
class Columns {
 public:
  explicit Columns(bool exact) : exact_(exact) {}

  std::size_t add_bytes(std::span<const std::uint8_t> bytes) {
    return add({{"encoding", "u8"}}, bytes);
  }
  std::size_t add_differences(std::span<const std::uint32_t> ascending) {
    std::vector<std::uint32_t> steps(ascending.begin(), ascending.end());
    std::adjacent_difference(steps.begin(), steps.end(), steps.begin());
    return add({{"encoding", "delta-u32"}}, planes(steps));
  }
  /// @param base  words of fractions that these resemble, or empty; the words of these, written
  std::size_t add_fractions(std::span<const float> values, std::optional<std::size_t> base,
                            std::vector<std::uint16_t>& words) {
    if (exact_) return add_exact(values);
    return add_quantised_fractions(values, base, words);
  }
  std::size_t add_costs(std::span<const float> values) {
    return exact_ ? add_exact(values) : add_quantised_costs(values);
  }
  std::size_t add_exact(std::span<const float> values) {
    std::vector<std::uint32_t> words;
    words.reserve(values.size());
    for (const float value : values)
      words.push_back(std::bit_cast<std::uint32_t>(value));
    return add({{"encoding", "f32"}}, planes(words));
  }

  [[nodiscard]] bool exact() const { return exact_; }
  [[nodiscard]] EncodedCloud finished(Json header) && {
    header["columns"] = std::move(list_);
    return {std::move(header), std::move(data_)};
  }

 private:
  std::size_t add(Json description, std::span<const std::uint8_t> bytes) {
    const std::string stream = deflated(bytes);
    description["bytes"] = {data_.size(), stream.size()};
    list_.push_back(std::move(description));
    data_ += stream;
    return list_.size() - 1;
  }

  std::size_t add_quantised_fractions(std::span<const float> values,
                                      std::optional<std::size_t> base,
                                      std::vector<std::uint16_t>& words) {
    const std::vector<std::uint16_t> resembled = std::exchange(words, {});
    for (const float value : values) {
      const double word = std::round(static_cast<double>(value) / kFractionStep);
      words.push_back(is_there(value) ? static_cast<std::uint16_t>(word) : kAbsent);
    }
    Json description = {
        {"encoding", "u16"}, {"scale", "linear"}, {"low", 0}, {"step", kFractionStep}};
    if (!base) return add(std::move(description), planes(words));
    std::vector<std::uint16_t> differences(words);
    for (std::size_t i = 0; i < words.size(); ++i) {
      const unsigned below = resembled[i] == kAbsent ? 0U : resembled[i];
      differences[i] =
          words[i] == kAbsent ? kAbsentDifference : static_cast<std::uint16_t>(words[i] - below);
    }
    description["base"] = *base;
    return add(std::move(description), planes(differences));
  }

  std::size_t add_quantised_costs(std::span<const float> values) {
    double low = std::numeric_limits<double>::infinity();
    double high = -low;
    for (const float value : values) {
      if (!is_there(value)) continue;
      low = std::min(low, static_cast<double>(value));
      high = std::max(high, static_cast<double>(value));
    }
    if (!(low <= high)) low = high = 1;  // nothing is there
    const bool logarithmic = low > 0;
    const auto scaled = [&](double value) { return logarithmic ? std::log(value) : value; };
    const double range = (scaled(high) - scaled(low)) / kLargestWord;
    const double step = std::max({range, logarithmic ? kLogStep : 0, 1e-300});
    std::vector<std::uint16_t> words;
    words.reserve(values.size());
    for (const float value : values) {
      const double word = std::round((scaled(value) - scaled(low)) / step);
      words.push_back(is_there(value) ? static_cast<std::uint16_t>(word) : kAbsent);
    }
    return add({{"encoding", "u16"},
                {"scale", logarithmic ? "log" : "linear"},
                {"low", scaled(low)},
                {"step", step}},
               planes(words));
  }

  bool exact_;
  Json list_ = Json::array();
  std::string data_;
};

Json encode_provenance(const MetricValues& metric, Columns& columns) {
  Json same = Json::array();
  for (const BudgetValues& budget : metric.budgets) {
    std::array<bool, 4> seen{};
    for (const std::uint8_t provenance : budget.provenance)
      seen[std::min<std::size_t>(provenance, 3)] = true;
    if (seen[1] + seen[2] + seen[3] > 1) {
      Json list = Json::array();
      for (const BudgetValues& each : metric.budgets)
        list.push_back(columns.add_bytes(each.provenance));
      return {{"columns", list}};
    }
    same.push_back(seen[1] ? 1 : seen[2] ? 2 : seen[3] ? 3 : 0);
  }
  return {{"same", same}};
}

Json encode_intervals(const MetricValues& metric, std::span<const Place> places, Columns& columns) {
  const auto any = [](const BudgetValues& budget) {
    return std::ranges::any_of(budget.lower, is_there);
  };
  if (std::ranges::none_of(metric.budgets, any)) return {{"kind", "none"}};
  const bool is_fraction = metric.column->info.kind == MetricKind::fraction;
  Json lower = Json::array();
  Json upper = Json::array();
  for (const BudgetValues& budget : metric.budgets) {
    const auto below = ratios_by_vertices(places, budget.values, budget.lower, is_fraction);
    const auto above = ratios_by_vertices(places, budget.values, budget.upper, is_fraction);
    if (!below || !above) break;
    lower.push_back(to_json(*below));
    upper.push_back(to_json(*above));
  }
  if (lower.size() == metric.budgets.size())
    return {{"kind", "by_vertices"}, {"lower", lower}, {"upper", upper}};
  if (!columns.exact()) return {{"kind", "left_out"}};
  lower = upper = Json::array();
  for (const BudgetValues& budget : metric.budgets) {
    lower.push_back(columns.add_exact(budget.lower));
    upper.push_back(columns.add_exact(budget.upper));
  }
  return {{"kind", "columns"}, {"lower", lower}, {"upper", upper}};
}

/// Words of fractions by budget that later fractions resemble, and the columns that hold them.
struct Resembled {
  std::vector<std::size_t> columns;
  std::vector<std::vector<std::uint16_t>> words;
};

Json encode_values(const MetricValues& metric, bool proportional, Resembled& resembled,
                   Columns& columns) {
  Json list = Json::array();
  for (std::size_t b = 0; b < metric.budgets.size(); ++b) {
    const std::vector<float>& values = metric.budgets[b].values;
    if (metric.column->info.kind == MetricKind::fraction) {
      const bool first = resembled.columns.size() <= b;
      if (first) resembled.words.emplace_back();
      list.push_back(columns.add_fractions(
          values, first ? std::nullopt : std::optional(resembled.columns[b]), resembled.words[b]));
      if (first) resembled.columns.push_back(list.back().get<std::size_t>());
    } else {
      list.push_back(columns.add_costs(values));
    }
    if (proportional) break;
  }
  return list;
}

Json encode_metric(const MetricValues& metric, std::span<const Place> places,
                   std::span<const std::int32_t> epochs, Resembled& resembled, Columns& columns) {
  const table::MetricInfo& info = metric.column->info;
  const bool proportional = is_proportional(metric, epochs);
  Json document = {{"name", info.name},
                   {"unit", info.unit},
                   {"kind", kind_name(info.kind)},
                   {"proportional", proportional},
                   {"values", encode_values(metric, proportional, resembled, columns)},
                   {"provenance", encode_provenance(metric, columns)},
                   {"interval", encode_intervals(metric, places, columns)}};
  if (std::ranges::count(metric.out_of_range, 1) > 0)
    document["out_of_range"] = columns.add_bytes(metric.out_of_range);
  return document;
}

/// Grams a kWh: what the table states, or else the median of its emissions by its energies.
void add_intensity(Json& header, const table::Table& table) {
  if (const auto stated = table.metadata().carbon_intensity_g_per_kwh) {
    header["carbon_intensity_g_per_kwh"] = *stated;
    header["carbon_intensity_is_stated"] = true;
    return;
  }
  const table::Column* energies = table.column("energy_kwh");
  const table::Column* emissions = table.column("co2eq_g");
  if (energies == nullptr || emissions == nullptr) return;
  std::vector<double> ratios;
  for (std::size_t i = 0; i < energies->values.size(); ++i) {
    if (energies->values[i] > 0 && is_there(emissions->values[i])) {
      ratios.push_back(static_cast<double>(emissions->values[i]) /
                       static_cast<double>(energies->values[i]));
    }
  }
  if (ratios.empty()) return;
  header["carbon_intensity_g_per_kwh"] = stats::median(ratios);
  header["carbon_intensity_is_stated"] = false;
}

Json regions_json(const CellCloud& cloud) {
  Json document = {{"epochs", cloud.region_epochs}, {"outlines", Json::array()}};
  for (const OutlinedRegion& region : cloud.regions)
    document["outlines"].push_back({{"label", clean(region.label)}, {"corners", region.outline}});
  return document;
}

Json skeleton_json(const space::Skeleton& skeleton) {
  return {
      {"stem_width", skeleton.stem_width},           {"stacks", skeleton.stacks},
      {"cells_per_stack", skeleton.cells_per_stack}, {"classes", skeleton.classes},
      {"image_size", skeleton.image_size},           {"image_channels", skeleton.image_channels}};
}

}  // namespace

EncodedCloud encode_cloud(const CellCloud& cloud) {
  const table::Table& table = *cloud.table;
  const std::vector<Place> places = places_of(table);
  std::vector<std::uint32_t> adjacency;
  std::vector<std::uint8_t> codes;
  for (const Place& place : places) {
    adjacency.push_back(place.adjacency);
    codes.push_back(place.code);
  }
  Columns columns(places.size() <= kMaxExactCells);
  Json header = {
      {"format", 1},
      {"table", table.name()},
      {"cells", places.size()},
      {"epochs", std::vector<std::int32_t>(table.budgets().begin(), table.budgets().end())},
      {"skeleton", skeleton_json(table.metadata().skeleton)},
      {"adjacency", columns.add_differences(adjacency)},
      {"code", columns.add_bytes(codes)}};
  if (table.metadata().pue) header["pue"] = *table.metadata().pue;
  add_intensity(header, table);
  if (!cloud.regions.empty()) header["regions"] = regions_json(cloud);
  header["metrics"] = Json::array();
  Resembled resembled;
  for (const std::string_view name : kMetrics) {
    const table::Column* column = table.column(name);
    if (column == nullptr) continue;
    header["metrics"].push_back(encode_metric(read_metric(cloud, places, *column), places,
                                              table.budgets(), resembled, columns));
  }
  return std::move(columns).finished(std::move(header));
}

}  // namespace ecnas::report
