#include "ecnas/table/builder.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include "ecnas/core/error.hpp"
#include "ecnas/core/file.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/space/space.hpp"
#include "ecnas/table/safetensors.hpp"
#include "table/cell_facts.hpp"
#include "table/hash_order.hpp"
#include "table/layout.hpp"
#include "table/metadata.hpp"

namespace ecnas::table {
namespace {

using space::Rank;

constexpr Row kNoSlot = std::numeric_limits<Row>::max();
constexpr float kAbsent = std::numeric_limits<float>::quiet_NaN();

/// Values of one metric at one budget and repeat, by slot of the cell; grows as slots do.
struct Plane {
  std::vector<float> values;
  std::vector<Provenance> provenance;
};

/// One metric: a plane for every (budget, repeat) that has a value.
struct Metric {
  MetricInfo info;
  std::map<std::pair<std::int32_t, std::size_t>, Plane> planes;  // (epochs, repeat)
};

struct TensorBytes {
  std::vector<float> values;           // (N, B, R)
  std::vector<Provenance> provenance;  // (N, B, R)
};

/// One tensor over values that outlive it.
template <typename T>
TensorData tensor(std::string name, Dtype dtype, std::vector<std::size_t> shape,
                  const std::vector<T>& values) {
  return {std::move(name), dtype, std::move(shape), std::as_bytes(std::span(values))};
}

/// The objective that a metric is, and its name in a reference point; empty for the others.
std::string_view objective_of(std::string_view metric) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kNames = {
      {{"energy_kwh", "energy"}, {"training_time_s", "training_time"}, {"co2eq_g", "co2eq"}}};
  const auto found = std::ranges::find(kNames, metric, [](const auto& pair) { return pair.first; });
  return found == kNames.end() ? std::string_view() : found->second;
}

std::string_view error_of(std::string_view metric) {
  if (metric == "validation_accuracy") return "validation_error";
  if (metric == "test_accuracy") return "test_error";
  return {};
}

/// Largest mean over repeats among all entries; absent if there is no value.
std::optional<double> largest_mean(std::span<const float> values, std::size_t repeats) {
  std::optional<double> largest;
  for (std::size_t first = 0; first < values.size(); first += repeats) {
    double sum = 0;
    std::size_t count = 0;
    for (const float value : values.subspan(first, repeats)) {
      if (std::isnan(value)) continue;
      sum += static_cast<double>(value);
      ++count;
    }
    if (count > 0) largest = std::max(largest.value_or(0.0), sum / static_cast<double>(count));
  }
  return largest;
}

}  // namespace

struct TableBuilder::Impl {
  class Layout;

  Metadata metadata;
  std::vector<Rank> ranks;    // by slot; ranks are the same in every space that holds the cell
  std::vector<Row> slot_of;   // by rank; kNoSlot: not there
  unsigned max_vertices = 2;  // of the cells so far
  std::vector<std::int32_t> budgets;  // ascending
  std::size_t repeats = 0;
  std::vector<Metric> metrics;

  // Values mostly come cell by cell.
  std::optional<space::Cell> last_cell;
  std::size_t last_slot = 0;

  std::size_t slot(const space::Cell& cell);
  Metric& metric(std::string_view name);
  Plane& plane(Metric& metric, std::int32_t epochs, std::size_t repeat, std::string_view origin);
  void add_budget(std::int32_t epochs, std::string_view origin);

  [[nodiscard]] std::vector<std::size_t> slots_by_rank() const;
  [[nodiscard]] TensorBytes lay_out(const Metric& metric, std::span<const std::size_t> slots) const;
  void check_size() const;
};

TableBuilder::TableBuilder(Metadata metadata) : impl_(std::make_unique<Impl>()) {
  impl_->metadata = std::move(metadata);
}
TableBuilder::TableBuilder(TableBuilder&&) noexcept = default;
TableBuilder& TableBuilder::operator=(TableBuilder&&) noexcept = default;
TableBuilder::~TableBuilder() = default;

Metadata& TableBuilder::metadata() {
  return impl_->metadata;
}

void TableBuilder::add_cell(const space::Cell& cell) {
  impl_->slot(cell);
}

