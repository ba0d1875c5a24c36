#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <set>

#include "ecnas/core/error.hpp"
#include "ecnas/core/random.hpp"
#include "oracles/nearest_hexagon.hpp"
#include "report/example_figure.hpp"
#include "report/hexagons.hpp"
#include "report/labels.hpp"
#include "report/palette.hpp"
#include "report/plot_axis.hpp"

namespace ecnas::report {
namespace {

Axis axis(Scale scale) {
  return {"Training energy", "kWh", scale, {}};
}

ErrorCode code_of(const std::vector<double>& values, Scale scale) {
  try {
    static_cast<void>(PlotAxis::around(values, axis(scale), 100));
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("Training energy"), std::string::npos);
    return error.code();
  }
  ADD_FAILURE() << "no error";
  return ErrorCode::io_failure;
}

TEST(PlotAxis, IsLogarithmicForPositiveValuesOverMoreThanADecade) {
  const auto logarithmic = [](std::vector<double> values) {
    return PlotAxis::around(values, axis(Scale::automatic), 100).logarithmic();
  };
  EXPECT_TRUE(logarithmic({0.005, 1.5}));
  EXPECT_FALSE(logarithmic({0.1, 1}));
  EXPECT_FALSE(logarithmic({0, 1.5}));
  EXPECT_FALSE(logarithmic({-1, 20}));
  EXPECT_FALSE(logarithmic({3}));
  EXPECT_FALSE(PlotAxis::around({0.005, 1.5}, axis(Scale::linear), 100).logarithmic());
  EXPECT_TRUE(PlotAxis::around({1, 2}, axis(Scale::logarithmic), 100).logarithmic());
}

TEST(PlotAxis, PositionsAndValuesAreInverseAndInsideTheMargins) {
  for (const Scale scale : {Scale::linear, Scale::logarithmic}) {
    for (const std::vector<double>& values :
         {std::vector<double>{0.005, 0.1, 1.5}, {7}, {1}, {2, 2.0000001}, {1e-90, 1e90}}) {
      const PlotAxis plot = PlotAxis::around(values, axis(scale), 660);
      EXPECT_LT(plot.low(), plot.high());
      for (const double value : values) {
        const double position = plot.position_of(value);
        EXPECT_GT(position, 0);
        EXPECT_LT(position, 660);
        // A thousandth of a pixel is far below what can be seen.
        EXPECT_NEAR(plot.position_of(plot.value_at(position)), position, 1e-3);
      }
    }
  }
}

TEST(PlotAxis, ValuesThatAreAllEqualGetASpan) {
  for (const double value : {0.0, 1.0, -3.0, 1e100, 1e-200}) {
    const PlotAxis plot = PlotAxis::around({value, value}, axis(Scale::automatic), 100);
    EXPECT_NEAR(plot.position_of(value), 50, 1e-6) << value;
    EXPECT_LT(plot.low(), plot.high()) << value;
  }
}

TEST(PlotAxis, LogarithmicTicksAreRoundAndNeitherFewNorMany) {
  for (const double decades : {0.5, 1.1, 2.0, 3.4, 5.0, 12.0, 60.0, 190.0}) {
    const double least = std::pow(10, -decades / 2);
    const PlotAxis plot = PlotAxis::around({least, 1 / least}, axis(Scale::logarithmic), 660);
    const std::vector<double> ticks = plot.ticks();
    EXPECT_GE(ticks.size(), 3U) << decades;
    EXPECT_LE(ticks.size(), 14U) << decades;
    for (const double tick : ticks) {
      EXPECT_GE(tick, plot.low());
      EXPECT_LE(tick, plot.high());
    }
  }
  EXPECT_TRUE(PlotAxis::around({0, 1}, axis(Scale::linear), 660).ticks().empty());
}

TEST(PlotAxis, RefusesWhatCannotBeDrawn) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double bad : {nan, infinity, -infinity, 1e101, -1e300}) {
    EXPECT_EQ(code_of({1, bad}, Scale::automatic), ErrorCode::invalid_argument);
  }
  for (const double bad : {0.0, -1.0, 1e-200}) {
    EXPECT_EQ(code_of({1, bad}, Scale::logarithmic), ErrorCode::invalid_argument);
  }
}

