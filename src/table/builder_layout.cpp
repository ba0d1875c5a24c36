// A builder's content on its way to bytes.

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/table/safetensors.hpp"
#include "table/builder_impl.hpp"
#include "table/cell_facts.hpp"
#include "table/hash_order.hpp"
#include "table/layout.hpp"
#include "table/metadata.hpp"
#include "table/noise_model.hpp"

namespace ecnas::table {
namespace {

using space::Rank;

/// The tensors of one metric; those of intervals and flags are empty where nothing is in them.
struct MetricTensors {
  std::vector<float> values;               // (N, B, R)
  std::vector<Provenance> provenance;      // (N, B, R)
  std::vector<float> lower90;              // (N, B, R)
  std::vector<float> upper90;              // (N, B, R)
  std::vector<std::uint8_t> out_of_range;  // (N)
};

/// Puts a plane's values, by slot, into every `stride`-th place of a tensor.
template <typename T>
void scatter(const std::vector<T>& plane, std::span<const std::size_t> slots, std::size_t first,
             std::size_t stride, std::vector<T>& tensor) {
  std::size_t position = first;
  for (const std::size_t slot : slots) {
    if (slot < plane.size()) tensor[position] = plane[slot];
    position += stride;
  }
}

/// The flags of cells that have a scaled or predicted value; empty if there is none.
std::vector<std::uint8_t> flags_of(const std::vector<std::uint8_t>& marked,
                                   std::span<const std::size_t> slots,
                                   std::span<const Provenance> provenance) {
  std::vector<std::uint8_t> flags(slots.size());
  const std::size_t row_size = provenance.size() / slots.size();
  bool any = false;
  for (std::size_t row = 0; row < slots.size(); ++row) {
    if (slots[row] >= marked.size() || marked[slots[row]] == 0) continue;
    if (!may_be_out_of_range(provenance.subspan(row * row_size, row_size))) continue;
    flags[row] = 1;
    any = true;
  }
  return any ? flags : std::vector<std::uint8_t>();
}

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
  const std::vector<TensorData> ordered = widest_first(tensors);
  std::map<std::string, Tensor, std::less<>> by_name;
  for (const TensorData& one : ordered)
    by_name.emplace(one.name, Tensor{one.dtype, one.shape, one.bytes});
  metadata.emplace(kChecksumKey, data_checksum(ordered));
  metadata.emplace(kHeaderChecksumKey,
                   header_checksum({metadata.begin(), metadata.end()}, by_name));
  return write_safetensors(ordered, metadata);
}

void check_metadata(const Metadata& metadata) {
  space::validate(metadata.skeleton);
  for (const auto& [metric_name, model] : metadata.noise) {
    const std::string fault = noise_fault(metric_name, model);
    if (fault.empty()) continue;
    fail(ErrorCode::invalid_argument, "noise model of {}: {}", ecnas::quoted(metric_name), fault);
  }
}

}  // namespace

bool MetricPlanes::has_intervals() const {
  return std::ranges::any_of(planes, [](const auto& item) { return !item.second.lower90.empty(); });
}

/// Puts cells and values in order and lays them out.
class TableBuilder::Impl::Layout {
 public:
  explicit Layout(const Impl& impl) : impl_(impl), metadata_(impl.metadata) {
    check_size();
    check_metadata(metadata_);
    order_cells();
    for (const MetricPlanes& metric : impl.metrics) {
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
    for (std::size_t i = 0; i < columns_.size(); ++i)
      append(tensors, infos_[i].name, shape, columns_[i]);
    return with_checksums(tensors, encode_metadata(metadata_, infos_));
  }

 private:
  void check_size() const {
    if (impl_.ranks.empty()) {
      fail(ErrorCode::invalid_argument,
           "a table without a single cell; add cells before building it");
    }
    std::size_t entry_bytes = 0;
    for (const MetricPlanes& metric : impl_.metrics) {
      entry_bytes += sizeof(float) + sizeof(Provenance);
      if (metric.has_intervals()) entry_bytes += 2 * sizeof(float);
    }
    const std::size_t bytes =
        impl_.ranks.size() * impl_.budgets.size() * impl_.repeats * entry_bytes;
    if (bytes > kMaxFileBytes) {
      fail(ErrorCode::invalid_data,
           "a table of {} cells × {} budgets × {} repeats × {} metrics; larger than the {} GiB "
           "that the format allows",
           impl_.ranks.size(), impl_.budgets.size(), impl_.repeats, impl_.metrics.size(),
           kMaxFileBytes >> 30);
    }
  }

  static void append(std::vector<TensorData>& tensors, const std::string& metric_name,
                     const std::vector<std::size_t>& shape, const MetricTensors& column) {
    const auto beside = [&](std::string_view suffix) { return metric_name + std::string(suffix); };
    tensors.push_back(tensor(metric_name, Dtype::f32, shape, column.values));
    tensors.push_back(tensor(beside(kProvenanceSuffix), Dtype::u8, shape, column.provenance));
    if (!column.lower90.empty()) {
      tensors.push_back(tensor(beside(kLowerSuffix), Dtype::f32, shape, column.lower90));
      tensors.push_back(tensor(beside(kUpperSuffix), Dtype::f32, shape, column.upper90));
    }
    if (!column.out_of_range.empty()) {
      tensors.push_back(
          tensor(beside(kOutOfRangeSuffix), Dtype::u8, {shape[0]}, column.out_of_range));
    }
  }

  [[nodiscard]] std::vector<std::size_t> slots_by_rank() const {
    std::vector<std::size_t> slots;
    slots.reserve(impl_.ranks.size());
    for (const Row slot : impl_.slot_of) {
      if (slot != kNoSlot) slots.push_back(slot);
    }
    return slots;
  }

  /// Facts of the cells are found in order of rank; then all is put in order of hash.
  void order_cells() {
    const space::Space& space = space::Space::shared(impl_.max_vertices);
    const std::vector<std::size_t> by_rank = slots_by_rank();
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

  [[nodiscard]] MetricTensors tensors_of(const MetricPlanes& metric) const {
    const std::size_t row_size = impl_.budgets.size() * impl_.repeats;
    const std::size_t size = slots_.size() * row_size;
    MetricTensors result;
    result.values.resize(size, PlaneValue{}.value);
    result.provenance.resize(size, PlaneValue{}.provenance);
    if (metric.has_intervals()) {
      result.lower90.resize(size, PlaneValue{}.lower90);
      result.upper90.resize(size, PlaneValue{}.upper90);
    }
    for (const auto& [place, plane] : metric.planes) {
      const auto budget =
          std::ranges::lower_bound(impl_.budgets, place.first) - impl_.budgets.begin();
      const std::size_t first = static_cast<std::size_t>(budget) * impl_.repeats + place.second - 1;
      scatter(plane.values, slots_, first, row_size, result.values);
      scatter(plane.provenance, slots_, first, row_size, result.provenance);
      scatter(plane.lower90, slots_, first, row_size, result.lower90);
      scatter(plane.upper90, slots_, first, row_size, result.upper90);
    }
    result.out_of_range = flags_of(metric.out_of_range, slots_, result.provenance);
    return result;
  }

  void lay_out_metric(const MetricPlanes& metric) {
    infos_.push_back(metric.info);
    columns_.push_back(tensors_of(metric));
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
  std::vector<MetricTensors> columns_;
};

std::vector<std::byte> TableBuilder::bytes() const {
  return Impl::Layout(*impl_).bytes();
}

}  // namespace ecnas::table
