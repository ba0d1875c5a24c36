#include "ecnas/analysis/swaps.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "analysis/made_up.hpp"
#include "ecnas/stats/bootstrap.hpp"
#include "oracles/analysis_swaps.hpp"
#include "support/expect_error.hpp"

namespace ecnas::analysis {
namespace {

using space::Operation;
using testing::expect_error;
using testing::made_up_table;

constexpr auto kConv3 = static_cast<std::size_t>(Operation::conv3x3);
constexpr auto kConv1 = static_cast<std::size_t>(Operation::conv1x1);
constexpr auto kPool = static_cast<std::size_t>(Operation::maxpool3x3);

/// All values of a metric by hash: the table's, or of all cells of the space.
oracle::ByHash by_hash(const table::Table& table, Metric metric, std::int32_t epochs) {
  oracle::ByHash result;
  if (metric == Metric::parameters) {
    for (const space::Cell& cell : space::Space::shared(5).cells())
      result[space::hash_of(cell)] = static_cast<double>(space::trainable_parameters(cell));
    return result;
  }
  const Values values = read_values(table, metric, epochs);
  for (table::Row row = 0; row < table.cells(); ++row)
    result[table.hashes()[row]] = values.values[row];
  return result;
}

void expect_as_defined(const table::Table& table, Metric metric, SwapDefinition definition) {
  SCOPED_TRACE(::testing::Message() << describe(metric).name << ", " << name(definition));
  const SwapMatrix matrix =
      swap_matrix(table, metric, 12, {.definition = definition, .intervals = {.resamples = 10}});
  const oracle::ByHash values = by_hash(table, metric, 12);
  std::vector<space::Cell> cells;
  for (table::Row row = 0; row < table.cells(); ++row)
    cells.push_back(table.cell(row));
  const bool to_mean = definition == SwapDefinition::relative_to_mean;
  const bool as_it_is = definition == SwapDefinition::absolute || is_accuracy(metric);
  EXPECT_EQ(matrix.absolute, as_it_is && !to_mean);
  const auto one_sided = [&](std::size_t a, std::size_t b) {
    return oracle::one_sided(cells, values, values, static_cast<Operation>(a),
                             static_cast<Operation>(b), definition == SwapDefinition::single_vertex,
                             definition == SwapDefinition::containing,
                             to_mean    ? "mean"
                             : as_it_is ? ""
                                        : "old");
  };
  for (std::size_t a = 0; a < 3; ++a) {
    for (std::size_t b = 0; b < 3; ++b) {
      if (a == b) continue;
      const oracle::Swapped there = one_sided(a, b);
      const double expected = definition == SwapDefinition::one_sided
                                  ? *there.change
                                  : (*there.change - *one_sided(b, a).change) / 2;
      EXPECT_NEAR(matrix.change[a][b].value(), expected, 1e-10 * (1 + std::abs(expected)));
      EXPECT_EQ(matrix.cells[a][b], there.cells);
    }
  }
}

TEST(Swaps, AreWhatTheDefinitionsSay) {
  const table::Table whole = made_up_table();
  const table::Table partial = made_up_table({.left_out = 0.4, .seed = 2});
  for (const SwapDefinition definition : swap_definitions()) {
    for (const Metric metric : {Metric::energy, Metric::parameters, Metric::validation_accuracy}) {
      expect_as_defined(whole, metric, definition);
      expect_as_defined(partial, metric, definition);
    }
  }
}

TEST(Swaps, OfThreeVerticesByHand) {
  // 882,570 parameters with a pooling, 1,920,138 with a 1x1 and 10,177,674 with a 3x3 convolution;
  // 11,051,402 and 2,793,866 with an edge past them, and 1,756,298 past a pooling.
  table::TableBuilder builder({});
  for (const space::Cell& cell : space::Space::shared(3).cells())
    builder.add_cell(cell);
  const SwapMatrix matrix = swap_matrix(builder.build("space"), Metric::parameters, std::nullopt,
                                        {.definition = SwapDefinition::one_sided});
  const double chain = 100 * (1920138.0 / 10177674 - 1);
  const double past = 100 * (2793866.0 / 11051402 - 1);
  EXPECT_NEAR(*matrix.change[kConv3][kConv1], (chain + past) / 7, 1e-12);
  EXPECT_EQ(matrix.cells[kConv3][kConv1], 2U);
  EXPECT_EQ(matrix.cells[kPool][kPool], 2U);
  EXPECT_EQ(matrix.epochs, 0);
}

TEST(Swaps, AreAntisymmetricIntervalsIncluded) {
  const SwapMatrix matrix = swap_matrix(made_up_table(), Metric::energy, std::nullopt);
  EXPECT_EQ(matrix.definition, SwapDefinition::published);
  EXPECT_EQ(matrix.epochs, 12);
  for (std::size_t a = 0; a < 3; ++a) {
    EXPECT_EQ(matrix.change[a][a], 0);
    for (std::size_t b = 0; b < 3; ++b) {
      EXPECT_EQ(*matrix.change[a][b], -*matrix.change[b][a]);
      EXPECT_EQ(matrix.interval[a][b]->lower, -matrix.interval[b][a]->upper);
      EXPECT_LE(matrix.interval[a][b]->lower, *matrix.change[a][b]);
      EXPECT_GE(matrix.interval[a][b]->upper, *matrix.change[a][b]);
    }
  }
}

TEST(Swaps, OfAccuraciesAreAbsoluteUnlessOtherwiseAskedFor) {
  const SwapMatrix matrix = swap_matrix(made_up_table(), Metric::validation_accuracy, std::nullopt);
  EXPECT_EQ(matrix.definition, SwapDefinition::absolute);
  EXPECT_TRUE(matrix.absolute);
  EXPECT_LT(*matrix.change[kConv3][kPool], 0);
  EXPECT_GT(*matrix.change[kConv3][kPool], -1);
}

TEST(Swaps, OfSeveralMetricsAreThoseOfEach) {
  const table::Table table = made_up_table({.max_vertices = 5, .left_out = 0.2});
  const std::array<Metric, 3> metrics = {Metric::energy, Metric::flops, Metric::training_time};
  const auto together = swap_matrices(table, metrics, 4);
  for (std::size_t i = 0; i < metrics.size(); ++i) {
    const SwapMatrix alone = swap_matrix(table, metrics[i], 4);
    EXPECT_EQ(together[i].change, alone.change);
    EXPECT_EQ(together[i].interval, alone.interval);
    EXPECT_EQ(together[i].cells, alone.cells);
  }
}

TEST(Swaps, HaveTheSameBytesOnAnyNumberOfThreads) {
  const table::Table table = made_up_table({.max_vertices = 5});
  const auto with_threads = [&](unsigned threads) {
    SwapOptions options;
    options.reading.threads = options.intervals.threads = threads;
    return swap_matrix(table, Metric::energy, std::nullopt, options);
  };
  const SwapMatrix one = with_threads(1);
  const SwapMatrix three = with_threads(3);
  EXPECT_EQ(one.change, three.change);
  EXPECT_EQ(one.interval, three.interval);
}

TEST(Swaps, OfFewCellsHaveTheBootstrapsInterval) {
  const table::Table table = made_up_table();
  const auto found = swap_matrix(table, Metric::energy, 12, {.intervals = {.resamples = 200}});
  const oracle::ByHash values = by_hash(table, Metric::energy, 12);
  std::vector<double> contributions;  // by row: half of the change there less that back
  for (table::Row row = 0; row < table.cells(); ++row) {
    const auto change = [&](Operation from, Operation to) {
      const auto after = oracle::new_values(table.cell(row), from, to, false, values);
      const double before = values.at(table.hashes()[row]);
      return after.empty() ? 0 : 100 * (**after.begin() - before) / before;
    };
    contributions.push_back((change(Operation::conv3x3, Operation::maxpool3x3) -
                             change(Operation::maxpool3x3, Operation::conv3x3)) /
                            2);
  }
  const auto expected =
      stats::bootstrap_interval(contributions.size(),
                                [&](std::span<const std::uint32_t> rows) {
                                  double sum = 0;
                                  for (const std::uint32_t row : rows)
                                    sum += contributions[row];
                                  return std::optional(sum / static_cast<double>(rows.size()));
                                },
                                {.resamples = 200, .method = stats::BootstrapMethod::percentile});
  EXPECT_NEAR(*found.change[kConv3][kPool], expected->estimate, 1e-10);
  EXPECT_NEAR(found.interval[kConv3][kPool]->lower, expected->lower, 1e-10);
  EXPECT_NEAR(found.interval[kConv3][kPool]->upper, expected->upper, 1e-10);
}

TEST(Swaps, IntervalsOfGroupsAreAsWideAsThoseOfCells) {
  const table::Table table = made_up_table({.max_vertices = 5});
  ASSERT_EQ(table.cells(), 2532U);
  const auto width = [&](std::size_t groups) {
    const SwapMatrix matrix =
        swap_matrix(table, Metric::energy, 12, {.intervals = {.groups = groups}});
    const Interval interval = *matrix.interval[kConv3][kPool];
    return interval.upper - interval.lower;
  };
  // Widths of 600 groups are known to 3 %, and 2,000 resamples add 3 % on each side.
  EXPECT_NEAR(width(600) / width(2532), 1, 0.12);
}

TEST(Swaps, WithoutAnyCellThatSaysAreAbsent) {
  table::TableBuilder builder({});
  for (const float energy : {1.0F, 2.0F}) {
    const auto cell = space::parse_cell(energy < 2 ? "010001000:conv3x3" : "010001000:conv1x1");
    builder.add(cell, 4, 1, "energy_kwh", energy, table::Provenance::measured, "t");
  }
  const SwapMatrix matrix = swap_matrix(builder.build("two cells"), Metric::energy, 4);
  EXPECT_DOUBLE_EQ(*matrix.change[kConv1][kConv3], (-50.0 / 2 - 100.0 / 2) / 2);
  EXPECT_FALSE(matrix.change[kConv1][kPool].has_value());
  EXPECT_EQ(matrix.cells[kConv1][kPool], 0U);
  EXPECT_EQ(matrix.cells[kPool][kPool], 0U);
}

TEST(Swaps, OfWhatIsNotThereAreAnError) {
  const table::Table table = made_up_table();
  expect_error(ErrorCode::not_found, "no metric 'co2eq_g'",
               [&] { (void)swap_matrix(table, Metric::co2eq, 4); });
  expect_error(ErrorCode::not_found, "no budget of 36",
               [&] { (void)swap_matrix(table, Metric::energy, 36); });
  expect_error(ErrorCode::invalid_argument, "0 resamples", [&] {
    (void)swap_matrix(table, Metric::energy, 4, {.intervals = {.resamples = 0}});
  });
  expect_error(ErrorCode::invalid_argument, "1 groups",
               [&] { (void)swap_matrix(table, Metric::energy, 4, {.intervals = {.groups = 1}}); });
  expect_error(ErrorCode::invalid_argument, "confidence 1", [&] {
    (void)swap_matrix(table, Metric::energy, 4, {.intervals = {.confidence = 1}});
  });
}

TEST(SwapDefinition, IsReadByItsName) {
  for (const SwapDefinition definition : swap_definitions())
    EXPECT_EQ(parse_swap_definition(name(definition)), definition);
  EXPECT_EQ(name(SwapDefinition::relative_to_mean), "relative-to-mean");
  EXPECT_FALSE(parse_swap_definition("median").has_value());
}

}  // namespace
}  // namespace ecnas::analysis
