#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "ecnas/report/device_figure.hpp"
#include "ecnas/report/matrix_figure.hpp"
#include "report/drawn_figure.hpp"
#include "support/expect_error.hpp"

namespace ecnas::report {
namespace {

using Json = nlohmann::json;
using testing::drawn;
using testing::expect_error;
using testing::has_text;
using testing::marks_in;

/// Two panels of two by two; the diagonal is empty.
MatrixFigure example_matrices() {
  MatrixFigure figure;
  figure.title = "What replacing an operation changes";
  figure.lines = {"made-up"};
  figure.row_title = "Replaced";
  figure.column_title = "By";
  figure.rows = {"conv3x3", "conv1x1"};
  figure.columns = figure.rows;
  for (const double scale : {1.0, 100.0}) {
    figure.panels.push_back({"Training energy",
                             {std::nullopt, MatrixEntry{-17.7 * scale, "−17.7 %", "−18 … −17"},
                              MatrixEntry{17.7 * scale, "+17.7 %", ""}, std::nullopt}});
  }
  return figure;
}

TEST(MatrixFigureSpec, HoldsEveryEntryAtItsRowAndColumn) {
  const Json spec = Json::parse(matrix_figure_spec(example_matrices()));
  ASSERT_EQ(spec.at("concat").size(), 2U);
  const Json rows = spec.at("concat").at(1).at("data").at("values");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0], (Json{{"row", "conv3x3"},
                           {"column", "conv1x1"},
                           {"value", -1770.0},
                           {"text", "−17.7 %"},
                           {"detail", "−18 … −17"}}));
  EXPECT_EQ(rows[1].at("row"), "conv1x1");
  EXPECT_EQ(rows[1].at("column"), "conv3x3");
}

TEST(MatrixFigureSpec, ColoursEachPanelAroundZero) {
  const Json spec = Json::parse(matrix_figure_spec(example_matrices()));
  const auto domain = [&](std::size_t panel) {
    const Json& entries = spec.at("concat").at(panel).at("layer").at(0);
    return entries.at("encoding").at("color").at("scale").at("domain");
  };
  EXPECT_EQ(domain(0), (Json{-17.7, 0, 17.7}));
  EXPECT_EQ(domain(1), (Json{-1770.0, 0, 1770.0}));
}

TEST(MatrixFigureSpec, RefusesWhatCannotBeDrawn) {
  const auto refuses = [](const std::string& part, MatrixFigure figure) {
    expect_error(ErrorCode::invalid_argument, part, [&] { (void)matrix_figure_spec(figure); });
  };
  MatrixFigure figure = example_matrices();
  figure.panels.clear();
  refuses("no matrix", figure);
  figure = example_matrices();
  figure.panels[1].entries.pop_back();
  refuses("3 entries, expected 2 × 2", figure);
  figure = example_matrices();
  figure.panels[0].entries[1]->value = std::numeric_limits<double>::quiet_NaN();
  refuses("cannot be drawn", figure);
  figure = example_matrices();
  figure.columns[1] = figure.columns[0];
  refuses("columns must have labels, all different", figure);
}

DeviceFigure example_devices() {
  DeviceFigure figure;
  figure.title = "Training energy of the same cells on several devices";
  figure.axis = {"Training energy", "Wh", Scale::logarithmic, {}};
  figure.place_title = "Cells, in order of mean energy";
  figure.devices = {"first", "second"};
  figure.readings = {{0, 0, 1.0},        {0, 1, 2.0}, {1, 0, 3.0},
                     {1, 1, 40.0, true}, {2, 0, 5.0}, {2, 1, 9.0}};
  return figure;
}

TEST(DeviceFigureSpec, DrawsOutliersInALayerOfTheirOwn) {
  const Json spec = Json::parse(device_figure_spec(example_devices()));
  ASSERT_EQ(spec.at("layer").size(), 2U);
  EXPECT_EQ(spec.at("layer").at(0).at("data").at("values").size(), 5U);
  EXPECT_EQ(spec.at("layer").at(1).at("data").at("values"),
            (Json::array({{{"x", 2}, {"y", 40.0}, {"device", "second"}}})));
  DeviceFigure clean = example_devices();
  clean.readings[3].is_outlier = false;
  EXPECT_EQ(Json::parse(device_figure_spec(clean)).at("layer").size(), 1U);
}

TEST(DeviceFigureSpec, RefusesWhatCannotBeDrawn) {
  const auto refuses = [](const std::string& part, DeviceFigure figure) {
    expect_error(ErrorCode::invalid_argument, part, [&] { (void)device_figure_spec(figure); });
  };
  DeviceFigure figure = example_devices();
  figure.readings.clear();
  refuses("no readings", figure);
  figure = example_devices();
  figure.devices[1] = "first";
  refuses("all different", figure);
  figure = example_devices();
  figure.devices.assign(9, "x");
  refuses("9 devices", figure);
  figure = example_devices();
  figure.readings[2].device = 2;
  refuses("device 2; there are 2", figure);
  figure = example_devices();
  figure.readings[2].value = 0;
  refuses("Training energy", figure);
}

TEST(AnalysisFigures, TextsAreDataAndTheSameFigureGivesTheSameBytes) {
  MatrixFigure figure = example_matrices();
  figure.rows[0] = "</script>\n{{signal}}";
  figure.panels[0].title = std::string(100'000, '"');
  const std::string spec = matrix_figure_spec(figure);
  EXPECT_EQ(spec, matrix_figure_spec(figure));
  EXPECT_LT(spec.size(), 20'000U);
  EXPECT_EQ(device_figure_spec(example_devices()), device_figure_spec(example_devices()));
}

TEST(AnalysisFigures, AreDrawnWithAllTheirMarksAndWords) {
  ECNAS_NEEDS_CHARTS_DRAWN();
  const testing::SvgElement matrices = drawn(matrix_figure_spec(example_matrices()));
  for (const char* panel : {"panel0", "panel1"}) {
    EXPECT_EQ(marks_in(matrices, std::string(panel) + "_entries"), 2U);
    EXPECT_EQ(marks_in(matrices, std::string(panel) + "_texts"), 2U);
  }
  for (const char* text : {"−17.7 %", "−18 … −17", "conv3x3", "Replaced", "By"})
    EXPECT_TRUE(has_text(matrices, text)) << text;
  const testing::SvgElement devices = drawn(device_figure_spec(example_devices()));
  EXPECT_EQ(marks_in(devices, "readings"), 5U);
  EXPECT_EQ(marks_in(devices, "outliers"), 1U);
  for (const char* text : {"Training energy (Wh)", "Device", "second"})
    EXPECT_TRUE(has_text(devices, text)) << text;
}

TEST(AnalysisFigures, EntriesAreWrittenInWhatStandsOutFromTheirColour) {
  ECNAS_NEEDS_CHARTS_DRAWN();
  const testing::SvgElement matrices = drawn(matrix_figure_spec(example_matrices()));
  for (const char* panel : {"panel0", "panel1"}) {
    const testing::SvgElement* texts = matrices.group(std::string(panel) + "_texts_marks");
    ASSERT_NE(texts, nullptr);
    for (const testing::SvgElement* text : texts->all("text")) {
      const bool is_on_blue = text->text.starts_with("−");  // the other is on orange
      EXPECT_EQ(text->attribute("fill"), is_on_blue ? "#FFFFFF" : "#222222") << text->text;
    }
  }
}

}  // namespace
}  // namespace ecnas::report
