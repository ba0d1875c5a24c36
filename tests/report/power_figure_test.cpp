#include "ecnas/report/power_figure.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "support/expect_error.hpp"

namespace ecnas::report {
namespace {

using ecnas::testing::expect_error;
using Json = nlohmann::json;

PowerFigure example() {
  return {.title = "2 kJ in 20 s",
          .lines = {},
          .components = {"package-0", "gpu-0"},
          .readings = {{1, 0, 50}, {1, 1, 200}, {20, 0, 60}, {20, 1, 0}}};
}

TEST(PowerFigureSpec, HasAStepForEveryReading) {
  const Json layer = Json::parse(power_figure_spec(example())).at("layer").at(0);
  EXPECT_EQ(layer.at("name"), "power");
  EXPECT_EQ(layer.at("mark").at("interpolate"), "step-before");  // means since the one before
  const Json& rows = layer.at("data").at("values");
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows[2], (Json{{"x", 20.0}, {"y", 60.0}, {"component", "package-0"}}));
}

TEST(PowerFigureSpec, TimeIsInTheUnitThatSuits) {
  PowerFigure figure = example();
  for (const auto& [longest_s, unit, last] :
       {std::tuple(20.0, "Time (s)", 20.0), std::tuple(600.0, "Time (min)", 10.0),
        std::tuple(36'000.0, "Time (h)", 10.0)}) {
    figure.readings[2].time_s = figure.readings[3].time_s = longest_s;
    const std::string spec = power_figure_spec(figure);
    EXPECT_NE(spec.find(unit), std::string::npos) << spec;
    EXPECT_EQ(Json::parse(spec).at("layer").at(0).at("data").at("values")[3].at("x"), last);
  }
}

TEST(PowerFigureSpec, RefusesWhatCannotBeDrawn) {
  const auto refuses = [](const PowerFigure& figure) {
    expect_error(ErrorCode::invalid_argument, "2 kJ in 20 s",
                 [&] { (void)power_figure_spec(figure); });
  };
  PowerFigure figure = example();
  figure.readings.clear();
  refuses(figure);
  figure = example();
  figure.components.clear();
  refuses(figure);
  figure = example();
  figure.components[1] = figure.components[0];
  refuses(figure);
  figure = example();
  figure.readings[0].component = 2;
  refuses(figure);
  figure = example();
  figure.readings[0].power_w = NAN;
  refuses(figure);
}

TEST(PowerFigureSpec, TextsAreDataAndTheSameFigureGivesTheSameBytes) {
  PowerFigure figure = example();
  figure.title = "</script>{{x}}" + std::string(100'000, '"');
  EXPECT_EQ(power_figure_spec(figure), power_figure_spec(figure));
  EXPECT_LT(power_figure_spec(figure).size(), 20'000U);
}

}  // namespace
}  // namespace ecnas::report
