#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "ecnas/core/error.hpp"
#include "ecnas/core/random.hpp"
#include "ecnas/report/attainment_figure.hpp"
#include "ecnas/report/calibration_figure.hpp"
#include "ecnas/report/profile_figure.hpp"
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
using testing::SvgElement;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
const std::string kHostile = "</script>\"'\\ {\"signal\": 1} {{x}} \xff\x01";

// --- Attainment ----------------------------------------------------------------------------------

AttainmentFigure example_attainment() {
  AttainmentFigure figure;
  figure.title = "What a search attains";
  figure.lines = {"made-up"};
  figure.x_axis = {"Training energy", "kWh", Scale::automatic, {}};
  figure.y_axis = {"Validation error", "", Scale::automatic, {}};
  figure.trials = 10;
  figure.exact_front = {{0.01, 0.4}, {0.1, 0.2}, {1.0, 0.1}};
  figure.best = {{0.01, 0.4}, {0.2, 0.2}, {1.0, 0.1}};
  figure.median = {{0.02, 0.4}, {0.3, 0.2}};
  figure.worst = {{0.05, 0.45}};
  figure.volumes = TrialVolumes{1.25, 0.0125, 1.31, {1.5, 1}};
  return figure;
}

TEST(AttainmentFigureSpec, LinesGoAlongTheCornersFromTheTopToTheRight) {
  const Json spec = Json::parse(attainment_figure_spec(example_attainment()));
  const Json encoding = layer(spec, "band").at("encoding");
  EXPECT_EQ(encoding.at("x").at("scale").at("type"), "log");
  EXPECT_EQ(encoding.at("y").at("scale").at("type"), "linear");
  EXPECT_EQ(encoding.at("x").at("axis").at("title"), "Training energy (kWh)");
  const Json top = encoding.at("y").at("scale").at("domain").at(1);
  const Json right = encoding.at("x").at("scale").at("domain").at(1);
  EXPECT_EQ(rows(spec, "median"), (Json{{{"x", 0.02}, {"y", top}, {"order", 0}},
                                        {{"x", 0.02}, {"y", 0.4}, {"order", 1}},
                                        {{"x", 0.3}, {"y", 0.4}, {"order", 2}},
                                        {{"x", 0.3}, {"y", 0.2}, {"order", 3}},
                                        {{"x", right}, {"y", 0.2}, {"order", 4}}}));
  EXPECT_EQ(rows(spec, "exact_front").size(), 7U);
}

TEST(AttainmentFigureSpec, TheBandGoesAlongTheBestAndBackAlongTheWorst) {
  const Json spec = Json::parse(attainment_figure_spec(example_attainment()));
  const Json band = rows(spec, "band");
  ASSERT_EQ(band.size(), 7U + 3U);
  EXPECT_EQ(band[1].at("x"), 0.01);
  EXPECT_EQ(band[1].at("y"), 0.4);
  EXPECT_EQ(band[7].at("y"), 0.45);  // from the right along the worst
  EXPECT_EQ(band[8].at("x"), 0.05);
  EXPECT_EQ(band[9].at("x"), 0.05);
  EXPECT_EQ(band[9].at("y"), band[0].at("y"));
  for (std::size_t i = 0; i < band.size(); ++i)
    EXPECT_EQ(band[i].at("order"), i);
}

TEST(AttainmentFigureSpec, StatesVolumesWithTheirReferencePoint) {
  const auto subtitle = [](const AttainmentFigure& figure) {
    return Json::parse(attainment_figure_spec(figure)).at("title").at("subtitle").dump();
  };
  AttainmentFigure figure = example_attainment();
  EXPECT_NE(subtitle(figure).find("Hypervolume 1.25 ± 0.013, of the exact front 1.31; reference "
                                  "point (1.5 kWh, 1)"),
            std::string::npos)
      << subtitle(figure);
  figure.volumes->deviation.reset();
  EXPECT_NE(subtitle(figure).find("Hypervolume 1.25, of"), std::string::npos);
  figure.volumes.reset();
  EXPECT_EQ(subtitle(figure).find("Hypervolume"), std::string::npos);
}

