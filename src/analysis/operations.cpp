#include "ecnas/analysis/operations.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "analysis/groups.hpp"
#include "ecnas/core/error.hpp"

namespace ecnas::analysis {
namespace {

constexpr std::size_t kFewestCells = 20;
constexpr std::size_t kColumns = kCostTerms + 1;  // the terms, shifted, after a constant 1

constexpr std::array<CostTerm, kCostTerms> kTerms = {{
    {"conv3x3", "vertices that are 3x3 convolutions"},
    {"conv1x1", "vertices that are 1x1 convolutions"},
    {"maxpool3x3", "vertices that are poolings"},
    {"longest_path", "edges on the longest way from input to output"},
    {"output_width", "interior vertices that feed the output"},
    {"edges", "edges"},
}};

using Row = std::array<double, kColumns>;
using Square = std::array<Row, kColumns>;

/// XᵀX, Xᵀy and yᵀy as numbers that add over cells.
constexpr std::size_t kSums = kColumns * kColumns + kColumns + 1;

void add(const Row& x, double y, std::span<double> sums) {
  for (std::size_t i = 0; i < kColumns; ++i) {
    for (std::size_t j = 0; j < kColumns; ++j)
      sums[i * kColumns + j] += x[i] * x[j];
    sums[kColumns * kColumns + i] += x[i] * y;
  }
  sums[kSums - 1] += y * y;
}

/// Coefficients and R².
struct Fit {
  Row coefficients;
  double r2;
};

/// Solves a x = b for a symmetric, positive a by elimination; none if it is singular.
std::optional<Row> solved(Square a, Row b) {
  Row scale{};
  for (std::size_t i = 0; i < kColumns; ++i)
    scale[i] = a[i][i];
  for (std::size_t pivot = 0; pivot < kColumns; ++pivot) {
    // What is left of a column that the ones before explain is rounding.
    if (!(a[pivot][pivot] > 1e-9 * scale[pivot])) return std::nullopt;
    for (std::size_t i = pivot + 1; i < kColumns; ++i) {
      const double factor = a[i][pivot] / a[pivot][pivot];
      for (std::size_t j = pivot; j < kColumns; ++j)
        a[i][j] -= factor * a[pivot][j];
      b[i] -= factor * b[pivot];
    }
  }
  for (std::size_t i = kColumns; i-- > 0;) {
    for (std::size_t j = i + 1; j < kColumns; ++j)
      b[i] -= a[i][j] * b[j];
    b[i] /= a[i][i];
  }
  return b;
}

std::optional<Fit> fit(std::span<const double> sums) {
  Square a{};
  Row b{};
  for (std::size_t i = 0; i < kColumns; ++i) {
    for (std::size_t j = 0; j < kColumns; ++j)
      a[i][j] = sums[i * kColumns + j];
    b[i] = sums[kColumns * kColumns + i];
  }
  const std::optional<Row> coefficients = solved(a, b);
  if (!coefficients) return std::nullopt;
  double explained = 0;
  for (std::size_t i = 0; i < kColumns; ++i)
    explained += (*coefficients)[i] * b[i];
  const double total = sums[kSums - 1] - b[0] * b[0] / a[0][0];
  const double residual = sums[kSums - 1] - explained;
  return Fit{*coefficients, total > 0 ? 1 - residual / total : 0};
}

/// Terms and ln costs of the cells that have one, shifted to mean 0 so that the sums keep their
/// digits.
struct Centred {
  std::vector<Row> x;
  std::vector<double> y;
  Row shift{};  // of the terms; 0 for the constant
  double y_shift = 0;
};

Centred centred(std::span<const space::Cell> cells, std::span<const double> costs) {
  Centred result;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (std::isnan(costs[i])) continue;
    if (!(costs[i] > 0)) {
      fail(ErrorCode::invalid_argument, "costs of operations: cost {} of cell {}; expected > 0",
           costs[i], i);
    }
    Row row{1};
    std::ranges::copy(cost_term_values(cells[i]), row.begin() + 1);
    result.x.push_back(row);
    result.y.push_back(std::log(costs[i]));
  }
  if (result.x.size() < kFewestCells) {
    fail(ErrorCode::not_found, "costs of operations: {} cells with a cost; expected {} or more",
         result.x.size(), kFewestCells);
  }
  const auto n = static_cast<double>(result.x.size());
  for (std::size_t i = 0; i < result.x.size(); ++i) {
    for (std::size_t j = 1; j < kColumns; ++j)
      result.shift[j] += result.x[i][j] / n;
    result.y_shift += result.y[i] / n;
  }
  for (std::size_t i = 0; i < result.x.size(); ++i) {
    for (std::size_t j = 1; j < kColumns; ++j)
      result.x[i][j] -= result.shift[j];
    result.y[i] -= result.y_shift;
  }
  return result;
}

/// The intercept of the terms as they are.
double intercept(const Row& coefficients, const Centred& data) {
  double value = coefficients[0] + data.y_shift;
  for (std::size_t j = 1; j < kColumns; ++j)
    value -= coefficients[j] * data.shift[j];
  return value;
}

}  // namespace

