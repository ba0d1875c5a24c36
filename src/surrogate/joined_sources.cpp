#include "surrogate/joined_sources.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "ecnas/core/error.hpp"
#include "ecnas/space/canonical.hpp"
#include "ecnas/stats/summary.hpp"
#include "ecnas/surrogate/surrogate.hpp"

namespace ecnas::surrogate {
RowOf rows_of(const Observations& observations) {
  RowOf rows;
  for (std::size_t i = 0; i < observations.cells.size(); ++i)
    rows[space::canonical(observations.cells[i])] = i;
  return rows;
}

double linked_value(const Observations& observations, std::size_t cell, std::size_t budget) {
  const double value = observations.value(cell, budget);
  return std::isnan(value) ? value : link(observations.target, value);
}

double conversion(const Observations& first, const RowOf& rows, const Observations& other,
                  std::size_t budget) {
  if (first.target == Target::energy_kwh && first.pue && other.pue)
    return std::log(*first.pue / *other.pue);
  std::vector<double> shifts;
  for (std::size_t i = 0; i < other.cells.size(); ++i) {
    const auto found = rows.find(space::canonical(other.cells[i]));
    if (found == rows.end()) continue;
    const double shift =
        linked_value(first, found->second, budget) - linked_value(other, i, budget);
    if (!std::isnan(shift)) shifts.push_back(shift);
  }
  if (shifts.size() < kFewestShared) {
    fail(ErrorCode::invalid_data,
         "{}: shares {} cells with {}; converting its values takes {} at least", other.source,
         shifts.size(), first.source, kFewestShared);
  }
  return stats::median(shifts);
}

namespace {

/// A mean of several trainings weighs more than one; what was converted weighs half.
double weight_of(const Observations& source, std::size_t cell, std::size_t budget, bool converted) {
  const bool accuracy = is_accuracy(source.target);
  const std::size_t trainings =
      accuracy && source.kind == AccuracyKind::mean
          ? 3
          : std::max<std::size_t>(1, source.repeats[cell * source.epochs.size() + budget]);
  const double share = converted ? 0.5 : 1;
  return share * static_cast<double>(trainings);
}

/// Energies of another campaign have its own artefacts: they join only where the first source has
/// next to nothing, that is, cells of as many vertices as fewer than 20 of its cells have.
std::array<bool, space::kMaxVertices + 1> lacking_vertices(const Observations& first) {
  std::array<std::size_t, space::kMaxVertices + 1> counts{};
  for (const space::Cell& cell : first.cells)
    ++counts[cell.vertices()];
  std::array<bool, space::kMaxVertices + 1> lacking{};
  for (std::size_t v = 0; v < counts.size(); ++v)
    lacking[v] = first.target != Target::energy_kwh || counts[v] < 20;
  return lacking;
}

}  // namespace

Joined join(std::span<const Observations> sources) {
  const Observations& first = sources.front();
  const std::size_t budgets = first.epochs.size();
  const RowOf first_rows = rows_of(first);
  const auto lacking = lacking_vertices(first);
  Joined joined;
  std::map<space::Cell, std::size_t> places;
  for (const Observations& source : sources) {
    const bool converted = &source != &first;
    for (std::size_t budget = 0; budget < budgets; ++budget) {
      const double shift = converted ? conversion(first, first_rows, source, budget) : 0;
      for (std::size_t i = 0; i < source.cells.size(); ++i) {
        const double linked = linked_value(source, i, budget);
        if (std::isnan(linked)) continue;
        if (converted && !lacking[source.cells[i].vertices()]) continue;
        const space::Cell cell = space::canonical(source.cells[i]);
        const auto [place, is_new] = places.try_emplace(cell, joined.cells.size());
        if (is_new) {
          joined.cells.push_back(cell);
          joined.linked.insert(joined.linked.end(), budgets, 0.0);
          joined.weights.insert(joined.weights.end(), budgets, 0.0);
          const auto row = first_rows.find(cell);
          joined.of_first.push_back(
              row == first_rows.end() ? -1 : static_cast<std::int64_t>(row->second));
        }
        const std::size_t at = place->second * budgets + budget;
        const double weight = weight_of(source, i, budget, converted);
        joined.linked[at] += weight * (linked + shift);
        joined.weights[at] += weight;
      }
    }
  }
  for (std::size_t at = 0; at < joined.linked.size(); ++at) {
    joined.linked[at] = joined.weights[at] > 0 ? joined.linked[at] / joined.weights[at]
                                               : std::numeric_limits<double>::quiet_NaN();
  }
  return joined;
}

}  // namespace ecnas::surrogate