bool TableBuilder::add(const space::Cell& cell, std::int32_t epochs, std::size_t repeat,
                       std::string_view metric_name, float value, Provenance provenance,
                       std::string_view origin) {
  if (std::isnan(value) || provenance == Provenance::absent || provenance > Provenance::predicted) {
    fail(ErrorCode::invalid_argument,
         "{}: '{}' {} of provenance '{}'; expected a value and its origin", origin, metric_name,
         shortest(value), name(provenance));
  }
  Metric& metric = impl_->metric(metric_name);
  if (const std::string_view fault = range_fault(metric.info.kind, value); !fault.empty()) {
    fail(ErrorCode::invalid_data, "{}: {} {} {}", origin, metric_name, shortest(value), fault);
  }
  value += 0.0F;  // makes −0 a 0
  Plane& plane = impl_->plane(metric, epochs, repeat, origin);
  const std::size_t slot = impl_->slot(cell);
  if (slot >= plane.values.size()) {
    plane.values.resize(impl_->ranks.size(), kAbsent);
    plane.provenance.resize(impl_->ranks.size(), Provenance::absent);
  }
  if (std::isnan(plane.values[slot])) {
    plane.values[slot] = value;
    plane.provenance[slot] = provenance;
    return true;
  }
  if (plane.values[slot] != value || plane.provenance[slot] != provenance) {
    fail(ErrorCode::invalid_data,
         "{}: {} of {} at {} epochs, repeat {}, is {} ({}), but was {} ({}) before", origin,
         metric_name, space::to_text(cell), epochs, repeat, shortest(value), name(provenance),
         shortest(plane.values[slot]), name(plane.provenance[slot]));
  }
  return false;
}

std::size_t TableBuilder::Impl::slot(const space::Cell& cell) {
  if (cell == last_cell) return last_slot;
  max_vertices = std::max(max_vertices, cell.vertices());
  const space::Space& space = space::Space::shared(max_vertices);
  if (slot_of.size() < space.size()) slot_of.resize(space.size(), kNoSlot);
  const std::optional<Rank> rank = space.rank(cell);
  ECNAS_ASSERT(rank.has_value());
  if (slot_of[*rank] == kNoSlot) {
    slot_of[*rank] = static_cast<Row>(ranks.size());
    ranks.push_back(*rank);
  }
  last_cell = cell;
  last_slot = slot_of[*rank];
  return last_slot;
}

Metric& TableBuilder::Impl::metric(std::string_view name) {
  const auto found =
      std::ranges::find_if(metrics, [&](const Metric& metric) { return metric.info.name == name; });
  if (found != metrics.end()) return *found;
  const std::optional<MetricInfo> info = metric_info(name);
  if (!info) {
    fail(ErrorCode::invalid_argument, "metric {}: unknown; see docs/formats/table.md for the names",
         ecnas::quoted(name));
  }
  const auto after = std::ranges::find_if(
      metrics, [&](const Metric& other) { return metric_before(name, other.info.name); });
  return *metrics.insert(after, Metric{*info, {}});
}

Plane& TableBuilder::Impl::plane(Metric& metric, std::int32_t epochs, std::size_t repeat,
                                 std::string_view origin) {
  if (repeat < 1 || repeat > kMaxRepeats) {
    fail(ErrorCode::invalid_data, "{}: repeat {}; expected 1 to {}", origin, repeat, kMaxRepeats);
  }
  const auto found = metric.planes.find({epochs, repeat});
  if (found != metric.planes.end()) return found->second;
  add_budget(epochs, origin);
  repeats = std::max(repeats, repeat);
  return metric.planes[{epochs, repeat}];
}

void TableBuilder::Impl::add_budget(std::int32_t epochs, std::string_view origin) {
  if (epochs < 1)
    fail(ErrorCode::invalid_data, "{}: {} epochs; expected 1 or more", origin, epochs);
  const auto place = std::ranges::lower_bound(budgets, epochs);
  if (place != budgets.end() && *place == epochs) return;
  if (budgets.size() == kMaxBudgets) {
    fail(ErrorCode::invalid_data, "{}: {} epochs is one more than the {} budgets a table can hold",
         origin, epochs, kMaxBudgets);
  }
  budgets.insert(place, epochs);
}