std::span<const CostTerm, kCostTerms> cost_terms() {
  return kTerms;
}

std::array<double, kCostTerms> cost_term_values(const space::Cell& cell) {
  const unsigned output = cell.vertices() - 1;
  std::array<double, kCostTerms> values{};
  std::array<double, space::kMaxVertices> longest{};
  for (unsigned vertex = 1; vertex <= output; ++vertex) {
    for (unsigned source = 0; source < vertex; ++source) {
      if (cell.has_edge(source, vertex))
        longest[vertex] = std::max(longest[vertex], longest[source] + 1);
    }
    if (vertex == output) break;
    ++values[static_cast<std::size_t>(cell.operation(vertex))];
    if (cell.has_edge(vertex, output)) ++values[4];
  }
  values[3] = longest[output];
  values[5] = cell.edges();
  return values;
}

CostModel cost_of_operations(std::span<const space::Cell> cells, std::span<const double> costs,
                             const IntervalOptions& options) {
  if (cells.size() != costs.size()) {
    fail(ErrorCode::invalid_argument,
         "costs of operations: {} cells beside {} costs; expected as many", cells.size(),
         costs.size());
  }
  const Centred data = centred(cells, costs);
  const Groups groups(data.x.size(), options);
  std::vector<double> sums(groups.count * kSums);
  for (std::size_t group = 0; group < groups.count; ++group) {
    const auto part = std::span(sums).subspan(group * kSums, kSums);
    for (std::size_t i = groups.begin(group); i < groups.end(group); ++i)
      add(data.x[i], data.y[i], part);
  }

  CostModel model{.cells = data.x.size()};
  const auto estimate = [&](auto value_of) {
    const SumStatistic statistic = [&](std::span<const double> all) -> std::optional<double> {
      const std::optional<Fit> fitted = fit(all);
      return fitted ? std::optional<double>(value_of(*fitted)) : std::nullopt;
    };
    const std::optional<Estimate> found = estimate_of_sums(sums, kSums, statistic, options);
    if (!found) {
      fail(ErrorCode::not_found,
           "costs of operations: the {} cells do not vary in all of what is to explain their cost; "
           "expected cells with different operations, paths and edges",
           model.cells);
    }
    return *found;
  };
  model.intercept =
      estimate([&](const Fit& fitted) { return intercept(fitted.coefficients, data); });
  for (std::size_t term = 0; term < kCostTerms; ++term)
    model.effects[term] = estimate([=](const Fit& f) { return f.coefficients[term + 1]; });
  model.r2 = estimate([](const Fit& fitted) { return fitted.r2; }).value;
  return model;
}

}  // namespace ecnas::analysis
