#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "ecnas/space/space.hpp"
#include "ecnas/table/builder.hpp"

namespace ecnas::table {

/// What a plane holds of one cell; NaN bounds: no interval known.
struct PlaneValue {
  float value = std::numeric_limits<float>::quiet_NaN();
  Provenance provenance = Provenance::absent;
  float lower90 = std::numeric_limits<float>::quiet_NaN();
  float upper90 = std::numeric_limits<float>::quiet_NaN();
};

/// Values of one metric at one budget and repeat, by slot of the cell; grows as slots do. Without a
/// single interval the bounds are empty.
struct Plane {
  std::vector<float> values;
  std::vector<Provenance> provenance;
  std::vector<float> lower90;
  std::vector<float> upper90;
};

/// One metric: a plane for every (budget, repeat) that has a value.
struct MetricPlanes {
  MetricInfo info;
  std::map<std::pair<std::int32_t, std::size_t>, Plane> planes;  // (epochs, repeat)
  std::vector<std::uint8_t> out_of_range;                        // by slot; grows as slots do

  [[nodiscard]] bool has_intervals() const;
};

struct TableBuilder::Impl {
  class Filler;  // builder.cpp: puts values into one plane
  class Layout;  // builder_layout.cpp: makes the file's bytes

  Metadata metadata;
  std::vector<space::Rank> ranks;     // by slot; ranks are the same in every space with the cell
  std::vector<Row> slot_of;           // by rank; kNoSlot: not there
  unsigned max_vertices = 2;          // of the cells so far
  std::vector<std::int32_t> budgets;  // ascending
  std::size_t repeats = 0;
  std::vector<MetricPlanes> metrics;  // in order

  // Values mostly come cell by cell.
  std::optional<space::Cell> last_cell;
  std::size_t last_slot = 0;
  // Columns mostly are of the same cells.
  std::vector<space::Cell> last_cells;
  std::vector<std::size_t> last_slots;

  static constexpr Row kNoSlot = std::numeric_limits<Row>::max();

  std::size_t slot(const space::Cell& cell);
  std::span<const std::size_t> slots(std::span<const space::Cell> cells);
  MetricPlanes& metric(std::string_view name);
  Plane& plane(MetricPlanes& metric, std::int32_t epochs, std::size_t repeat,
               std::string_view origin);
  void add_budget(std::int32_t epochs, std::string_view origin);
  void mark(MetricPlanes& metric, std::size_t marked) const;
};

}  // namespace ecnas::table