std::vector<std::size_t> TableBuilder::Impl::slots_by_rank() const {
  std::vector<std::size_t> slots;
  slots.reserve(ranks.size());
  for (const Row slot : slot_of) {
    if (slot != kNoSlot) slots.push_back(slot);
  }
  return slots;
}

TensorBytes TableBuilder::Impl::lay_out(const Metric& metric,
                                        std::span<const std::size_t> slots) const {
  const std::size_t row_size = budgets.size() * repeats;
  TensorBytes result;
  result.values.resize(slots.size() * row_size, kAbsent);
  result.provenance.resize(slots.size() * row_size, Provenance::absent);
  for (const auto& [place, plane] : metric.planes) {
    const auto budget = std::ranges::lower_bound(budgets, place.first) - budgets.begin();
    std::size_t position = static_cast<std::size_t>(budget) * repeats + place.second - 1;
    for (const std::size_t slot : slots) {
      if (slot < plane.values.size()) {
        result.values[position] = plane.values[slot];
        result.provenance[position] = plane.provenance[slot];
      }
      position += row_size;
    }
  }
  return result;
}

void TableBuilder::Impl::check_size() const {
  if (ranks.empty()) {
    fail(ErrorCode::invalid_argument,
         "a table without a single cell; add cells before building it");
  }
  const std::size_t entry_bytes = metrics.size() * (sizeof(float) + sizeof(Provenance));
  const std::size_t bytes = ranks.size() * budgets.size() * repeats * entry_bytes;
  if (bytes > kMaxFileBytes) {
    fail(ErrorCode::invalid_data,
         "a table of {} cells × {} budgets × {} repeats × {} metrics; larger than the {} GiB that "
         "the format allows",
         ranks.size(), budgets.size(), repeats, metrics.size(), kMaxFileBytes >> 30);
  }
}

namespace {

/// What the tensors of the cells hold, in order of their hashes.
struct CellTensors {
  std::vector<std::uint8_t> hashes;
  std::vector<std::uint8_t> vertices;
  std::vector<std::uint32_t> adjacency;
  std::vector<std::uint8_t> operations;
  std::vector<std::int64_t> parameters;

  void reserve(std::size_t count) {
    hashes.reserve(count * sizeof(space::Hash));
    vertices.reserve(count);
    adjacency.reserve(count);
    operations.reserve(count * space::kMaxInterior);
    parameters.reserve(count);
  }

  void append(const space::Cell& cell, const space::Hash& hash, std::int64_t parameter_count) {
    hashes.insert(hashes.end(), hash.bytes.begin(), hash.bytes.end());
    vertices.push_back(static_cast<std::uint8_t>(cell.vertices()));
    adjacency.push_back(space::to_row_major(cell.specification()));
    for (unsigned vertex = 1; vertex <= space::kMaxInterior; ++vertex) {
      operations.push_back(vertex + 1 < cell.vertices()
                               ? static_cast<std::uint8_t>(cell.operation(vertex))
                               : kNoOperation);
    }
    parameters.push_back(parameter_count);
  }
};

/// Positions of the hashes in ascending order.
std::vector<std::size_t> hash_order(std::span<const space::Hash> hashes) {
  // Their first bytes decide next to always, and stand together while they are sorted.
  std::vector<std::pair<std::uint64_t, std::size_t>> keys(hashes.size());
  for (std::size_t i = 0; i < hashes.size(); ++i)
    keys[i] = {leading_bits(hashes[i]), i};
  std::ranges::sort(keys, [&](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first : hash_less(hashes[a.second], hashes[b.second]);
  });
  std::vector<std::size_t> order(hashes.size());
  std::ranges::transform(keys, order.begin(), [](const auto& key) { return key.second; });
  return order;
}

/// The tensors as a file, with their checksums in the metadata.
std::vector<std::byte> with_checksums(std::span<const TensorData> tensors,
                                      std::map<std::string, std::string> metadata) {
  // The data section's checksum needs the section: the file is written without it first.
  const std::vector<std::byte> file = write_safetensors(tensors, metadata);
  const Safetensors parsed = parse_safetensors(file, "the new table");
  metadata.emplace(kChecksumKey, data_checksum(parsed.data));
  metadata.emplace(kHeaderChecksumKey,
                   header_checksum({metadata.begin(), metadata.end()}, parsed.tensors));
  return write_safetensors(tensors, metadata);
}

}  // namespace