TEST(AttainmentFigureSpec, IsBoundedWhateverTheNumberOfCorners) {
  AttainmentFigure figure = example_attainment();
  for (auto* corners : {&figure.best, &figure.median, &figure.worst, &figure.exact_front}) {
    corners->clear();
    for (int i = 0; i < 100'000; ++i)
      corners->push_back({1.0 + i, 1.0 - 1e-6 * i});
  }
  EXPECT_LT(attainment_figure_spec(figure).size(), 1'000'000U);
}

TEST(AttainmentFigureSpec, RefusesWhatItCannotDraw) {
  const auto refused = [](const std::string& part, const auto& spoil) {
    AttainmentFigure figure = example_attainment();
    spoil(figure);
    expect_error(ErrorCode::invalid_argument, part,
                 [&] { static_cast<void>(attainment_figure_spec(figure)); });
  };
  refused("no trials", [](AttainmentFigure& f) { f.trials = 0; });
  refused("worst surface has no corners", [](AttainmentFigure& f) { f.worst.clear(); });
  refused("corner 1 of its exact front", [](AttainmentFigure& f) {
    f.exact_front[1] = {0.01, 0.3};
  });
  refused("two objectives", [](AttainmentFigure& f) { f.median[0] = {0.1, 0.2, 0.3}; });
  refused("logarithmic", [](AttainmentFigure& f) {
    f.x_axis.scale = Scale::logarithmic;
    f.best[0] = {-1, 0.4};
  });
}

// --- Progress ------------------------------------------------------------------------------------

ProgressFigure example_progress(std::size_t series, std::size_t evaluations = 50) {
  ProgressFigure figure;
  figure.title = "How fast searches find the front";
  figure.lines = {"made-up"};
  for (std::size_t i = 0; i < series; ++i) {
    figure.series.push_back({"algorithm " + std::to_string(i), {}});
    for (std::size_t n = 1; n <= evaluations; ++n) {
      const double share = 1 - 1 / (static_cast<double>(n) + static_cast<double>(i) + 1);
      figure.series.back().points.push_back(
          {n, {0.8 * share, 0.9 * share, share, 0.5 * (1 + share), 1}});
    }
  }
  return figure;
}

TEST(ProgressFigureSpec, HoldsMediansQuartilesAndTheRangeOfOneOrTwoSeries) {
  const Json spec = Json::parse(progress_figure_spec(example_progress(2)));
  const Json medians = rows(spec, "series_1_median");
  EXPECT_EQ(medians[0].at("x"), 1);
  EXPECT_DOUBLE_EQ(medians[0].at("share").get<double>(), 1 - 1.0 / 3);
  EXPECT_DOUBLE_EQ(medians[0].at("y").get<double>(), 1.0 / 3);  // what is missing
  EXPECT_EQ(medians.back().at("x"), 50);
  const Json quartiles = rows(spec, "series_0_quartiles");
  EXPECT_DOUBLE_EQ(quartiles[0].at("y").get<double>(), 1 - 0.45);
  EXPECT_DOUBLE_EQ(quartiles[0].at("end_y").get<double>(), 1 - 0.75);
  EXPECT_DOUBLE_EQ(rows(spec, "series_0_range")[0].at("y").get<double>(), 1 - 0.4);
  EXPECT_EQ(layer(spec, "series_0_range").at("encoding").at("y").at("scale").at("reverse"), true);
  const Json three = Json::parse(progress_figure_spec(example_progress(3)));
  for (const Json& each : three.at("layer"))
    EXPECT_EQ(each.at("name").get<std::string>().find("_range"), std::string::npos);
}

TEST(ProgressFigureSpec, DrawsAllThatWasFoundAtALimitAndSaysSo) {
  const std::string said = "what is beyond 99.99 % is drawn there";
  ProgressFigure figure = example_progress(1);
  const Json spec = Json::parse(progress_figure_spec(figure));
  EXPECT_DOUBLE_EQ(rows(spec, "series_0_range")[3].at("end_y").get<double>(), 1e-4);
  EXPECT_NE(spec.at("title").at("subtitle").dump().find(said), std::string::npos);
  for (search::ProgressPoint& point : figure.series[0].points)
    point.share.greatest = 0.999;
  const Json below = Json::parse(progress_figure_spec(figure));
  EXPECT_EQ(below.at("title").at("subtitle").dump().find(said), std::string::npos);
}

TEST(ProgressFigureSpec, KeepsTheEndsOfManyPoints) {
  const std::string text = progress_figure_spec(example_progress(5, 100'000));
  EXPECT_LT(text.size(), 1'000'000U);
  const Json medians = rows(Json::parse(text), "series_0_median");
  EXPECT_EQ(medians.front().at("x"), 1);
  EXPECT_EQ(medians.back().at("x"), 100'000);
  EXPECT_GT(medians.size(), 200U);
}

TEST(ProgressFigureSpec, RefusesWhatItCannotDraw) {
  const auto refused = [](const std::string& part, const ProgressFigure& figure) {
    expect_error(ErrorCode::invalid_argument, part,
                 [&] { static_cast<void>(progress_figure_spec(figure)); });
  };
  refused("0 series", example_progress(0));
  refused("6 series", example_progress(6));
  ProgressFigure figure = example_progress(2);
  figure.series[1].label = figure.series[0].label;
  refused("named differently", figure);
  figure = example_progress(2);
  figure.series[1].points.clear();
  refused("has no points", figure);
  figure = example_progress(2);
  figure.series[1].points[0].evaluations = 0;
  refused("ascend", figure);
  figure = example_progress(2);
  figure.series[1].points[7].share.least = kNaN;
  refused("Share of hypervolume", figure);
}

// --- Profiles ------------------------------------------------------------------------------------

/// Three solutions; of the first quantity the first two are all but equal, and at the best.
ProfileFigure example_profile() {
  ProfileFigure figure;
  figure.title = "Extrema and knee";
  figure.lines = {"made-up"};
  figure.range_of = "a front of 34 solutions";
  figure.quantities = {{{"Validation accuracy", "", Scale::linear, {}}, true, 0.5, 0.95},
                       {{"Training energy", "kWh", Scale::automatic, {}}, false, 0.005, 1.2},
                       {{"Training time", "s", Scale::automatic, {}}, false, 27, 5462},
                       {{"Trainable parameters", "", Scale::automatic, {}}, false, 2e5, 4.2e7},
                       {{"Emissions", "g CO2eq", Scale::automatic, {}}, false, 0.5, 93}};
  figure.solutions = {{"Least energy", {0.5, 0.005, 27, 882'570, 0.5}},
                      {"Knee", {0.9499, 0.13, 690, 3'468'426, 12}},
                      {"Least error", {0.95, 1.2, 5462, 41'557'898, 93}}};
  return figure;
}

TEST(ProfileFigureSpec, TheRadarPutsTheWorstAtTheCentreAndTheBestAtTheRim) {
  const Json spec = Json::parse(profile_figure_spec(example_profile(), Profile::radar));
  const auto distance = [&](std::size_t solution, std::size_t quantity) {
    const Json row = rows(spec, "solution_" + std::to_string(solution) + "_line")[quantity];
    return std::hypot(row.at("x").get<double>(), row.at("y").get<double>());
  };
  const Json rim = rows(spec, "spokes")[0];
  const double radius = rim.at("end_y").get<double>();
  EXPECT_NEAR(distance(0, 0), 0, 1e-9);       // the least accuracy
  EXPECT_NEAR(distance(2, 0), radius, 1e-9);  // the greatest
  EXPECT_NEAR(distance(0, 1), radius, 1e-9);  // the least energy
  EXPECT_NEAR(distance(2, 1), 0, 1e-9);
  EXPECT_NEAR(distance(1, 1), radius * (1.2 - 0.13) / (1.2 - 0.005), 1e-9);
  EXPECT_EQ(rows(spec, "solution_1_line").size(), 6U);  // closed
  EXPECT_EQ(rows(spec, "marks").size(), 15U);
  EXPECT_EQ(rows(spec, "ranges")[1].at("text"), "1.2 → 0.005");
}

TEST(ProfileFigureSpec, ARowHoldsEachValueInALaneOfItsOwnBetterToTheRight) {
  const Json panels =
      Json::parse(profile_figure_spec(example_profile(), Profile::dots)).at("vconcat");
  ASSERT_EQ(panels.size(), 5U);
  EXPECT_EQ(rows(panels[1], "row_1_values"), (Json{{{"x", 0.005}, {"y", 0}, {"text", "0.005"}},
                                                   {{"x", 0.13}, {"y", 1}, {"text", "0.13"}},
                                                   {{"x", 1.2}, {"y", 2}, {"text", "1.2"}}}));
  const auto range = [&](std::size_t row) {
    return panels[row].at("layer")[0].at("encoding").at("x").at("scale").at("range");
  };
  EXPECT_EQ(range(0)[0], 0);  // accuracy grows to the right
  EXPECT_EQ(range(1)[1], 0);  // energy to the left
  EXPECT_EQ(panels[1].at("layer")[0].at("encoding").at("x").at("scale").at("type"), "log");
  EXPECT_EQ(panels[1].at("title").at("text"), Json::array({"Training energy (kWh)"}));
}

TEST(ProfileFigureSpec, AQuantityThatIsTheSameForAllIsDrawn) {
  ProfileFigure figure = example_profile();
  figure.quantities[2].least = figure.quantities[2].greatest = 27;
  for (ProfileSolution& solution : figure.solutions)
    solution.values[2] = 27;
  EXPECT_FALSE(profile_figure_spec(figure, Profile::radar).empty());
  EXPECT_FALSE(profile_figure_spec(figure, Profile::dots).empty());
}

TEST(ProfileFigureSpec, RefusesWhatItCannotDraw) {
  const auto refused = [](const std::string& part, const auto& spoil) {
    ProfileFigure figure = example_profile();
    spoil(figure);
    for (const Profile kind : {Profile::radar, Profile::dots}) {
      expect_error(ErrorCode::invalid_argument, part,
                   [&] { static_cast<void>(profile_figure_spec(figure, kind)); });
    }
  };
  refused("0 solutions", [](ProfileFigure& f) { f.solutions.clear(); });
  refused("6 solutions", [](ProfileFigure& f) { f.solutions.resize(6); });
  refused("named differently", [](ProfileFigure& f) { f.solutions[1].label = "Least energy"; });
  refused("2 quantities", [](ProfileFigure& f) { f.quantities.resize(2); });
  refused("9 quantities", [](ProfileFigure& f) { f.quantities.resize(9); });
  refused("4 values, expected 5", [](ProfileFigure& f) { f.solutions[2].values.pop_back(); });
  refused("all finite", [](ProfileFigure& f) { f.solutions[2].values[0] = kNaN; });
  refused("ranges from 2", [](ProfileFigure& f) { f.quantities[1].least = 2; });
  ProfileFigure figure = example_profile();
  figure.quantities[1].axis.scale = Scale::logarithmic;
  figure.solutions[0].values[1] = 0;
  expect_error(ErrorCode::invalid_argument, "logarithmic",
               [&] { static_cast<void>(profile_figure_spec(figure, Profile::dots)); });
}

// --- Calibration ---------------------------------------------------------------------------------

CoverageSeries example_series(const std::string& label, std::size_t count, double lift) {
  CoverageSeries series{label, count, {}};
  for (const double level : {0.1, 0.5, 0.9, 0.95}) {
    const double share = std::min(1.0, level + lift * (1 - level));
    series.points.push_back({level, {share, 0.9 * share, std::min(1.0, 1.05 * share)}});
  }
  return series;
}

CalibrationFigure example_calibration() {
  CalibrationFigure figure;
  figure.title = "Do 90 % intervals hold 90 %?";
  figure.lines = {"made-up"};
  figure.groups = {example_series("6 vertices", 520, 0.3),
                   example_series("7 vertices", 2957, -0.1)};
  figure.all = example_series("All cells", 3477, 0.1);
  figure.promised = 0.9;
  figure.histogram = {{30, 50, 60, 20}, 40, 28, 53};
  return figure;
}

TEST(CalibrationFigureSpec, HoldsCurvesTheBandAndTheHistogram) {
  const Json panels = Json::parse(calibration_figure_spec(example_calibration())).at("hconcat");
  ASSERT_EQ(panels.size(), 2U);
  EXPECT_EQ(rows(panels[0], "diagonal"), (Json{{{"x", 0}, {"y", 0}, {"end_x", 1}, {"end_y", 1}}}));
  EXPECT_EQ(rows(panels[0], "all").size(), 4U);
  EXPECT_EQ(rows(panels[0], "group_0")[1].at("x"), 0.5);
  EXPECT_DOUBLE_EQ(rows(panels[0], "group_0")[1].at("y").get<double>(), 0.65);
  EXPECT_DOUBLE_EQ(rows(panels[0], "band")[1].at("y").get<double>(), 0.9 * 0.55);
  EXPECT_DOUBLE_EQ(rows(panels[0], "band")[1].at("end_y").get<double>(), 1.05 * 0.55);
  EXPECT_EQ(rows(panels[0], "promise_label")[0].at("text"),
            "91.0 % within the stated 90 % intervals");
  EXPECT_EQ(rows(panels[1], "histogram")[2],
            (Json{{"x", 0.5}, {"y", 0}, {"end_x", 0.75}, {"end_y", 1.5}}));
  EXPECT_EQ(rows(panels[1], "uniform_band"),
            (Json{{{"x", 0}, {"y", 0.7}, {"end_x", 1}, {"end_y", 53.0 / 40}}}));
}

TEST(CalibrationFigureSpec, WithoutAPromiseNoneIsDrawn) {
  CalibrationFigure figure = example_calibration();
  figure.promised.reset();
  figure.groups.clear();
  const Json spec = Json::parse(calibration_figure_spec(figure));
  for (const Json& each : spec.at("hconcat")[0].at("layer"))
    EXPECT_EQ(each.at("name").get<std::string>().find("promise"), std::string::npos);
}

TEST(CalibrationFigureSpec, RefusesWhatItCannotDraw) {
  const auto refused = [](const std::string& part, const auto& spoil) {
    CalibrationFigure figure = example_calibration();
    spoil(figure);
    expect_error(ErrorCode::invalid_argument, part,
                 [&] { static_cast<void>(calibration_figure_spec(figure)); });
  };
  refused("has no points", [](CalibrationFigure& f) { f.groups[1].points.clear(); });
  refused("ascending levels", [](CalibrationFigure& f) { f.all.points[1].nominal = 0.1; });
  refused("expected shares", [](CalibrationFigure& f) { f.all.points[1].observed.share = 1.1; });
  refused("expected shares", [](CalibrationFigure& f) { f.all.points[1].observed.upper = kNaN; });
  refused("7 groups", [](CalibrationFigure& f) { f.groups.resize(7, f.groups[0]); });
  refused("named alike", [](CalibrationFigure& f) { f.groups[1] = f.groups[0]; });
  refused("0.8 is promised", [](CalibrationFigure& f) { f.promised = 0.8; });
  refused("0 bins", [](CalibrationFigure& f) { f.histogram.counts.clear(); });
  refused("0 expected", [](CalibrationFigure& f) { f.histogram.expected = 0; });
}

// --- All -----------------------------------------------------------------------------------------

TEST(SearchFigures, SameFigureSameBytesAndTextsAreData) {
  AttainmentFigure attainment = example_attainment();
  attainment.title = kHostile;
  attainment.x_axis.title = std::string(100'000, '"');
  ProgressFigure progress = example_progress(2);
  progress.series[0].label = kHostile;
  progress.series[1].label = std::string(100'000, '<');
  ProfileFigure profile = example_profile();
  profile.solutions[0].label = kHostile;
  profile.quantities[0].axis.title = std::string(100'000, 'x');
  profile.range_of = std::string(100'000, '<');
  CalibrationFigure calibration = example_calibration();
  calibration.groups[0].label = std::string(100'000, '"');
  calibration.all.label = kHostile;
  for (int kind = 0; kind < 5; ++kind) {
    const auto spec = [&] {
      return kind == 0   ? attainment_figure_spec(attainment)
             : kind == 1 ? progress_figure_spec(progress)
             : kind == 2 ? profile_figure_spec(profile, Profile::radar)
             : kind == 3 ? profile_figure_spec(profile, Profile::dots)
                         : calibration_figure_spec(calibration);
    };
    EXPECT_EQ(spec(), spec());
    EXPECT_LT(spec().size(), 60'000U) << kind;
    EXPECT_TRUE(Json::accept(spec())) << kind;
  }
}

TEST(SearchFigures, HostileNamesAreDrawnAsTheyAre) {
  ECNAS_NEEDS_CHARTS_DRAWN();
  const std::string name = "</b> {{x}} \\";
  ProgressFigure progress = example_progress(2);
  progress.series[0].label = name;
  EXPECT_TRUE(has_text(drawn(progress_figure_spec(progress)), name));
  ProfileFigure profile = example_profile();
  profile.solutions[1].label = name;
  profile.quantities[1].axis.title = name;
  for (const Profile kind : {Profile::radar, Profile::dots}) {
    const SvgElement svg = drawn(profile_figure_spec(profile, kind));
    EXPECT_TRUE(has_text(svg, name));
    EXPECT_TRUE(has_text(svg, name + " (kWh)"));
  }
  CalibrationFigure calibration = example_calibration();
  calibration.all.label = name;
  EXPECT_TRUE(has_text(drawn(calibration_figure_spec(calibration)), name + " (3,477)"));
}

TEST(SearchFigures, AttainmentIsDrawnWithAllItsMarksAndWords) {
  ECNAS_NEEDS_CHARTS_DRAWN();
  const SvgElement svg = drawn(attainment_figure_spec(example_attainment()));
  for (const char* name : {"band", "median", "exact_front"})
    EXPECT_EQ(marks_in(svg, name), 1U) << name;
  for (const char* text : {"Best to worst trial", "Median of 10 trials", "Exact front",
                           "Training energy (kWh)", "Validation error"})
    EXPECT_TRUE(has_text(svg, text)) << text;
  expect_legible(svg);
}

TEST(SearchFigures, ProgressIsDrawnWithAllItsMarksAndWords) {
  ECNAS_NEEDS_CHARTS_DRAWN();
  const SvgElement svg = drawn(progress_figure_spec(example_progress(2)));
  for (const char* name : {"series_0_range", "series_0_quartiles", "series_0_median",
                           "series_1_range", "series_1_quartiles", "series_1_median"})
    EXPECT_EQ(marks_in(svg, name), 1U) << name;
  for (const char* text :
       {"algorithm 0", "algorithm 1", "Evaluations", "Share of hypervolume", "90%", "99.9%"})
    EXPECT_TRUE(has_text(svg, text)) << text;
  expect_legible(svg);
  expect_legible(drawn(progress_figure_spec(example_progress(5))));
}

TEST(SearchFigures, ProfilesAreDrawnWithAllTheirMarksAndWords) {
  ECNAS_NEEDS_CHARTS_DRAWN();
  const SvgElement radar = drawn(profile_figure_spec(example_profile(), Profile::radar));
  EXPECT_EQ(marks_in(radar, "marks"), 15U);
  EXPECT_EQ(std::ranges::count_if(radar.all("g"),
                                  [](const SvgElement* group) {
                                    return group->attribute("class").find("rings_marks") !=
                                           std::string::npos;
                                  }),
            4);
  EXPECT_EQ(marks_in(radar, "spokes"), 5U);
  for (const char* name : {"solution_0_area", "solution_2_area", "solution_0_line"})
    EXPECT_EQ(marks_in(radar, name), 1U) << name;
  EXPECT_EQ(marks_in(radar, "quantities"), 5U);
  EXPECT_EQ(marks_in(radar, "ranges"), 5U);
  const SvgElement dots = drawn(profile_figure_spec(example_profile(), Profile::dots));
  for (const char* name : {"row_0", "row_4"}) {
    EXPECT_EQ(marks_in(dots, std::string(name) + "_stems"), 3U);
    EXPECT_EQ(marks_in(dots, std::string(name) + "_marks"), 3U);
    EXPECT_EQ(marks_in(dots, std::string(name) + "_values"), 3U);
  }
  for (const char* text : {"Knee", "Least energy", "Emissions (g CO2eq)"}) {
    EXPECT_TRUE(has_text(radar, text)) << text;
    EXPECT_TRUE(has_text(dots, text)) << text;
  }
  EXPECT_TRUE(has_text(dots, "41,557,898"));
}

/// Whatever the values: solutions that coincide, at the ends, three or five of them.
TEST(SearchFigures, WordsOfProfilesNeverCoverOneAnotherNorLeaveThePicture) {
  ECNAS_NEEDS_CHARTS_DRAWN();
  Rng rng(8);
  for (int trial = 0; trial < 4; ++trial) {
    ProfileFigure figure = example_profile();
    figure.solutions.resize(trial < 2 ? 3 : 5);
    for (std::size_t i = 0; i < figure.solutions.size(); ++i) {
      figure.solutions[i] = {"Solution " + std::to_string(i), {}};
      for (const ProfileQuantity& quantity : figure.quantities) {
        const double share = trial % 2 == 0 ? 0.5 + 0.001 * rng.uniform() : rng.uniform();
        figure.solutions[i].values.push_back(std::lerp(quantity.least, quantity.greatest, share));
      }
    }
    expect_legible(drawn(profile_figure_spec(figure, Profile::radar)));
    expect_legible(drawn(profile_figure_spec(figure, Profile::dots)));
  }
  ProfileFigure many = example_profile();
  for (const std::size_t quantities : {3U, 4U, 8U}) {
    many.quantities.resize(quantities, many.quantities[0]);
    for (ProfileSolution& solution : many.solutions)
      solution.values.resize(quantities, 0.7);
    expect_legible(drawn(profile_figure_spec(many, Profile::radar)));
  }
}

TEST(SearchFigures, CalibrationIsDrawnWithAllItsMarksAndWords) {
  ECNAS_NEEDS_CHARTS_DRAWN();
  const SvgElement svg = drawn(calibration_figure_spec(example_calibration()));
  for (const char* name : {"diagonal", "band", "all", "group_0", "group_1", "promise",
                           "promise_mark", "promise_label", "uniform_band", "uniform"})
    EXPECT_EQ(marks_in(svg, name), 1U) << name;
  EXPECT_EQ(marks_in(svg, "all_marks"), 4U);
  EXPECT_EQ(marks_in(svg, "histogram"), 4U);
  for (const char* text : {"All cells (3,477)", "6 vertices (520)", "Nominal coverage",
                           "Observed coverage", "91.0 % within the stated 90 % intervals"})
    EXPECT_TRUE(has_text(svg, text)) << text;
  expect_legible(svg);
}

}  // namespace
}  // namespace ecnas::report
