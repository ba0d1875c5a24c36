#include "ecnas/analysis/swaps.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "analysis/groups.hpp"
#include "ecnas/core/parallel.hpp"
#include "ecnas/space/space.hpp"

namespace ecnas::analysis {
namespace {

using space::Cell;
using space::kOperationCount;
using space::Operation;
using space::Rank;
using space::Space;
using space::Specification;
using table::Row;
using table::Table;

struct Named {
  SwapDefinition definition;
  std::string_view name;
};
constexpr std::array<Named, 6> kNames = {{
    {SwapDefinition::published, "published"},
    {SwapDefinition::one_sided, "one-sided"},
    {SwapDefinition::containing, "containing"},
    {SwapDefinition::single_vertex, "single-vertex"},
    {SwapDefinition::relative_to_mean, "relative-to-mean"},
    {SwapDefinition::absolute, "absolute"},
}};
constexpr std::array<SwapDefinition, kNames.size()> kDefinitions = [] {
  std::array<SwapDefinition, kNames.size()> result{};
  for (std::size_t i = 0; i < kNames.size(); ++i)
    result[i] = kNames[i].definition;
  return result;
}();

constexpr double kAbsent = std::numeric_limits<double>::quiet_NaN();

/// One cell that a swap makes. All of them are in the space, as they have the old cell's graph.
struct Swap {
  std::size_t from;
  std::size_t to;
  Rank rank;
};

/// All swaps of a cell, and which operations it has.
struct Swaps {
  std::array<Swap, (kOperationCount - 1) * space::kMaxInterior> list;
  std::size_t count = 0;
  std::array<bool, kOperationCount> contains{};

  void add(std::size_t from, std::size_t to, const Specification& swapped) {
    list[count++] = {from, to, *Space::shared().rank(*Cell::from(swapped))};
  }
};

Specification with_all_replaced(Specification cell, std::size_t from, std::size_t to) {
  for (unsigned vertex = 1; vertex + 1 < cell.vertices; ++vertex) {
    if (cell.operation(vertex) == static_cast<Operation>(from))
      cell.set_operation(vertex, static_cast<Operation>(to));
  }
  return cell;
}

Swaps swaps_of(const Cell& cell, bool single_vertex) {
  const Specification& old = cell.specification();
  Swaps swaps;
  for (unsigned vertex = 1; vertex + 1 < old.vertices; ++vertex) {
    const auto from = static_cast<std::size_t>(old.operation(vertex));
    const bool is_first = !std::exchange(swaps.contains[from], true);
    if (!single_vertex && !is_first) continue;
    for (std::size_t to = 0; to < kOperationCount; ++to) {
      if (to == from) continue;
      if (single_vertex) {
        Specification swapped = old;
        swapped.set_operation(vertex, static_cast<Operation>(to));
        swaps.add(from, to, swapped);
      } else {
        swaps.add(from, to, with_all_replaced(old, from, to));
      }
    }
  }
  return swaps;
}

/// One metric and how its changes are measured.
struct Measured {
  Metric metric;
  SwapDefinition definition;
  Values stored;                // by row
  std::vector<double> by_rank;  // (space); NaN: not there

