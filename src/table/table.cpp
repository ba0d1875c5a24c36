#include "ecnas/table/table.hpp"

#include <algorithm>
#include <cstring>
#include <type_traits>
#include <utility>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "table/hash_order.hpp"
#include "table/layout.hpp"
#include "table/metadata.hpp"
#include "table/table_impl.hpp"

namespace ecnas::table {
namespace {

static_assert(sizeof(space::Hash) == 16 && alignof(space::Hash) == 1, "hashes are mapped");

// Up to this size the checksum is checked at every opening: it costs below a millisecond. Larger
// tables are checked by `verify`.
constexpr std::size_t kCheckedOnOpen = std::size_t{4} << 20;

constexpr std::array<std::string_view, 6> kCellTensors = {
    "hash", "vertices", "adjacency", "operations", "trainable_parameters", "epochs"};

template <typename T>
constexpr Dtype kDtypeOf = [] {
  if constexpr (std::is_same_v<T, std::int32_t>) return Dtype::i32;
  if constexpr (std::is_same_v<T, std::uint32_t>) return Dtype::u32;
  if constexpr (std::is_same_v<T, std::int64_t>) return Dtype::i64;
  if constexpr (std::is_same_v<T, float>) return Dtype::f32;
  return Dtype::u8;  // bytes, hashes, provenances
}();

}  // namespace

/// Turns checked safetensors into the views of a table.
class Table::Impl::Loader {
 public:
  explicit Loader(Impl& impl) : impl_(impl) {}

  void load() {
    file_ = parse_safetensors(impl_.bytes, impl_.name);
    impl_.metadata = decode_metadata(file_.metadata, impl_.name);
    impl_.data = file_.data;
    check_checksums();
    load_cells();
    load_budgets();
    load_columns();
  }

 private:
  template <typename... Args>
  [[noreturn]] void wrong(fmt::format_string<Args...> format, Args&&... args) const {
    fail(ErrorCode::invalid_data, "{}: {}", impl_.name,
         fmt::format(format, std::forward<Args>(args)...));
  }

  void check_checksums() {
    const auto stored = [&](std::string_view key) {
      const auto found = file_.metadata.find(key);
      return found == file_.metadata.end() ? std::string() : found->second;
    };
    const std::string expected = header_checksum(file_.metadata, file_.tensors);
    if (stored(kHeaderChecksumKey) != expected) {
      wrong("header checksum is {} but its content gives '{}'; the file is damaged",
            ecnas::quoted(stored(kHeaderChecksumKey)), expected);
    }
    impl_.checksum = stored(kChecksumKey);
    if (file_.data.size() <= kCheckedOnOpen) impl_.check_data();
  }

  /// The named tensor, of this dtype and shape.
  template <typename T>
  std::span<const T> take(std::string_view tensor_name, const std::vector<std::size_t>& shape) {
    const auto found = file_.tensors.find(tensor_name);
    if (found == file_.tensors.end()) wrong("no tensor '{}'", tensor_name);
    const Tensor& tensor = found->second;
    if (tensor.dtype != kDtypeOf<T> || tensor.shape != shape) {
      wrong("tensor '{}' is {} × ({}); expected {} × ({})", tensor_name, table::name(tensor.dtype),
            fmt::join(tensor.shape, ", "), table::name(kDtypeOf<T>), fmt::join(shape, ", "));
    }
    return {reinterpret_cast<const T*>(tensor.bytes.data()), tensor.bytes.size() / sizeof(T)};
  }

  /// First extent of a tensor, before anything else is known of it; 0 if there is none.
  std::size_t extent(std::string_view tensor_name) const {
    const auto found = file_.tensors.find(tensor_name);
    if (found == file_.tensors.end() || found->second.shape.empty()) return 0;
    return found->second.shape[0];
  }

  void load_cells() {
    const std::size_t cells = extent("hash");
    if (cells == 0 || cells > kMaxCells) wrong("{} cells; expected 1 to {}", cells, kMaxCells);
    impl_.hashes = take<space::Hash>("hash", {cells, sizeof(space::Hash)});
    expect_reading(std::as_bytes(impl_.hashes));
    impl_.vertices = take<std::uint8_t>("vertices", {cells});
    impl_.adjacency = take<std::uint32_t>("adjacency", {cells});
    impl_.operations = take<std::uint8_t>("operations", {cells, space::kMaxInterior});
    impl_.parameters = take<std::int64_t>("trainable_parameters", {cells});
    for (std::size_t row = 1; row < cells; ++row) {
      if (!hash_less(impl_.hashes[row - 1], impl_.hashes[row])) {
        wrong("hashes are not in ascending order at row {}", row);
      }
    }
  }

