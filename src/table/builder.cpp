#include "ecnas/table/builder.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "ecnas/core/error.hpp"
#include "ecnas/core/file.hpp"
#include "ecnas/core/text.hpp"
#include "table/builder_impl.hpp"
#include "table/layout.hpp"

namespace ecnas::table {

TableBuilder::TableBuilder(Metadata metadata) : impl_(std::make_unique<Impl>()) {
  impl_->metadata = std::move(metadata);
}
TableBuilder::TableBuilder(TableBuilder&&) noexcept = default;
TableBuilder& TableBuilder::operator=(TableBuilder&&) noexcept = default;
TableBuilder::~TableBuilder() = default;

Metadata& TableBuilder::metadata() {
  return impl_->metadata;
}

/// Puts values of one metric at one budget and repeat into their plane, made with the first.
class TableBuilder::Impl::Filler {
 public:
  Filler(Impl& impl, std::string_view metric_name, std::int32_t epochs, std::size_t repeat,
         std::string_view origin)
      : impl_(impl),
        metric_(impl.metric(metric_name)),
        epochs_(epochs),
        repeat_(repeat),
        origin_(origin) {}

  /// Checks a value and the plane's place before anything is changed.
  void admit(float value, Provenance provenance) {
    if (std::isnan(value) || provenance == Provenance::absent ||
        provenance > Provenance::predicted) {
      fail(ErrorCode::invalid_argument,
           "{}: '{}' {} of provenance '{}'; expected a value and its origin", origin_,
           metric_.info.name, shortest(value), name(provenance));
    }
    check_range("", value);
    if (plane_ == nullptr) plane_ = &impl_.plane(metric_, epochs_, repeat_, origin_);
  }

  /// @return false if the same value was there already  @pre admitted
  bool put(std::size_t slot, float value, Provenance provenance) {
    value += 0.0F;  // makes −0 a 0
    if (slot >= plane_->values.size()) {
      plane_->values.resize(impl_.ranks.size(), PlaneValue{}.value);
      plane_->provenance.resize(impl_.ranks.size(), PlaneValue{}.provenance);
    }
    float& stored = plane_->values[slot];
    Provenance& stored_provenance = plane_->provenance[slot];
    if (std::isnan(stored)) {
      stored = value;
      stored_provenance = provenance;
      return true;
    }
    if (stored != value || stored_provenance != provenance) {
      fail(ErrorCode::invalid_data, "{}: {} is {} ({}), but was {} ({}) before", origin_,
           place(slot), shortest(value), name(provenance), shortest(stored),
           name(stored_provenance));
    }
    return false;
  }

  void bound(std::size_t slot, float lower90, float upper90) {
    check_range("_lower90", lower90);
    check_range("_upper90", upper90);
    lower90 += 0.0F;
    upper90 += 0.0F;
    if (plane_ == nullptr) plane_ = existing_plane();
    if (plane_ == nullptr || slot >= plane_->values.size() || std::isnan(plane_->values[slot])) {
      fail(ErrorCode::invalid_data, "{}: {} has an interval [{}, {}] but no value", origin_,
           place(slot), shortest(lower90), shortest(upper90));
    }
    const float value = plane_->values[slot];
    if (!(lower90 <= value && value <= upper90)) {
      fail(ErrorCode::invalid_data, "{}: {} is {}, outside its interval [{}, {}]", origin_,
           place(slot), shortest(value), shortest(lower90), shortest(upper90));
    }
    if (slot >= plane_->lower90.size()) {
      plane_->lower90.resize(impl_.ranks.size(), PlaneValue{}.lower90);
      plane_->upper90.resize(impl_.ranks.size(), PlaneValue{}.upper90);
    }
    float& stored_lower = plane_->lower90[slot];
    float& stored_upper = plane_->upper90[slot];
    if (!std::isnan(stored_lower) && (stored_lower != lower90 || stored_upper != upper90)) {
      fail(ErrorCode::invalid_data, "{}: {} has an interval [{}, {}], but had [{}, {}] before",
           origin_, place(slot), shortest(lower90), shortest(upper90), shortest(stored_lower),
           shortest(stored_upper));
    }
    stored_lower = lower90;
    stored_upper = upper90;
  }

 private:
  void check_range(std::string_view suffix, float value) const {
    const std::string_view fault = range_fault(metric_.info.kind, value);
    if (fault.empty()) return;
    fail(ErrorCode::invalid_data, "{}: {}{} {} {}", origin_, metric_.info.name, suffix,
         shortest(value), fault);
  }

  [[nodiscard]] std::string place(std::size_t slot) const {
    const space::Cell& cell = space::Space::shared(impl_.max_vertices).cell(impl_.ranks[slot]);
    return fmt::format("{} of {} at {} epochs, repeat {},", metric_.info.name, space::to_text(cell),
                       epochs_, repeat_);
  }

  [[nodiscard]] Plane* existing_plane() const {
    const auto found = metric_.planes.find({epochs_, repeat_});
    return found == metric_.planes.end() ? nullptr : &found->second;
  }

