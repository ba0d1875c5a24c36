#include "ecnas/report/surrogate_figure.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "ecnas/core/error.hpp"
#include "ecnas/core/random.hpp"
#include "report/drawn_figure.hpp"
#include "report/specification.hpp"
#include "support/expect_error.hpp"

namespace ecnas::report {
namespace {

using Json = nlohmann::json;
using testing::drawn;
using testing::expect_error;
using testing::has_text;
using testing::layer;
using testing::marks_in;
using testing::rows;

/// Predictions a few percent off.
PredictionFigure example_predictions(std::size_t count = 200) {
  PredictionFigure figure;
  figure.title = "Training energy at 4 epochs: predicted against measured";
  figure.lines = {"made-up.csv: 200 cells", "R² 0.99"};
  figure.axis = {"training energy", "Wh", Scale::automatic, {}};
  figure.group_title = "Vertices";
  figure.groups = {"5", "6", "7"};
  Rng rng(11);
  for (std::size_t i = 0; i < count; ++i) {
    const double measured = 2 * std::exp(3 * rng.uniform());
    figure.points.push_back(
        {measured, measured * (1 + 0.05 * rng.normal()), static_cast<std::int32_t>(rng.below(3))});
  }
  return figure;
}

LearningCurveFigure example_curve() {
  LearningCurveFigure figure;
  figure.title = "Training energy at 4 epochs: predictions by training size";
  figure.lines = {"made-up.csv"};
  figure.error_unit = "Wh";
  figure.points = {
      {100, MeanAndDeviation{0.8, 0.05}, MeanAndDeviation{0.7, 0.04}, MeanAndDeviation{0.9, 0.1}},
      {1000, MeanAndDeviation{0.95, 0.01}, MeanAndDeviation{0.9, 0.01},
       MeanAndDeviation{0.4, 0.02}},
      {2800, MeanAndDeviation{0.98, 0}, std::nullopt, MeanAndDeviation{0.25, 0}}};
  return figure;
}

Json spec_of(const PredictionFigure& figure) {
  return Json::parse(prediction_figure_spec(figure));
}

Json spec_of(const LearningCurveFigure& figure) {
  return Json::parse(learning_curve_figure_spec(figure));
}

TEST(PredictionFigureSpec, HoldsEveryPointWithItsGroup) {
  const PredictionFigure figure = example_predictions();
  std::multiset<std::string> expected;
  for (const ScatterPoint& point : figure.points) {
    const auto group = static_cast<std::size_t>(point.group);
    expected.insert(Json{{"x", point.x}, {"y", point.y}, {"group", figure.groups[group]}}.dump());
  }
  std::multiset<std::string> found;
  for (const Json& row : rows(spec_of(figure), "points"))
    found.insert(row.dump());
  EXPECT_EQ(found, expected);
}

TEST(PredictionFigureSpec, DrawsCellsOfFewVerticesOverThoseOfMany) {
  const Json points = rows(spec_of(example_predictions()), "points");
  for (std::size_t i = 1; i < points.size(); ++i)
    EXPECT_LE(points[i].at("group"), points[i - 1].at("group"));
  const Json hexagons = rows(spec_of(example_predictions(kMaxDrawnPoints + 1)), "density");
  for (std::size_t i = 1; i < hexagons.size(); ++i)
    EXPECT_LE(hexagons[i].at("group"), hexagons[i - 1].at("group"));
}

TEST(PredictionFigureSpec, HasTheSameAxisTwiceOnASquareAndItsDiagonal) {
  const Json spec = spec_of(example_predictions());
  EXPECT_EQ(spec.at("width"), spec.at("height"));
  const Json encoding = layer(spec, "points").at("encoding");
  EXPECT_EQ(encoding.at("x").at("scale"), encoding.at("y").at("scale"));
  EXPECT_EQ(encoding.at("x").at("scale").at("type"), "log");
  EXPECT_EQ(encoding.at("x").at("axis").at("title"), "Measured training energy (Wh)");
  EXPECT_EQ(encoding.at("y").at("axis").at("title"), "Predicted training energy (Wh)");
  EXPECT_EQ(encoding.at("color").at("legend").at("title"), "Vertices");
  const Json domain = encoding.at("x").at("scale").at("domain");
  EXPECT_EQ(
      rows(spec, "diagonal"),
      (Json{{{"x", domain[0]}, {"y", domain[0]}, {"end_x", domain[1]}, {"end_y", domain[1]}}}));
}

TEST(PredictionFigureSpec, SpansMeasuredAndPredictedValues) {
  PredictionFigure figure = example_predictions();
  figure.points = {{1, 1.5, 0}, {2, 0.5, 1}};
  const Json domain =
      layer(spec_of(figure), "points").at("encoding").at("y").at("scale").at("domain");
  EXPECT_LT(domain[0].get<double>(), 0.5);
  EXPECT_GT(domain[1].get<double>(), 2);
}

TEST(PredictionFigureSpec, CountsManyPointsInHexagonsThatAddUp) {
  const std::size_t count = kMaxDrawnPoints + 1000;
  std::size_t sum = 0;
  for (const Json& row : rows(spec_of(example_predictions(count)), "density"))
    sum += row.at("count").get<std::size_t>();
  EXPECT_EQ(sum, count);
}

TEST(PredictionFigureSpec, RefusesWhatItCannotDraw) {
  const auto refused = [](const std::string& part, const auto& spoil) {
    PredictionFigure figure = example_predictions();
    spoil(figure);
    expect_error(ErrorCode::invalid_argument, part,
                 [&] { static_cast<void>(prediction_figure_spec(figure)); });
  };
  refused("no points", [](PredictionFigure& f) { f.points.clear(); });
  refused("no groups", [](PredictionFigure& f) { f.groups.clear(); });
  refused("3 groups", [](PredictionFigure& f) { f.points[7].group = 3; });
  refused("training energy",
          [](PredictionFigure& f) { f.points[7].y = std::numeric_limits<double>::quiet_NaN(); });
  refused("logarithmic", [](PredictionFigure& f) {
    f.axis.scale = Scale::logarithmic;
    f.points[7].y = -1;
  });
}

/// Two models of the same cells, the second less right.
PredictionPanelsFigure example_panels(std::size_t count = 200) {
  const PredictionFigure figure = example_predictions(count);
  PredictionPanelsFigure panels;
  panels.title = "Two models side by side";
  panels.lines = figure.lines;
  panels.axis = figure.axis;
  panels.group_title = figure.group_title;
  panels.groups = figure.groups;
  panels.panels = {{"First model: Kendall τ 0.95", figure.points},
                   {"Second model: Kendall τ 0.90", figure.points}};
  for (ScatterPoint& point : panels.panels[1].points)
    point.y *= 1.5;
  return panels;
}

TEST(PredictionPanelsSpec, AllPanelsSpanTheSameValues) {
  const Json panels = Json::parse(prediction_panels_spec(example_panels())).at("hconcat");
  ASSERT_EQ(panels.size(), 2U);
  const Json first = layer(panels[0], "panel_0_points").at("encoding");
  const Json second = layer(panels[1], "panel_1_points").at("encoding");
  for (const Json& scale :
       {first.at("y").at("scale"), second.at("x").at("scale"), second.at("y").at("scale")})
    EXPECT_EQ(scale, first.at("x").at("scale"));
  double greatest = 0;
  for (const Json& row : rows(panels[1], "panel_1_points"))
    greatest = std::max(greatest, row.at("y").get<double>());
  EXPECT_GT(first.at("x").at("scale").at("domain").at(1).get<double>(), greatest);
  EXPECT_EQ(first.at("y").at("axis").at("title"), "Predicted training energy (Wh)");
  EXPECT_TRUE(second.at("y").at("axis").at("title").is_null());
}

TEST(PredictionPanelsSpec, APanelHoldsWhatAFigureOfItsOwnWouldHold) {
  const Json panels = Json::parse(prediction_panels_spec(example_panels())).at("hconcat");
  EXPECT_EQ(rows(panels[0], "panel_0_points"), rows(spec_of(example_predictions()), "points"));
}

TEST(PredictionPanelsSpec, RefusesWhatItCannotDraw) {
  const auto refused = [](const std::string& part, const auto& spoil) {
    PredictionPanelsFigure figure = example_panels();
    spoil(figure);
    expect_error(ErrorCode::invalid_argument, part,
                 [&] { static_cast<void>(prediction_panels_spec(figure)); });
  };
  refused("0 panels", [](PredictionPanelsFigure& f) { f.panels.clear(); });
  refused("4 panels", [](PredictionPanelsFigure& f) { f.panels.resize(4, f.panels[0]); });
  refused("no points", [](PredictionPanelsFigure& f) { f.panels[1].points.clear(); });
  refused("3 groups", [](PredictionPanelsFigure& f) { f.panels[1].points[7].group = 3; });
}

TEST(PredictionPanelsSpec, AreDrawnWithAllTheirMarksAndWords) {
  ECNAS_NEEDS_CHARTS_DRAWN();
  PredictionPanelsFigure figure = example_panels();
  figure.panels[1].title = "</script> {{x}}";
  const testing::SvgElement svg = drawn(prediction_panels_spec(figure));
  for (const char* panel : {"panel_0", "panel_1"}) {
    EXPECT_EQ(marks_in(svg, std::string(panel) + "_points"), 200U);
    EXPECT_EQ(marks_in(svg, std::string(panel) + "_diagonal"), 1U);
  }
  for (const char* text : {"First model: Kendall τ 0.95", "</script> {{x}}", "Vertices", "y = x",
                           "Measured training energy (Wh)"})
    EXPECT_TRUE(has_text(svg, text)) << text;
  EXPECT_EQ(prediction_panels_spec(example_panels(30'000)),
            prediction_panels_spec(example_panels(30'000)));
  const testing::SvgElement dense = drawn(prediction_panels_spec(example_panels(30'000)));
  EXPECT_GT(marks_in(dense, "panel_1_density"), 20U);
}

TEST(LearningCurveSpec, DrawsScoresAboveAndTheErrorBelow) {
  const Json spec = spec_of(example_curve());
  const Json panels = spec.at("vconcat");
  ASSERT_EQ(panels.size(), 2U);
  EXPECT_EQ(
      rows(panels[0], "r2_marks"),
      (Json{{{"x", 100}, {"y", 0.8}}, {{"x", 1000}, {"y", 0.95}}, {{"x", 2800}, {"y", 0.98}}}));
  EXPECT_EQ(rows(panels[0], "kendall_tau_line"),
            (Json{{{"x", 100}, {"y", 0.7}}, {{"x", 1000}, {"y", 0.9}}}));
  EXPECT_EQ(
      rows(panels[1], "mae_marks"),
      (Json{{{"x", 100}, {"y", 0.9}}, {{"x", 1000}, {"y", 0.4}}, {{"x", 2800}, {"y", 0.25}}}));
  const Json x = panels[1].at("layer")[0].at("encoding").at("x");
  EXPECT_EQ(x.at("scale").at("type"), "log");
  EXPECT_EQ(x.at("axis").at("title"), "Cells fitted on");
  EXPECT_EQ(panels[1].at("layer")[0].at("encoding").at("y").at("axis").at("title"),
            "Mean absolute error (Wh)");
}

TEST(LearningCurveSpec, BarsSpanOneDeviationToEachSide) {
  const Json panels = spec_of(example_curve()).at("vconcat");
  const Json bars = rows(panels[1], "mae_bars");
  ASSERT_EQ(bars.size(), 2U);  // none where the deviation is 0
  EXPECT_EQ(bars[0].at("x"), 100);
  EXPECT_DOUBLE_EQ(bars[0].at("y").get<double>(), 0.8);
  EXPECT_DOUBLE_EQ(bars[0].at("end_y").get<double>(), 1.0);
  // Nothing reaches beyond the plotting area.
  const Json domain = panels[1].at("layer")[0].at("encoding").at("y").at("scale").at("domain");
  EXPECT_LT(domain[0].get<double>(), 0.25);
  EXPECT_GT(domain[1].get<double>(), 1.0);
}

TEST(LearningCurveSpec, LeavesAPanelOutOfWhichNothingIsThere) {
  LearningCurveFigure figure = example_curve();
  for (LearningCurvePoint& point : figure.points)
    point.mae.reset();
  const Json panels = spec_of(figure).at("vconcat");
  ASSERT_EQ(panels.size(), 1U);
  EXPECT_EQ(panels[0].at("layer")[0].at("encoding").at("x").at("axis").at("title"),
            "Cells fitted on");
}

TEST(LearningCurveSpec, OneSizeIsEnough) {
  LearningCurveFigure figure = example_curve();
  figure.points.resize(1);
  EXPECT_EQ(rows(spec_of(figure).at("vconcat")[0], "r2_marks").size(), 1U);
}

TEST(LearningCurveSpec, RefusesWhatItCannotDraw) {
  const auto refused = [](const std::string& part, const auto& spoil) {
    LearningCurveFigure figure = example_curve();
    spoil(figure);
    expect_error(ErrorCode::invalid_argument, part,
                 [&] { static_cast<void>(learning_curve_figure_spec(figure)); });
  };
  refused("no score", [](LearningCurveFigure& f) { f.points.clear(); });
  refused("ascend", [](LearningCurveFigure& f) { f.points[0].training_cells = 1000; });
  refused("ascend", [](LearningCurveFigure& f) { f.points[0].training_cells = 0; });
  refused("R²", [](LearningCurveFigure& f) { f.points[0].r2->deviation = -1; });
  refused("Mean absolute error", [](LearningCurveFigure& f) {
    f.points[0].mae->mean = std::numeric_limits<double>::infinity();
  });
}

TEST(SurrogateFigures, SameFigureSameBytes) {
  EXPECT_EQ(prediction_figure_spec(example_predictions(30'000)),
            prediction_figure_spec(example_predictions(30'000)));
  EXPECT_EQ(learning_curve_figure_spec(example_curve()),
            learning_curve_figure_spec(example_curve()));
}

TEST(SurrogateFigures, HoldHostileTextsAsTexts) {
  PredictionFigure predictions = example_predictions();
  predictions.title = "</script>\"'\\ {\"signal\": 1} \xff\x01";
  predictions.lines = {std::string(100'000, 'x')};
  predictions.groups[0] = std::string(1'000'000, '"');
  predictions.axis.unit = std::string(100'000, '<');
  const std::string text = prediction_figure_spec(predictions);
  EXPECT_LT(text.size(), 200'000U);
  EXPECT_EQ(Json::parse(text).at("title").at("text"),
            (Json::array({"</script>\"'\\ {\"signal\": 1} \xef\xbf\xbd"})));
  LearningCurveFigure curve = example_curve();
  curve.error_unit = std::string(100'000, '"');
  EXPECT_LT(learning_curve_figure_spec(curve).size(), 20'000U);
}

TEST(SurrogateFigures, AreDrawnWithAllTheirMarksAndWords) {
  ECNAS_NEEDS_CHARTS_DRAWN();
  const testing::SvgElement predictions = drawn(prediction_figure_spec(example_predictions()));
  EXPECT_EQ(marks_in(predictions, "points"), 200U);
  EXPECT_EQ(marks_in(predictions, "diagonal"), 1U);
  for (const char* text : {"Measured training energy (Wh)", "Predicted training energy (Wh)",
                           "Vertices", "y = x", "R² 0.99"})
    EXPECT_TRUE(has_text(predictions, text)) << text;
  const testing::SvgElement curve = drawn(learning_curve_figure_spec(example_curve()));
  EXPECT_EQ(marks_in(curve, "r2_marks"), 3U);
  EXPECT_EQ(marks_in(curve, "kendall_tau_marks"), 2U);
  EXPECT_EQ(marks_in(curve, "mae_bars"), 2U);
  for (const char* text : {"Score on test cells", "Mean absolute error (Wh)", "Cells fitted on",
                           "R²", "Kendall τ", "1,000"})
    EXPECT_TRUE(has_text(curve, text)) << text;
}

}  // namespace
}  // namespace ecnas::report
