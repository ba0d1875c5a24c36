#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "ecnas/core/error.hpp"
#include "ecnas/core/random.hpp"
#include "ecnas/report/comparison_figure.hpp"
#include "report/drawn_figure.hpp"
#include "report/drawn_text.hpp"
#include "report/specification.hpp"
#include "support/expect_error.hpp"

namespace ecnas::report {
namespace {

using Json = nlohmann::json;
using testing::drawn;
using testing::expect_error;
using testing::expect_legible;
using testing::has_text;
using testing::layer;
using testing::marks_in;
using testing::rows;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
const std::string kHostile = "</script>\"'\\ {\"signal\": 1} {{x}} \xff\x01";

std::string label_of(std::size_t number) {
  return "algorithm-" + std::to_string(number);
}

// --- Anytime -------------------------------------------------------------------------------------

AnytimeFigure example_anytime(std::size_t series) {
  AnytimeFigure figure;
  figure.title = "Share of hypervolume over evaluations";
  figure.lines = {"made-up"};
  figure.x_axis = {"Evaluations", "", Scale::automatic, {}};
  figure.is_share = true;
  for (std::size_t i = 0; i < series; ++i) {
    AnytimeSeries one{label_of(i), {}};
    for (int step = 0; step <= 12; ++step) {
      const double spent = std::pow(2, step);
      const double share = 1 - 0.5 / std::pow(spent, 0.5 - 0.001 * static_cast<double>(i));
      one.points.push_back({spent, {share - 0.01, share - 0.005, share, share, share}});
    }
    figure.series.push_back(std::move(one));
  }
  return figure;
}

TEST(AnytimeFigureSpec, CurvesAreWhatIsMissingOfTheShareAndTheFirstStandsInFront) {
  const Json spec = Json::parse(anytime_figure_spec(example_anytime(7)));
  const Json median = rows(spec, "series_0_median");
  ASSERT_EQ(median.size(), 13U);
  EXPECT_EQ(median[0].at("x"), 1);
  EXPECT_EQ(median[0].at("y"), 0.5);
  const Json quartiles = rows(spec, "series_4_quartiles");
  EXPECT_NEAR(quartiles[0].at("y").get<double>() - quartiles[0].at("end_y").get<double>(), 0.005,
              1e-12);
  std::vector<std::string> names;
  for (const Json& drawn_layer : spec.at("layer"))
    names.push_back(drawn_layer.at("name"));
  EXPECT_EQ(std::ranges::count(names, "series_5_quartiles"), 0);
  const auto place = [&](const char* name) { return std::ranges::find(names, name); };
  EXPECT_LT(place("series_6_median"), place("series_0_median"));
  EXPECT_EQ(spec.at("layer")[0].at("encoding").at("y").at("scale").at("reverse"), true);
  EXPECT_NE(layer(spec, "series_0_median").at("mark").at("color"),
            layer(spec, "series_6_median").at("mark").at("color"));
}

TEST(AnytimeFigureSpec, OtherIndicatorsAreDrawnAsTheyAre) {
  AnytimeFigure figure = example_anytime(2);
  figure.is_share = false;
  figure.y_axis = {"IGD+", "", Scale::automatic, {}};
  const Json spec = Json::parse(anytime_figure_spec(figure));
  EXPECT_EQ(rows(spec, "series_1_median")[0].at("y"), 0.5);
  EXPECT_EQ(spec.at("layer")[0].at("encoding").at("y").at("axis").at("title"), "IGD+");
  EXPECT_FALSE(spec.at("layer")[0].at("encoding").at("y").at("scale").contains("reverse"));
}

TEST(AnytimeFigureSpec, NamesOfAnyNumberOfCurvesStandApart) {
  ECNAS_NEEDS_CHARTS_DRAWN();
  for (const std::size_t series : {1U, 5U, 16U}) {
    const testing::SvgElement svg = drawn(anytime_figure_spec(example_anytime(series)));
    expect_legible(svg);
    for (std::size_t i = 0; i < series; ++i)
      EXPECT_TRUE(has_text(svg, label_of(i))) << i;
    EXPECT_EQ(marks_in(svg, "labels"), series);
  }
}

TEST(AnytimeFigureSpec, RefusesWhatCannotBeDrawn) {
  const auto refused = [](const std::string& part, const auto& change) {
    AnytimeFigure figure = example_anytime(3);
    change(figure);
    expect_error(ErrorCode::invalid_argument, part, [&] { (void)anytime_figure_spec(figure); });
  };
  refused("0 algorithms", [](AnytimeFigure& f) { f.series.clear(); });
  refused("17 algorithms", [](AnytimeFigure& f) { f.series = example_anytime(17).series; });
  refused("named differently", [](AnytimeFigure& f) { f.series[1].label = f.series[0].label; });
  refused("no points", [](AnytimeFigure& f) { f.series[2].points.clear(); });
  refused("must ascend", [](AnytimeFigure& f) { f.series[2].points[3].spent = 1; });
  refused("must ascend", [](AnytimeFigure& f) { f.series[2].points[0].spent = 0; });
}

// --- Trials --------------------------------------------------------------------------------------

TrialsFigure example_trials(std::size_t algorithms) {
  TrialsFigure figure;
  figure.title = "What the trials end with";
  Rng rng(3);
  for (std::size_t i = 0; i < algorithms; ++i) {
    TrialsRow row{label_of(i), {}, 0.98, std::pair(0.97, 0.985)};
    for (int trial = 0; trial < 30; ++trial)
      row.shares.push_back(0.95 + 0.049 * rng.uniform());
    figure.rows.push_back(std::move(row));
  }
  return figure;
}

TEST(TrialsFigureSpec, EveryTrialIsADotInItsAlgorithmsRow) {
  const TrialsFigure figure = example_trials(3);
  const Json spec = Json::parse(trials_figure_spec(figure));
  const Json dots = rows(spec, "trials");
  ASSERT_EQ(dots.size(), 90U);
  for (std::size_t i = 0; i < 90; ++i) {
    EXPECT_NEAR(dots[i].at("x").get<double>(), 1 - figure.rows[i / 30].shares[i % 30], 1e-12);
    EXPECT_LT(std::abs(dots[i].at("y").get<double>() - static_cast<double>(i / 30)), 0.5);
  }
  EXPECT_EQ(rows(spec, "means").size(), 3U);
  EXPECT_EQ(rows(spec, "intervals").size(), 3U);
}

TEST(TrialsFigureSpec, IsLegibleForOneAlgorithmAndForMany) {
  ECNAS_NEEDS_CHARTS_DRAWN();
  for (const std::size_t algorithms : {2U, 16U}) {
    const testing::SvgElement svg = drawn(trials_figure_spec(example_trials(algorithms)));
    expect_legible(svg);
    EXPECT_EQ(marks_in(svg, "trials"), 30 * algorithms);
  }
}

TEST(TrialsFigureSpec, SharesOfOneAndOneTrialAreDrawn) {
  ECNAS_NEEDS_CHARTS_DRAWN();
  TrialsFigure figure;
  figure.title = "Found it all";
  figure.rows = {{"exhaustive", {1.0}, 1.0, {}}, {"random", {0.5}, 0.5, {}}};
  expect_legible(drawn(trials_figure_spec(figure)));
  figure.rows[1].shares.clear();
  expect_error(ErrorCode::invalid_argument, "no trials", [&] { (void)trials_figure_spec(figure); });
}

// --- Ranking -------------------------------------------------------------------------------------

RankingFigure example_ranking(std::size_t algorithms) {
  RankingFigure figure;
  figure.title = "Mean ranks";
  for (std::size_t i = 0; i < algorithms; ++i)
    figure.ranked.push_back({label_of(i), 1 + 0.9 * static_cast<double>(i)});
  figure.critical_difference = 1.2;
  for (std::size_t i = 0; i + 1 < algorithms; ++i)
    figure.groups.emplace_back(i, i + 1);
  return figure;
}

TEST(RankingFigureSpec, BarsSpanTheRanksOfTheirGroups) {
  const Json spec = Json::parse(ranking_figure_spec(example_ranking(5)));
  const Json groups = rows(spec, "groups");
  ASSERT_EQ(groups.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(groups[i].at("x").get<double>(), 1 + 0.9 * static_cast<double>(i), 0.05);
    EXPECT_NEAR(groups[i].at("end_x").get<double>(), 1.9 + 0.9 * static_cast<double>(i), 0.05);
  }
  EXPECT_EQ(rows(spec, "names").size(), 3U);
  EXPECT_EQ(rows(spec, "names_right").size(), 2U);
  const Json difference = rows(spec, "difference")[0];
  EXPECT_NEAR(difference.at("end_x").get<double>() - difference.at("x").get<double>(), 1.2, 1e-12);
}

TEST(RankingFigureSpec, IsLegibleForTwoAlgorithmsAndForMany) {
  ECNAS_NEEDS_CHARTS_DRAWN();
  for (const std::size_t algorithms : {2U, 9U, 16U})
    expect_legible(drawn(ranking_figure_spec(example_ranking(algorithms))));
  RankingFigure alike = example_ranking(16);
  for (RankingFigure::Ranked& ranked : alike.ranked)
    ranked.mean_rank = 8.5;
  alike.groups = {{0, 15}};
  alike.critical_difference = 4.2;
  expect_legible(drawn(ranking_figure_spec(alike)));
}

TEST(RankingFigureSpec, RefusesWhatIsNoRanking) {
  const auto refused = [](const std::string& part, const auto& change) {
    RankingFigure figure = example_ranking(3);
    change(figure);
    expect_error(ErrorCode::invalid_argument, part, [&] { (void)ranking_figure_spec(figure); });
  };
  refused("1 algorithms", [](RankingFigure& f) { f.ranked.resize(1); });
  refused("mean rank", [](RankingFigure& f) { f.ranked[0].mean_rank = 2.5; });
  refused("mean rank", [](RankingFigure& f) { f.ranked[2].mean_rank = 3.5; });
  refused("mean rank", [](RankingFigure& f) { f.ranked[0].mean_rank = std::nan(""); });
  refused("critical difference", [](RankingFigure& f) { f.critical_difference = 0; });
  refused("critical difference", [](RankingFigure& f) { f.groups = {{1, 3}}; });
}

// --- Differences of attainment -------------------------------------------------------------------

AttainmentDifferenceFigure example_difference() {
  AttainmentDifferenceFigure figure;
  figure.title = "Where one and the other attain more";
  figure.x_axis = {"Training energy", "kWh", Scale::automatic, {}};
  figure.y_axis = {"Validation error", "", Scale::automatic, {}};
  figure.labels = {"one", "other"};
  figure.differences = {{0.01, 0.1, 0.4, kInfinity, 0.6},
                        {0.1, 1.0, 0.2, 0.4, -1.0},
                        {1.0, kInfinity, 0.1, 0.2, 0.2}};
  figure.exact_front = {{0.01, 0.4}, {0.1, 0.2}, {1.0, 0.1}};
  return figure;
}

TEST(AttainmentDifferenceFigureSpec, PartsHaveTheColourOfWhoAttainsMoreAndEndAtTheEdge) {
  const Json spec = Json::parse(attainment_difference_figure_spec(example_difference()));
  const Json parts = rows(spec, "differences");
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_EQ(parts[0].at("who"), "one");
  EXPECT_EQ(parts[1].at("who"), "other");
  EXPECT_LT(parts[2].at("strength"), parts[0].at("strength"));
  EXPECT_LT(parts[0].at("strength"), parts[1].at("strength"));
  const Json domain = layer(spec, "differences").at("encoding").at("y").at("scale").at("domain");
  EXPECT_EQ(parts[0].at("end_y"), domain[1]);
  EXPECT_EQ(rows(spec, "exact_front").size(), 7U);
}

TEST(AttainmentDifferenceFigureSpec, NoDifferenceAtAllIsDrawnToo) {
  ECNAS_NEEDS_CHARTS_DRAWN();
  AttainmentDifferenceFigure figure = example_difference();
  expect_legible(drawn(attainment_difference_figure_spec(figure)));
  figure.differences.clear();
  expect_legible(drawn(attainment_difference_figure_spec(figure)));
}

TEST(AttainmentDifferenceFigureSpec, RefusesWhatCannotBeDrawn) {
  AttainmentDifferenceFigure figure = example_difference();
  figure.exact_front.clear();
  expect_error(ErrorCode::invalid_argument, "no exact front",
               [&] { (void)attainment_difference_figure_spec(figure); });
  figure = example_difference();
  figure.labels = {"same", "same"};
  expect_error(ErrorCode::invalid_argument, "named differently",
               [&] { (void)attainment_difference_figure_spec(figure); });
  figure = example_difference();
  figure.exact_front[1] = {0.1, 0.2, 0.3};
  expect_error(ErrorCode::invalid_argument, "3 objectives",
               [&] { (void)attainment_difference_figure_spec(figure); });
}

// --- All -----------------------------------------------------------------------------------------

TEST(ComparisonFigures, HostileAndEndlessTextsGiveBoundedJsonTheSameEachTime) {
  AnytimeFigure anytime = example_anytime(16);
  anytime.series[0].label = kHostile;
  anytime.series[1].label = std::string(100'000, '<');
  TrialsFigure trials = example_trials(16);
  trials.rows[0].label = kHostile;
  trials.lines = {std::string(100'000, '"')};
  RankingFigure ranking = example_ranking(16);
  ranking.ranked[0].label = kHostile;
  ranking.ranked[15].label = std::string(100'000, 'x');
  AttainmentDifferenceFigure difference = example_difference();
  difference.labels = {kHostile, std::string(100'000, '{')};
  difference.title = kHostile;
  for (int kind = 0; kind < 4; ++kind) {
    const auto spec = [&] {
      return kind == 0   ? anytime_figure_spec(anytime)
             : kind == 1 ? trials_figure_spec(trials)
             : kind == 2 ? ranking_figure_spec(ranking)
                         : attainment_difference_figure_spec(difference);
    };
    EXPECT_EQ(spec(), spec());
    EXPECT_LT(spec().size(), 100'000U) << kind;
    EXPECT_TRUE(Json::accept(spec())) << kind;
  }
}

TEST(ComparisonFigures, HostileNamesAreDrawnAsTheyAre) {
  ECNAS_NEEDS_CHARTS_DRAWN();
  const std::string name = "</b> {{x}} \\";
  AnytimeFigure anytime = example_anytime(3);
  anytime.series[1].label = name;
  EXPECT_TRUE(has_text(drawn(anytime_figure_spec(anytime)), name));
  TrialsFigure trials = example_trials(3);
  trials.rows[2].label = name;
  EXPECT_TRUE(has_text(drawn(trials_figure_spec(trials)), name));
  AttainmentDifferenceFigure difference = example_difference();
  difference.labels[1] = name;
  EXPECT_TRUE(has_text(drawn(attainment_difference_figure_spec(difference)), name));
}

}  // namespace
}  // namespace ecnas::report