  void load_budgets() {
    const std::size_t count = extent("epochs");
    if (count > kMaxBudgets) wrong("{} budgets; expected at most {}", count, kMaxBudgets);
    impl_.budgets = take<std::int32_t>("epochs", {count});
    const auto falls = std::ranges::adjacent_find(impl_.budgets, std::greater_equal<>{});
    if (falls != impl_.budgets.end()) wrong("epochs are not in ascending order");
    if (count > 0 && impl_.budgets[0] < 1) wrong("a budget of {} epochs", impl_.budgets[0]);
  }

  /// Names of the metrics: what is neither a tensor of the cells nor one beside a metric.
  std::vector<std::string> metric_names() const {
    std::vector<std::string> names;
    for (const auto& [tensor_name, tensor] : file_.tensors) {
      if (std::ranges::find(kCellTensors, tensor_name) != kCellTensors.end()) continue;
      const auto suffix = std::ranges::find_if(
          kSuffixes, [&](std::string_view end) { return tensor_name.ends_with(end); });
      if (suffix == kSuffixes.end()) {
        names.push_back(tensor_name);
        continue;
      }
      const auto metric =
          std::string_view(tensor_name).substr(0, tensor_name.size() - suffix->size());
      if (!file_.tensors.contains(metric) || !metric_info(metric)) {
        wrong("tensor {} has no metric beside it", ecnas::quoted(tensor_name));
      }
    }
    std::ranges::sort(names, metric_before);
    return names;
  }

  void load_columns() {
    const std::vector<std::string> names = metric_names();
    if (names.size() > kMaxMetrics)
      wrong("{} metrics; expected at most {}", names.size(), kMaxMetrics);
    if (names.empty() != impl_.budgets.empty()) {
      wrong("{} budgets and {} metrics; expected both or neither", impl_.budgets.size(),
            names.size());
    }
    if (!names.empty()) impl_.repeats = read_repeats(names[0]);
    const std::vector<std::size_t> shape = {impl_.hashes.size(), impl_.budgets.size(),
                                            impl_.repeats};
    for (const std::string& metric : names)
      load_column(metric, shape);
  }

  void load_column(const std::string& metric, const std::vector<std::size_t>& shape) {
    const std::optional<MetricInfo> info = metric_info(metric);
    if (!info) wrong("tensor {} is no known metric", ecnas::quoted(metric));
    const auto beside = [&](std::string_view suffix) { return metric + std::string(suffix); };
    const auto has = [&](std::string_view suffix) {
      return file_.tensors.contains(beside(suffix));
    };
    Column column{.info = *info,
                  .values = take<float>(metric, shape),
                  .provenance = take<Provenance>(beside(kProvenanceSuffix), shape)};
    if (has(kLowerSuffix) || has(kUpperSuffix)) {
      column.lower90 = take<float>(beside(kLowerSuffix), shape);
      column.upper90 = take<float>(beside(kUpperSuffix), shape);
    }
    if (has(kOutOfRangeSuffix)) {
      column.out_of_range = take<std::uint8_t>(beside(kOutOfRangeSuffix), {shape[0]});
    }
    impl_.columns.push_back(std::move(column));
  }

  std::size_t read_repeats(const std::string& metric) const {
    const std::vector<std::size_t>& shape = file_.tensors.find(metric)->second.shape;
    if (shape.size() != 3 || shape[2] == 0 || shape[2] > kMaxRepeats) {
      wrong("tensor {} has shape ({}); expected (cells, budgets, repeats) with 1 to {} repeats",
            ecnas::quoted(metric), fmt::join(shape, ", "), kMaxRepeats);
    }
    return shape[2];
  }

