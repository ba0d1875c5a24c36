#pragma once
/// Swaps as the words say them: every cell looked up by its hash, sums in long doubles.

#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "ecnas/space/cell.hpp"
#include "ecnas/space/hash.hpp"

namespace ecnas::analysis::oracle {

struct Swapped {
  std::optional<double> change;
  std::size_t cells = 0;
};

using ByHash = std::map<space::Hash, double>;

/// The new values of a cell in which `from` becomes `to`: of all its vertices at once, or of each
/// in turn. Empty without any.
inline std::vector<std::optional<double>> new_values(const space::Cell& cell, space::Operation from,
                                                     space::Operation to, bool single,
                                                     const ByHash& values) {
  std::vector<space::Specification> made;
  space::Specification all = cell.specification();
  for (unsigned v = 1; v + 1 < cell.vertices(); ++v) {
    if (cell.operation(v) != from) continue;
    all.set_operation(v, to);
    space::Specification one = cell.specification();
    one.set_operation(v, to);
    if (single) made.push_back(one);
  }
  if (!single && all != cell.specification()) made.push_back(all);
  std::vector<std::optional<double>> result;
  for (const space::Specification& specification : made) {
    const auto found = values.find(space::hash_of(*space::Cell::from(specification)));
    result.push_back(found == values.end() ? std::nullopt : std::optional(found->second));
  }
  return result;
}

/// One entry before it is antisymmetrised.
/// @param old     by hash, the cells to average over
/// @param values  by hash, where swaps are looked up
/// @param scale   "old": in percent of the old value, "mean": of the mean, "": as it is
inline Swapped one_sided(const std::vector<space::Cell>& cells, const ByHash& old,
                         const ByHash& values, space::Operation from, space::Operation to,
                         bool single, bool containing_only, std::string_view scale) {
  long double sum = 0, count = 0, total = 0;
  Swapped result;
  for (const space::Cell& cell : cells) {
    const long double before = old.at(space::hash_of(cell));
    total += before;
    const auto after = new_values(cell, from, to, single, values);
    long double changes = 0, known = 0;
    for (const std::optional<double>& value : after) {
      if (!value) continue;
      const long double difference = static_cast<long double>(*value) - before;
      changes += scale == "old" ? 100 * difference / before : difference;
      known += 1;
    }
    if (after.empty() && !containing_only) count += 1;
    if (known == 0) continue;
    sum += changes / known;
    count += 1;
    ++result.cells;
  }
  if (result.cells == 0) return result;
  if (scale == "mean") sum *= 100 / (total / static_cast<long double>(cells.size()));
  result.change = static_cast<double>(sum / count);
  return result;
}

}  // namespace ecnas::analysis::oracle