  [[nodiscard]] bool in_percent() const {
    return definition == SwapDefinition::relative_to_mean ||
           (definition != SwapDefinition::absolute && !is_accuracy(metric));
  }
  /// NaN where it is not known.
  [[nodiscard]] double change(double old, double swapped) const {
    const bool of_old = in_percent() && definition != SwapDefinition::relative_to_mean;
    if (!of_old) return swapped - old;
    return old > 0 ? 100 * (swapped - old) / old : kAbsent;
  }
};

/// What entries are made of, summed over cells. Doubles throughout, so that a group's sums are a
/// span of numbers.
struct Sums {
  OperationMatrix<double> change{};               // of cells with A whose swap has a value
  OperationMatrix<double> changed{};              // how many these are
  std::array<double, kOperationCount> with{};     // cells with A
  std::array<double, kOperationCount> without{};  // cells without
  double value = 0;                               // the metric itself
  double values = 0;                              // how many
};

void add(const Swaps& swaps, double old, const Measured& measured, Sums& sums) {
  OperationMatrix<double> change{};
  OperationMatrix<double> known{};
  for (std::size_t i = 0; i < swaps.count; ++i) {
    const auto& [from, to, rank] = swaps.list[i];
    const double difference = measured.change(old, measured.by_rank[rank]);
    if (std::isnan(difference)) continue;
    change[from][to] += difference;
    ++known[from][to];
  }
  sums.value += old;
  ++sums.values;
  for (std::size_t a = 0; a < kOperationCount; ++a) {
    ++(swaps.contains[a] ? sums.with : sums.without)[a];
    for (std::size_t b = 0; b < kOperationCount; ++b) {
      if (known[a][b] == 0) continue;
      sums.change[a][b] += change[a][b] / known[a][b];
      ++sums.changed[a][b];
    }
  }
}

/// What M[A][B] is made of: change, changed, without.
constexpr std::size_t kHalf = 3;
/// What an entry is made of, as a row of numbers: there, back, and the metric itself.
constexpr std::size_t kTerms = 2 * kHalf + 2;

std::array<double, kTerms> terms_of(const Sums& sums, std::size_t a, std::size_t b) {
  return {sums.change[a][b],  sums.changed[a][b], sums.without[a], sums.change[b][a],
          sums.changed[b][a], sums.without[b],    sums.value,      sums.values};
}

/// M[A][B]; none where no cell says.
std::optional<double> mean_change(std::span<const double> half, SwapDefinition definition) {
  const double changed = half[1];
  if (changed == 0) return std::nullopt;
  const double without = definition == SwapDefinition::containing ? 0 : half[2];
  return half[0] / (changed + without);
}

std::optional<double> entry(std::span<const double> terms, SwapDefinition definition) {
  const auto there = mean_change(terms.first(kHalf), definition);
  if (definition == SwapDefinition::one_sided) return there;
  const auto back = mean_change(terms.subspan(kHalf, kHalf), definition);
  if (!there || !back) return std::nullopt;
  const double change = (*there - *back) / 2;
  if (definition != SwapDefinition::relative_to_mean) return change;
  const double mean = terms[kTerms - 2] / terms[kTerms - 1];
  return 100 * change / mean;
}

Measured read(const Table& table, std::span<const Rank> ranks, Metric metric, std::int32_t epochs,
              const SwapOptions& options) {
  Measured result{.metric = metric,
                  .definition = options.definition.value_or(
                      is_accuracy(metric) ? SwapDefinition::absolute : SwapDefinition::published),
                  .stored = read_values(table, metric, epochs, options.reading)};
  const Space& space = Space::shared();
  if (is_of_cell(metric)) {
    const space::Skeleton& skeleton = table.metadata().skeleton;
    const std::vector<std::int64_t> counts =
        metric == Metric::parameters ? space.trainable_parameters(skeleton) : space.flops(skeleton);
    result.by_rank.assign(counts.begin(), counts.end());
  } else {
    result.by_rank.assign(space.size(), kAbsent);
    for (Row row = 0; row < ranks.size(); ++row)
      result.by_rank[ranks[row]] = result.stored.values[row];
  }
  return result;
}

std::vector<Rank> ranks_of_rows(const Table& table, const Groups& groups, unsigned threads) {
  std::vector<Rank> ranks(table.cells());
  parallel_for(groups.count, threads, [&](std::size_t group) {
    for (std::size_t row = groups.begin(group); row < groups.end(group); ++row)
      ranks[row] = *Space::shared().rank(table.cell(static_cast<Row>(row)));
  });
  return ranks;
}

/// @return (metrics, groups)
std::vector<std::vector<Sums>> sum_up(std::span<const Measured> metrics,
                                      std::span<const Rank> ranks, const Groups& groups,
                                      bool single_vertex, unsigned threads) {
  std::vector<std::vector<Sums>> sums(metrics.size(), std::vector<Sums>(groups.count));
  parallel_for(groups.count, threads, [&](std::size_t group) {
    for (std::size_t row = groups.begin(group); row < groups.end(group); ++row) {
      const Swaps swaps = swaps_of(Space::shared().cell(ranks[row]), single_vertex);
      for (std::size_t i = 0; i < metrics.size(); ++i) {
        const double old = metrics[i].stored.values[row];
        if (!std::isnan(old)) add(swaps, old, metrics[i], sums[i][group]);
      }
    }
  });
  return sums;
}

/// One entry and its mirror image; both at once if they are the same number.
void fill(SwapMatrix& matrix, std::span<const Sums> groups, std::size_t a, std::size_t b,
          const IntervalOptions& options) {
  std::vector<double> terms;
  terms.reserve(groups.size() * kTerms);
  for (const Sums& sums : groups) {
    const auto of_group = terms_of(sums, a, b);
    terms.insert(terms.end(), of_group.begin(), of_group.end());
  }
  const SwapDefinition definition = matrix.definition;
  const auto found = estimate_of_sums(
      terms, kTerms, [=](std::span<const double> all) { return entry(all, definition); }, options);
  if (!found) return;
  matrix.change[a][b] = found->value;
  matrix.interval[a][b] = found->interval;
  if (definition == SwapDefinition::one_sided) return;
  matrix.change[b][a] = -found->value;
  if (found->interval)
    matrix.interval[b][a] = Interval{-found->interval->upper, -found->interval->lower};
}

SwapMatrix matrix_of(const Measured& measured, std::span<const Sums> groups,
                     const IntervalOptions& options) {
  SwapMatrix matrix{.metric = measured.metric,
                    .definition = measured.definition,
                    .epochs = measured.stored.epochs,
                    .absolute = !measured.in_percent(),
                    .provenance = measured.stored.provenance};
  for (std::size_t a = 0; a < kOperationCount; ++a) {
    for (std::size_t b = 0; b < kOperationCount; ++b) {
      double cells = 0;
      for (const Sums& sums : groups)
        cells += a == b ? sums.with[a] : sums.changed[a][b];
      matrix.cells[a][b] = static_cast<std::size_t>(cells);
      if (a == b) {
        matrix.change[a][b] = 0;
        matrix.interval[a][b] = Interval{0, 0};
      } else if (a < b || measured.definition == SwapDefinition::one_sided) {
        fill(matrix, groups, a, b, options);
      }
    }
  }
  return matrix;
}

}  // namespace

std::span<const SwapDefinition> swap_definitions() {
  return kDefinitions;
}

std::string_view name(SwapDefinition definition) {
  return kNames[static_cast<std::size_t>(definition)].name;
}

std::optional<SwapDefinition> parse_swap_definition(std::string_view text) {
  const auto found = std::ranges::find(kNames, text, &Named::name);
  return found == kNames.end() ? std::nullopt : std::optional(found->definition);
}

std::vector<SwapMatrix> swap_matrices(const Table& table, std::span<const Metric> metrics,
                                      std::optional<std::int32_t> epochs,
                                      const SwapOptions& options) {
  const Groups groups(table.cells(), options.intervals);
  const unsigned threads = options.reading.threads;
  const std::int32_t budget = chosen_epochs(table, epochs);
  const std::vector<Rank> ranks = ranks_of_rows(table, groups, threads);
  std::vector<Measured> measured;
  for (const Metric metric : metrics)
    measured.push_back(read(table, ranks, metric, budget, options));

  const bool single_vertex = options.definition == SwapDefinition::single_vertex;
  const auto sums = sum_up(measured, ranks, groups, single_vertex, threads);
  std::vector<SwapMatrix> matrices;
  for (std::size_t i = 0; i < measured.size(); ++i)
    matrices.push_back(matrix_of(measured[i], sums[i], options.intervals));
  return matrices;
}

SwapMatrix swap_matrix(const Table& table, Metric metric, std::optional<std::int32_t> epochs,
                       const SwapOptions& options) {
  return swap_matrices(table, std::span(&metric, 1), epochs, options).front();
}

}  // namespace ecnas::analysis