/// A builder's content on its way to bytes.
class TableBuilder::Impl::Layout {
 public:
  explicit Layout(const Impl& impl) : impl_(impl), metadata_(impl.metadata) {
    space::validate(metadata_.skeleton);
    order_cells();
    for (const Metric& metric : impl.metrics) {
      if (!metric.planes.empty()) lay_out_metric(metric);
    }
  }

  [[nodiscard]] std::vector<std::byte> bytes() const {
    const std::size_t count = slots_.size();
    std::vector<TensorData> tensors = {
        tensor("trainable_parameters", Dtype::i64, {count}, cells_.parameters),
        tensor("adjacency", Dtype::u32, {count}, cells_.adjacency),
        tensor("epochs", Dtype::i32, {impl_.budgets.size()}, impl_.budgets),
        tensor("hash", Dtype::u8, {count, sizeof(space::Hash)}, cells_.hashes),
        tensor("vertices", Dtype::u8, {count}, cells_.vertices),
        tensor("operations", Dtype::u8, {count, space::kMaxInterior}, cells_.operations),
    };
    const std::vector<std::size_t> shape = {count, impl_.budgets.size(), impl_.repeats};
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const std::string& metric_name = infos_[i].name;
      tensors.push_back(tensor(metric_name, Dtype::f32, shape, columns_[i].values));
      tensors.push_back(tensor(metric_name + std::string(kProvenanceSuffix), Dtype::u8, shape,
                               columns_[i].provenance));
    }
    return with_checksums(tensors, encode_metadata(metadata_, infos_));
  }

 private:
  /// Facts of the cells are found in order of rank; then all is put in order of hash.
  void order_cells() {
    const space::Space& space = space::Space::shared(impl_.max_vertices);
    const std::vector<std::size_t> by_rank = impl_.slots_by_rank();
    std::vector<Rank> ordered(by_rank.size());
    std::ranges::transform(by_rank, ordered.begin(), [&](std::size_t s) { return impl_.ranks[s]; });
    const std::vector<space::Hash> hashes = hashes_of(ordered, space);
    const std::vector<std::int64_t> parameters = parameters_of(ordered, space, metadata_.skeleton);
    cells_.reserve(ordered.size());
    slots_.reserve(ordered.size());
    for (const std::size_t i : hash_order(hashes)) {
      cells_.append(space.cell(ordered[i]), hashes[i], parameters[i]);
      slots_.push_back(by_rank[i]);
    }
    const std::vector<std::int64_t> flops = flops_of(ordered, space, metadata_.skeleton);
    refer("parameters", static_cast<double>(std::ranges::max(parameters)));
    refer("flops", static_cast<double>(std::ranges::max(flops)));
  }

  void lay_out_metric(const Metric& metric) {
    infos_.push_back(metric.info);
    columns_.push_back(impl_.lay_out(metric, slots_));
    const std::string_view objective = objective_of(metric.info.name);
    const auto largest = largest_mean(columns_.back().values, impl_.repeats);
    if (!objective.empty() && largest) refer(objective, *largest);
    const std::string_view error = error_of(metric.info.name);
    if (!error.empty()) refer(error, 1.0);
  }

  /// A default; what the metadata say already stands.
  void refer(std::string_view objective, double value) {
    metadata_.reference_point.emplace(objective, value);
  }

  const Impl& impl_;
  Metadata metadata_;
  CellTensors cells_;
  std::vector<std::size_t> slots_;  // of the builder, in order of hash
  std::vector<MetricInfo> infos_;
  std::vector<TensorBytes> columns_;
};

std::vector<std::byte> TableBuilder::bytes() const {
  impl_->check_size();
  return Impl::Layout(*impl_).bytes();
}

Table TableBuilder::build(std::string name) const {
  return Table::from_bytes(bytes(), std::move(name));
}

void write_table(const Table& table, const std::filesystem::path& path) {
  OutputFile file(path);
  file.write(table.bytes());
  file.commit();
}

}  // namespace ecnas::table