class Hexagons : public ::testing::Test {
 protected:
  std::vector<ScatterPoint> points = testing::example_points(20'000);
  PlotAxis x = axis_of(&ScatterPoint::x, Scale::logarithmic, kPlotWidth);
  PlotAxis y = axis_of(&ScatterPoint::y, Scale::linear, kPlotHeight);

  PlotAxis axis_of(double ScatterPoint::*coordinate, Scale scale, double length) const {
    std::vector<double> values;
    for (const ScatterPoint& point : points)
      values.push_back(point.*coordinate);
    return PlotAxis::around(values, axis(scale), length);
  }
};

TEST_F(Hexagons, CountsAddUpToThePointsOfEachGroup) {
  std::vector<std::size_t> expected(4);
  for (const ScatterPoint& point : points)
    ++expected[static_cast<std::size_t>(point.group)];
  std::vector<std::size_t> counted(4);
  for (const Hexagon& hexagon : count_in_hexagons(points, x, y)) {
    EXPECT_GT(hexagon.count, 0U);
    counted[static_cast<std::size_t>(hexagon.group)] += hexagon.count;
  }
  EXPECT_EQ(counted, expected);
}

TEST_F(Hexagons, EveryPointIsCountedInTheHexagonWithTheNearestCentre) {
  for (std::size_t i = 0; i < 2'000; ++i) {
    const std::vector<Hexagon> hexagons = count_in_hexagons({&points[i], 1}, x, y);
    ASSERT_EQ(hexagons.size(), 1U);
    const double px = x.position_of(points[i].x);
    const double py = y.position_of(points[i].y);
    const double distance =
        std::hypot(px - x.position_of(hexagons[0].x), py - y.position_of(hexagons[0].y));
    EXPECT_LE(distance, kHexagonRadius + 1e-9);
    EXPECT_NEAR(distance, oracles::distance_to_nearest_centre(px, py, kHexagonRadius, kPlotWidth),
                1e-9);
  }
}

TEST_F(Hexagons, AreBoundedHoweverManyPoints) {
  // Far more points than sites: every site is met.
  Rng rng(3);
  std::vector<ScatterPoint> many(300'000);
  for (ScatterPoint& point : many) {
    point = {x.value_at(rng.uniform() * kPlotWidth), y.value_at(rng.uniform() * kPlotHeight), 0};
  }
  EXPECT_LE(count_in_hexagons(many, x, y).size(), 10'000U);
}

Surroundings empty_plot() {
  return {kPlotWidth, kPlotHeight, {}, {}};
}

bool lies_inside(const Box& box) {
  return box.centre.x - box.width / 2 >= 0 && box.centre.x + box.width / 2 <= kPlotWidth &&
         box.centre.y - box.height / 2 >= 0 && box.centre.y + box.height / 2 <= kPlotHeight;
}

TEST(PlaceLabels, NeverOverlapNorLeaveThePlotWhereverThePointsLie) {
  Rng rng(5);
  for (int trial = 0; trial < 300; ++trial) {
    std::vector<Label> labels;
    for (int i = 0; i < 3; ++i) {
      labels.push_back({{rng.uniform() * kPlotWidth, rng.uniform() * kPlotHeight},
                        60 + rng.uniform() * 150,
                        30});
    }
    const std::vector<Box> boxes = place_labels(labels, empty_plot());
    ASSERT_EQ(boxes.size(), labels.size());
    for (std::size_t i = 0; i < boxes.size(); ++i) {
      EXPECT_TRUE(lies_inside(boxes[i])) << "trial " << trial;
      EXPECT_EQ(boxes[i].width, labels[i].width);
      for (std::size_t j = 0; j < i; ++j)
        EXPECT_FALSE(overlap(boxes[i], boxes[j])) << "trial " << trial;
    }
  }
}

TEST(PlaceLabels, KeepOffTheFrontWhereThereIsRoom) {
  std::vector<Pixel> front;
  for (double at = 20; at < 400; at += 2)
    front.push_back({at, 400 - at});
  const std::vector<Label> labels = {
      {{20, 380}, 150, 30}, {{200, 200}, 150, 30}, {{398, 2}, 150, 30}};
  Surroundings plot = empty_plot();
  plot.front = front;
  for (const Box& box : place_labels(labels, plot)) {
    for (const Pixel place : front)
      EXPECT_FALSE(contains(box, place));
  }
}

TEST(PlaceLabels, ALabelWiderThanThePlotIsCentred) {
  const std::vector<Label> labels = {{{10, 10}, 2 * kPlotWidth, 30}};
  const std::vector<Box> boxes = place_labels(labels, empty_plot());
  ASSERT_EQ(boxes.size(), 1U);
  EXPECT_DOUBLE_EQ(boxes[0].centre.x, kPlotWidth / 2);
}

TEST(GroupColours, DifferAndDarken) {
  for (const std::size_t count :
       {std::size_t{1}, std::size_t{2}, std::size_t{4}, std::size_t{30}}) {
    const std::vector<std::string> colours = group_colours(count);
    ASSERT_EQ(colours.size(), count);
    EXPECT_EQ(std::set<std::string>(colours.begin(), colours.end()).size(), count);
    const auto lightness = [](const std::string& colour) {
      const int rgb = std::stoi(colour.substr(1), nullptr, 16);
      return 0.2126 * (rgb >> 16) + 0.7152 * (rgb >> 8 & 255) + 0.0722 * (rgb & 255);
    };
    for (std::size_t i = 1; i < count; ++i)
      EXPECT_LT(lightness(colours[i]), lightness(colours[i - 1]));
  }
}

}  // namespace
}  // namespace ecnas::report
