#include "ecnas/report/figure.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "ecnas/core/error.hpp"
#include "report/example_figure.hpp"
#include "support/expect_error.hpp"

namespace ecnas::report {
namespace {

using Json = nlohmann::json;

Json layer(const Json& spec, const std::string& name) {
  for (const Json& candidate : spec.at("layer")) {
    if (candidate.at("name") == name) return candidate;
  }
  ADD_FAILURE() << "no layer " << name;
  return {};
}

std::set<std::string> layer_names(const Json& spec) {
  std::set<std::string> names;
  for (const Json& candidate : spec.at("layer"))
    names.insert(candidate.at("name").get<std::string>());
  return names;
}

Json rows(const Json& spec, const std::string& name) {
  return layer(spec, name).at("data").at("values");
}

Json spec_of(const FrontFigure& figure) {
  return Json::parse(front_figure_spec(figure));
}

TEST(FrontFigureSpec, IsAVegaLiteDocumentWithItsLayersInOrder) {
  const Json spec = spec_of(testing::example_figure());
  EXPECT_NE(spec.at("$schema").get<std::string>().find("vega-lite/v6"), std::string::npos);
  std::vector<std::string> names;
  for (const Json& candidate : spec.at("layer"))
    names.push_back(candidate.at("name"));
  EXPECT_EQ(names, (std::vector<std::string>{"points", "label_plates", "front_line", "front",
                                             "leaders", "extrema", "knee", "labels"}));
  EXPECT_EQ(spec.at("background"), "#FFFFFF");
}

TEST(FrontFigureSpec, HoldsEveryPointWithItsGroup) {
  const FrontFigure figure = testing::example_figure();
  const Json points = rows(spec_of(figure), "points");
  ASSERT_EQ(points.size(), figure.points.size());
  for (std::size_t i = 0; i < points.size(); ++i) {
    EXPECT_EQ(points[i].at("x").get<double>(), figure.points[i].x);
    EXPECT_EQ(points[i].at("y").get<double>(), figure.points[i].y);
    EXPECT_EQ(points[i].at("group"),
              figure.groups[static_cast<std::size_t>(figure.points[i].group)]);
  }
}

TEST(FrontFigureSpec, EncodesAxesWithUnitsAndScales) {
  const Json encoding = layer(spec_of(testing::example_figure()), "points").at("encoding");
  EXPECT_EQ(encoding.at("x").at("axis").at("title"), "Training energy (kWh)");
  EXPECT_EQ(encoding.at("x").at("scale").at("type"), "log");
  EXPECT_EQ(encoding.at("y").at("axis").at("title"), "Validation error");
  EXPECT_EQ(encoding.at("y").at("scale").at("type"), "linear");
  EXPECT_EQ(encoding.at("color").at("legend").at("title"), "Epochs");
  EXPECT_EQ(encoding.at("color").at("scale").at("domain"), (Json{"4", "12", "36", "108"}));
}

TEST(FrontFigureSpec, OneGroupNeedsNoLegend) {
  FrontFigure figure = testing::example_figure();
  figure.groups = {"108"};
  for (ScatterPoint& point : figure.points)
    point.group = 0;
  for (ScatterPoint& point : figure.front)
    point.group = 0;
  EXPECT_TRUE(layer(spec_of(figure), "points").at("encoding").at("color").at("legend").is_null());
}

TEST(FrontFigureSpec, ManyGroupsHaveALegendOfAtMostTwelve) {
  FrontFigure figure = testing::example_figure();
  figure.groups.clear();
  for (int i = 0; i < 300; ++i)
    figure.groups.push_back(std::to_string(i));
  const Json legend = layer(spec_of(figure), "points").at("encoding").at("color").at("legend");
  ASSERT_EQ(legend.at("values").size(), 12U);
  EXPECT_EQ(legend.at("values").front(), "0");
  EXPECT_EQ(legend.at("values").back(), "299");
}

TEST(FrontFigureSpec, FrontLineDescendsFromTheTopAndLeavesToTheRight) {
  const FrontFigure figure = testing::example_figure();
  const Json spec = spec_of(figure);
  const Json line = rows(spec, "front_line");
  ASSERT_EQ(line.size(), figure.front.size() + 2);
  for (std::size_t i = 1; i < line.size(); ++i) {
    EXPECT_GE(line[i].at("x").get<double>(), line[i - 1].at("x").get<double>());
    EXPECT_LE(line[i].at("y").get<double>(), line[i - 1].at("y").get<double>());
    EXPECT_EQ(line[i].at("order"), i);
  }
  EXPECT_EQ(layer(spec, "front_line").at("mark").at("interpolate"), "step-after");
  EXPECT_EQ(rows(spec, "front").size(), figure.front.size());
}

TEST(FrontFigureSpec, NamesKneeAndExtremaWithTheirValues) {
  FrontFigure figure = testing::example_figure();
  figure.front = {{0.01, 0.5, 0}, {0.1, 0.1, 1}, {1.25, 0.0625, 2}};
  figure.knee = 1;
  figure.extrema = {0, 2};
  const Json spec = spec_of(figure);
  EXPECT_EQ(rows(spec, "knee"), (Json{{{"x", 0.1}, {"y", 0.1}}}));
  EXPECT_EQ(rows(spec, "extrema").size(), 2U);
  std::set<std::string> texts;
  for (const Json& row : rows(spec, "labels"))
    texts.insert(row.at("text").get<std::string>());
  EXPECT_EQ(texts,
            (std::set<std::string>{"Knee", "0.1 kWh, 0.1", "Least training energy", "0.01 kWh, 0.5",
                                   "Least validation error", "1.25 kWh, 0.0625"}));
}

TEST(FrontFigureSpec, AFrontOfOnePointHasOneLabelForBothExtrema) {
  FrontFigure figure = testing::example_figure();
  figure.front = {{0.01, 0.05, 0}};
  figure.knee.reset();
  figure.extrema = {0, 0};
  const Json spec = spec_of(figure);
  EXPECT_EQ(rows(spec, "extrema").size(), 1U);
  EXPECT_EQ(rows(spec, "labels")[0].at("text"), "Least training energy · Least validation error");
}

TEST(FrontFigureSpec, WithoutFrontOnlyPointsAreDrawn) {
  FrontFigure figure = testing::example_figure();
  figure.front.clear();
  figure.knee.reset();
  figure.extrema.clear();
  EXPECT_EQ(layer_names(spec_of(figure)), std::set<std::string>{"points"});
}

TEST(FrontFigureSpec, AboveTheLimitCountsInHexagonsThatAddUp) {
  const std::size_t count = kMaxDrawnPoints + 5'000;
  const Json spec = spec_of(testing::example_figure(count));
  EXPECT_FALSE(layer_names(spec).contains("points"));
  std::size_t sum = 0;
  for (const Json& row : rows(spec, "density"))
    sum += row.at("count").get<std::size_t>();
  EXPECT_EQ(sum, count);
  EXPECT_LT(rows(spec, "density").size(), count / 2);
  EXPECT_TRUE(layer_names(spec_of(testing::example_figure(kMaxDrawnPoints))).contains("points"));
}

TEST(FrontFigureSpec, IsBoundedForAMillionPointsAndAFrontOfAHundredThousand) {
  FrontFigure figure;
  figure.x_axis = {"x", "", Scale::linear, {}};
  figure.y_axis = {"y", "", Scale::linear, {}};
  figure.groups = {"only"};
  for (int i = 0; i < 100'000; ++i)
    figure.front.push_back({i * 1.0, 100'000.0 - i, 0});
  for (int i = 0; i < 10; ++i)
    figure.points.insert(figure.points.end(), figure.front.begin(), figure.front.end());
  const std::string spec = front_figure_spec(figure);
  EXPECT_LT(spec.size(), std::size_t{2} << 20);
  EXPECT_LT(rows(Json::parse(spec), "front").size(), 2'500U);
}

TEST(FrontFigureSpec, SameFigureSameBytes) {
  EXPECT_EQ(front_figure_spec(testing::example_figure()),
            front_figure_spec(testing::example_figure()));
  EXPECT_EQ(front_figure_spec(testing::example_figure(30'000)),
            front_figure_spec(testing::example_figure(30'000)));
}

TEST(FrontFigureSpec, HoldsHostileTextsAsTexts) {
  FrontFigure figure = testing::example_figure();
  figure.title = "</script>\"'\\ {\"signal\": 1} \xff\x01";
  figure.subtitle = std::string(100'000, 'x');
  figure.groups[0] = std::string(1'000'000, '"');
  figure.x_axis.unit = std::string(100'000, '<');
  const std::string text = front_figure_spec(figure);
  EXPECT_LT(text.size(), 200'000U);
  const Json spec = Json::parse(text);
  EXPECT_EQ(spec.at("title").at("text"),
            (Json::array({"</script>\"'\\ {\"signal\": 1} \xef\xbf\xbd"})));
}

TEST(FrontFigureSpec, RegionsAreClosedOutlinesThatTheAxesAndTheLegendHold) {
  FrontFigure figure = testing::example_figure();
  figure.regions = {{"accurate", {{{0.1, 0.05}, {900, 0.06}, {0.2, 0.07}}}},
                    {"efficient", {{{0.01, 0.1}, {0.02, 0.1}, {0.02, 0.2}, {0.01, 0.2}}}}};
  const Json spec = spec_of(figure);
  const Json outline = rows(spec, "region_0");
  ASSERT_EQ(outline.size(), 4);
  EXPECT_EQ(outline[0].at("x"), outline[3].at("x"));
  EXPECT_EQ(outline[0].at("y"), outline[3].at("y"));
  EXPECT_EQ(rows(spec, "region_1").size(), 5);
  EXPECT_GT(layer(spec, "points").at("encoding").at("x").at("scale").at("domain")[1], 900);
  const Json legend = layer(spec, "front_line").at("encoding").at("stroke").at("scale");
  EXPECT_EQ(legend.at("domain"), (Json{"Pareto front", "accurate", "efficient"}));
  const Json line = layer(spec, "region_1").at("layer")[1].at("encoding").at("stroke");
  EXPECT_EQ(line.at("datum"), "efficient");
  EXPECT_EQ(line.at("scale"), legend);
}

TEST(FrontFigureSpec, RefusesRegionsThatItCannotTellApartOrDraw) {
  const OutlinedRegion good{"r", {{{0.1, 0.1}, {0.2, 0.1}, {0.2, 0.2}}}};
  FrontFigure figure = testing::example_figure();
  figure.regions.assign(kMaxRegions + 1, good);
  testing::expect_error(ErrorCode::invalid_argument, "3 regions; 2",
                        [&] { (void)front_figure_spec(figure); });
  figure.regions = {{"r", {{{0.1, 0.1}, {0.2, 0.1}}}}};
  testing::expect_error(ErrorCode::invalid_argument, "an outline of 2 corners",
                        [&] { (void)front_figure_spec(figure); });
  figure.regions = {good};
  figure.regions[0].outline[1][0] = std::numeric_limits<double>::infinity();
  testing::expect_error(ErrorCode::invalid_argument, "finite",
                        [&] { (void)front_figure_spec(figure); });
}

TEST(FrontFigureSpec, RefusesWhatItCannotDraw) {
  const auto expect_refused = [](auto spoil) {
    FrontFigure figure = testing::example_figure();
    spoil(figure);
    try {
      static_cast<void>(front_figure_spec(figure));
      ADD_FAILURE() << "no error";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::invalid_argument) << error.what();
    }
  };
  expect_refused([](FrontFigure& f) { f.points.clear(); });
  expect_refused([](FrontFigure& f) { f.groups.clear(); });
  expect_refused([](FrontFigure& f) { f.points[3].group = 4; });
  expect_refused([](FrontFigure& f) { f.points[3].group = -1; });
  expect_refused([](FrontFigure& f) { f.front[0].group = 99; });
  expect_refused([](FrontFigure& f) { f.points[3].x = std::numeric_limits<double>::quiet_NaN(); });
  expect_refused([](FrontFigure& f) { f.front[0].y = std::numeric_limits<double>::infinity(); });
  expect_refused([](FrontFigure& f) { f.knee = f.front.size(); });
  expect_refused([](FrontFigure& f) { f.extrema = {0, f.front.size()}; });
  expect_refused([](FrontFigure& f) { f.extrema = {0, 0, 0}; });
  expect_refused([](FrontFigure& f) {
    f.x_axis.scale = Scale::logarithmic;
    f.points[3].x = 0;
  });
}

}  // namespace
}  // namespace ecnas::report