  Impl& impl_;
  Safetensors file_;
};

Table::Table(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Table::Table(Table&&) noexcept = default;
Table& Table::operator=(Table&&) noexcept = default;
Table::~Table() = default;

Table Table::open(const std::filesystem::path& path) {
  return open(path, path.string());
}

Table Table::open(const std::filesystem::path& path, std::string name) {
  auto impl = std::make_unique<Impl>();
  impl->name = std::move(name);
  impl->file = MappedFile::open(path);
  impl->bytes = impl->file.bytes();
  Impl::Loader(*impl).load();
  return Table(std::move(impl));
}

Table Table::from_bytes(std::vector<std::byte> bytes, std::string name) {
  auto impl = std::make_unique<Impl>();
  impl->name = std::move(name);
  impl->memory = std::move(bytes);
  impl->bytes = impl->memory;
  Impl::Loader(*impl).load();
  return Table(std::move(impl));
}

const std::string& Table::name() const {
  return impl_->name;
}
std::span<const std::int32_t> Table::budgets() const {
  return impl_->budgets;
}
std::size_t Table::repeats() const {
  return impl_->repeats;
}
const Metadata& Table::metadata() const {
  return impl_->metadata;
}
std::span<const std::byte> Table::bytes() const {
  return impl_->bytes;
}
std::span<const space::Hash> Table::hashes() const {
  return impl_->hashes;
}
std::span<const std::int64_t> Table::trainable_parameters() const {
  return impl_->parameters;
}
std::span<const Column> Table::columns() const {
  return impl_->columns;
}

const Column* Table::column(std::string_view metric_name) const {
  const auto found = std::ranges::find_if(
      impl_->columns, [&](const Column& column) { return column.info.name == metric_name; });
  return found == impl_->columns.end() ? nullptr : &*found;
}

std::optional<std::size_t> Table::budget_index(std::int32_t epochs) const {
  const auto found = std::ranges::find(impl_->budgets, epochs);
  if (found == impl_->budgets.end()) return std::nullopt;
  return static_cast<std::size_t>(found - impl_->budgets.begin());
}

space::Cell Table::cell(Row row) const {
  ECNAS_ASSERT(row < cells());
  return impl_->decode_cell(row);
}

void Table::Impl::fail_row(Row row, std::string_view fault) const {
  fail(ErrorCode::invalid_data, "{}: row {} ({}) {}; the file is damaged", name, row,
       space::to_text(hashes[row]), fault);
}

space::Cell Table::Impl::decode_cell(Row row) const {
  const unsigned count = vertices[row];
  if (count < 2 || count > space::kMaxVertices) {
    fail_row(row, fmt::format("has {} vertices, expected 2 to {}", count, space::kMaxVertices));
  }
  const std::uint32_t bits = adjacency[row];
  if (bits >> (count * (count - 1) / 2) != 0) fail_row(row, "has edges beyond its vertices");

  space::Specification specification;
  specification.vertices = static_cast<std::uint8_t>(count);
  specification.adjacency = space::from_row_major(bits, count);
  const std::uint8_t* stored = operations.data() + row * space::kMaxInterior;
  for (unsigned i = 0; i < space::kMaxInterior; ++i) {
    if (i + 2 >= count) {
      if (stored[i] != kNoOperation) fail_row(row, "has operations beyond its vertices");
    } else if (stored[i] >= space::kOperationCount) {
      fail_row(row, fmt::format("has operation {}, expected 0, 1 or 2", stored[i]));
    } else {
      specification.set_operation(i + 1, static_cast<space::Operation>(stored[i]));
    }
  }
  const auto cell = space::Cell::from(specification);
  if (!cell) fail_row(row, fmt::format("is no cell: {}", space::describe(cell.reason())));
  if (cell->specification() != specification) fail_row(row, "has vertices on no path");
  return *cell;
}

const RankIndex& Table::Impl::rank_index() const {
  return index.get([this] {
    const unsigned largest = std::ranges::max(vertices);
    const auto limit = std::clamp<unsigned>(largest, 2, space::kMaxVertices);
    RankIndex built{.space = &space::Space::shared(limit), .rows = {}};
    built.rows.assign(built.space->size(), kNoRow);
    for (Row row = 0; row < hashes.size(); ++row) {
      const auto rank = built.space->rank(decode_cell(row));
      ECNAS_ASSERT(rank.has_value());
      Row& slot = built.rows[*rank];
      if (slot != kNoRow) fail_row(row, fmt::format("is the cell of row {} again", slot));
      slot = row;
    }
    return built;
  });
}

}  // namespace ecnas::table