  Impl& impl_;
  MetricPlanes& metric_;
  std::int32_t epochs_;
  std::size_t repeat_;
  std::string_view origin_;
  Plane* plane_ = nullptr;
};

void TableBuilder::add_cell(const space::Cell& cell) {
  impl_->slot(cell);
}

bool TableBuilder::add(const space::Cell& cell, std::int32_t epochs, std::size_t repeat,
                       std::string_view metric_name, float value, Provenance provenance,
                       std::string_view origin) {
  Impl::Filler filler(*impl_, metric_name, epochs, repeat, origin);
  filler.admit(value, provenance);
  return filler.put(impl_->slot(cell), value, provenance);
}

void TableBuilder::add_interval(const space::Cell& cell, std::int32_t epochs, std::size_t repeat,
                                std::string_view metric_name, float lower90, float upper90,
                                std::string_view origin) {
  Impl::Filler filler(*impl_, metric_name, epochs, repeat, origin);
  filler.bound(impl_->slot(cell), lower90, upper90);
}

void TableBuilder::mark_out_of_range(const space::Cell& cell, std::string_view metric_name) {
  MetricPlanes& metric = impl_->metric(metric_name);
  impl_->mark(metric, impl_->slot(cell));
}

void TableBuilder::add_column(std::span<const space::Cell> cells, const ColumnPart& part,
                              std::string_view origin) {
  const auto fits = [&](std::size_t size) { return size == 0 || size == cells.size(); };
  ECNAS_ASSERT(part.values.size() == cells.size() && fits(part.provenance_of_each.size()));
  ECNAS_ASSERT(fits(part.lower90.size()) && part.lower90.size() == part.upper90.size());
  Impl::Filler filler(*impl_, part.metric_name, part.epochs, part.repeat, origin);
  const bool each = !part.provenance_of_each.empty();
  const bool intervals = !part.lower90.empty();
  const std::span<const std::size_t> slots = impl_->slots(cells);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (!std::isnan(part.values[i])) {
      const Provenance provenance = each ? part.provenance_of_each[i] : part.provenance;
      filler.admit(part.values[i], provenance);
      filler.put(slots[i], part.values[i], provenance);
    }
    if (intervals && !(std::isnan(part.lower90[i]) && std::isnan(part.upper90[i]))) {
      filler.bound(slots[i], part.lower90[i], part.upper90[i]);
    }
  }
}

void TableBuilder::mark_out_of_range(std::span<const space::Cell> cells,
                                     std::span<const std::uint8_t> flags,
                                     std::string_view metric_name) {
  ECNAS_ASSERT(cells.size() == flags.size());
  MetricPlanes& metric = impl_->metric(metric_name);
  const std::span<const std::size_t> slots = impl_->slots(cells);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (flags[i] != 0) impl_->mark(metric, slots[i]);
  }
}

std::size_t TableBuilder::Impl::slot(const space::Cell& cell) {
  if (cell == last_cell) return last_slot;
  max_vertices = std::max(max_vertices, cell.vertices());
  const space::Space& space = space::Space::shared(max_vertices);
  if (slot_of.size() < space.size()) slot_of.resize(space.size(), kNoSlot);
  const std::optional<space::Rank> rank = space.rank(cell);
  ECNAS_ASSERT(rank.has_value());
  if (slot_of[*rank] == kNoSlot) {
    slot_of[*rank] = static_cast<Row>(ranks.size());
    ranks.push_back(*rank);
  }
  last_cell = cell;
  last_slot = slot_of[*rank];
  return last_slot;
}

MetricPlanes& TableBuilder::Impl::metric(std::string_view name) {
  const auto found = std::ranges::find_if(
      metrics, [&](const MetricPlanes& metric) { return metric.info.name == name; });
  if (found != metrics.end()) return *found;
  const std::optional<MetricInfo> info = metric_info(name);
  if (!info) {
    fail(ErrorCode::invalid_argument, "metric {}: unknown; see docs/formats/table.md for the names",
         ecnas::quoted(name));
  }
  const auto after = std::ranges::find_if(
      metrics, [&](const MetricPlanes& other) { return metric_before(name, other.info.name); });
  return *metrics.insert(after, MetricPlanes{*info, {}, {}});
}

Plane& TableBuilder::Impl::plane(MetricPlanes& metric, std::int32_t epochs, std::size_t repeat,
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

std::span<const std::size_t> TableBuilder::Impl::slots(std::span<const space::Cell> cells) {
  if (!std::ranges::equal(cells, last_cells)) {
    last_slots.clear();
    for (const space::Cell& cell : cells)
      last_slots.push_back(slot(cell));
    last_cells.assign(cells.begin(), cells.end());
  }
  return last_slots;
}

void TableBuilder::Impl::mark(MetricPlanes& metric, std::size_t marked) const {
  if (marked >= metric.out_of_range.size()) metric.out_of_range.resize(ranks.size());
  metric.out_of_range[marked] = 1;
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
