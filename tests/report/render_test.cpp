#include "ecnas/report/render.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "ecnas/core/error.hpp"
#include "ecnas/core/file.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/report/figure.hpp"
#include "ecnas/space/cell.hpp"
#include "report/example_figure.hpp"
#include "report/process.hpp"
#include "report/svg_document.hpp"
#include "support/data.hpp"
#include "support/expect_error.hpp"

namespace ecnas::report {
namespace {

namespace fs = std::filesystem;
using testing::SvgElement;

// A fresh folder for each test, gone with it.
class Render : public ::testing::Test {
 protected:
  void SetUp() override {
    directory = fs::path(::testing::TempDir()) /
                fmt::format("ecnas-render-{}-{}", ::getpid(),
                            ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(directory);
  }
  void TearDown() override { fs::remove_all(directory); }

  [[nodiscard]] SvgElement drawn(const FrontFigure& figure) const {
    const fs::path file = directory / "figure.svg";
    render(front_figure_spec(figure), ImageFormat::svg, file, renderer);
    return testing::parse_svg(read_file(file));
  }

  template <typename Action>
  void expect_error(ErrorCode code, const std::string& part, Action action) const {
    testing::expect_error(code, part, action);
    EXPECT_TRUE(fs::is_empty(directory)) << "something half-written was left";
  }

  fs::path directory;
  Renderer renderer{.chart_directory = fs::path(ECNAS_SOURCE_DIR) / "src" / "report" / "chart"};
};

bool starts(const std::string& program, const std::string& option) {
  try {
    return run_process({program, option}, "", "").status == 0;
  } catch (const Error&) {
    return false;
  }
}

#define ECNAS_NEEDS_CHARTS()                                                                      \
  do {                                                                                            \
    if (!starts("node", "--version") || !fs::exists(renderer.chart_directory / "node_modules")) { \
      GTEST_SKIP() << "needs node and " << renderer.chart_directory / "node_modules"              \
                   << "; run setup.sh";                                                           \
    }                                                                                             \
  } while (false)

#define ECNAS_NEEDS_PROGRAM(program, option)                                            \
  do {                                                                                  \
    if (!starts(program, option)) GTEST_SKIP() << "needs " program << "; run setup.sh"; \
  } while (false)

std::size_t marks_in(const SvgElement& svg, const std::string& layer) {
  const SvgElement* group = svg.group(layer + "_marks");
  if (group == nullptr) return 0;
  return group->all("path").size() + group->all("text").size() + group->all("line").size();
}

std::multiset<std::string> texts_of(const SvgElement& svg) {
  std::multiset<std::string> texts;
  for (const char* name : {"text", "tspan"}) {
    for (const SvgElement* element : svg.all(name))
      texts.insert(element->text);
  }
  return texts;
}

// Coordinates of a path of M and L commands.
std::vector<std::pair<double, double>> corners_of(const std::string& path) {
  std::vector<std::pair<double, double>> corners;
  std::string spaced = path;
  std::ranges::replace_if(
      spaced, [](char c) { return c == 'M' || c == 'L' || c == ','; }, ' ');
  std::istringstream numbers(spaced);
  for (double x = 0, y = 0; numbers >> x >> y;)
    corners.emplace_back(x, y);
  EXPECT_TRUE(numbers.eof()) << path;
  return corners;
}

void expect_only_numbers(const SvgElement& svg) {
  for (const std::string bad : {"NaN", "undefined", "Infinity", "null"}) {
    for (const char* element : {"path", "line", "text", "g", "rect"}) {
      for (const SvgElement* found : svg.all(element)) {
        for (const auto& [key, value] : found->attributes)
          EXPECT_EQ(value.find(bad), std::string::npos) << element << " " << key << "=" << value;
      }
    }
  }
}

TEST_F(Render, DrawsEveryPointTheFrontAndItsHighlights) {
  ECNAS_NEEDS_CHARTS();
  const FrontFigure figure = testing::example_figure();
  const SvgElement svg = drawn(figure);
  EXPECT_EQ(svg.name, "svg");
  EXPECT_EQ(marks_in(svg, "points"), figure.points.size());
  EXPECT_EQ(marks_in(svg, "front"), figure.front.size());
  EXPECT_EQ(marks_in(svg, "knee"), 1U);
  EXPECT_EQ(marks_in(svg, "extrema"), 2U);
  EXPECT_EQ(marks_in(svg, "leaders"), 3U);
  EXPECT_EQ(marks_in(svg, "labels"), 6U);
  expect_only_numbers(svg);
}

TEST_F(Render, WritesTitleAxesLegendAndLabels) {
  ECNAS_NEEDS_CHARTS();
  const std::multiset<std::string> texts = texts_of(drawn(testing::example_figure()));
  for (const char* text :
       {"Example table", "made-up solutions", "Training energy (kWh)", "Validation error", "Epochs",
        "4", "12", "36", "108", "Pareto front", "Knee", "Least training energy",
        "Least validation error", "Training energy: 25 % measured, 75 % scaled"}) {
    EXPECT_TRUE(texts.contains(text)) << text;
  }
}

TEST_F(Render, FrontIsAStaircase) {
  ECNAS_NEEDS_CHARTS();
  const SvgElement svg = drawn(testing::example_figure());
  const SvgElement* line = svg.group("front_line_marks");
  ASSERT_NE(line, nullptr);
  ASSERT_EQ(line->all("path").size(), 1U);
  const auto corners = corners_of(line->all("path")[0]->attribute("d"));
  ASSERT_GT(corners.size(), 5U);
  for (std::size_t i = 1; i < corners.size(); ++i) {
    const auto [x0, y0] = corners[i - 1];
    const auto [x1, y1] = corners[i];
    EXPECT_TRUE(x0 == x1 || y0 == y1) << "slanted at corner " << i;
    EXPECT_TRUE(x1 >= x0 && y1 >= y0) << "not descending at corner " << i;  // y runs down in SVG
  }
  EXPECT_NEAR(corners.front().second, 0, 0.01);
  EXPECT_NEAR(corners.back().first, 660, 0.01);
}

TEST_F(Render, DrawsOneHexagonForEachCount) {
  ECNAS_NEEDS_CHARTS();
  const FrontFigure figure = testing::example_figure(kMaxDrawnPoints + 1);
  const auto spec = nlohmann::json::parse(front_figure_spec(figure));
  const SvgElement svg = drawn(figure);
  EXPECT_EQ(marks_in(svg, "density"), spec.at("layer").at(0).at("data").at("values").size());
  EXPECT_TRUE(texts_of(svg).contains("Per hexagon"));
  expect_only_numbers(svg);
}

TEST_F(Render, DegenerateFiguresAreDrawnToo) {
  ECNAS_NEEDS_CHARTS();
  FrontFigure figure;
  figure.groups = {"108"};
  for (const ScatterPoint point : {ScatterPoint{0, 0}, {5, 5}, {1e100, 1e-100}, {-3, 1e-300}}) {
    figure.points = {point};
    figure.front = {point};
    figure.extrema = {0, 0};
    const SvgElement svg = drawn(figure);
    EXPECT_EQ(marks_in(svg, "points"), 1U);
    expect_only_numbers(svg);
  }
}

TEST_F(Render, HostileTextsAreDrawnAsTheyAre) {
  ECNAS_NEEDS_CHARTS();
  FrontFigure figure = testing::example_figure();
  figure.title = "<script>alert(\"1\")</script> & 'é' 漢字 🙂 ]]> \x01\xff";
  figure.subtitle = "\"};datum.x;{\"signal\":\"width\"}";
  figure.groups[1] = "</text><image href='file:///etc/passwd'/>";
  figure.x_axis.title = "datum['x'] + \"\\\"";
  const SvgElement svg = drawn(figure);  // insists on well-formedness
  const std::multiset<std::string> texts = texts_of(svg);
  EXPECT_TRUE(texts.contains("<script>alert(\"1\")</script> & 'é' 漢字 🙂 ]]>  \xef\xbf\xbd"));
  EXPECT_TRUE(texts.contains(figure.subtitle));
  EXPECT_TRUE(texts.contains("datum['x'] + \"\\\" (kWh)"));
  EXPECT_TRUE(svg.all("script").empty());
  EXPECT_TRUE(svg.all("image").empty());
  EXPECT_EQ(marks_in(svg, "points"), figure.points.size());
}

TEST_F(Render, LongTitlesDoNotWidenTheFigure) {
  ECNAS_NEEDS_CHARTS();
  const double usual = std::stod(drawn(testing::example_figure()).attribute("width"));
  FrontFigure figure = testing::example_figure();
  for (int i = 0; i < 200; ++i)
    figure.title += " and another word";
  figure.subtitle = std::string(5'000, 'W');
  EXPECT_LT(std::stod(drawn(figure).attribute("width")), usual + 60);
}

TEST_F(Render, PublishedTableShowsItsFrontOf34) {
  ECNAS_NEEDS_CHARTS();
  ECNAS_NEEDS_DATA("ec-nas-4v-table.csv");
  std::ifstream csv(testing::data_file("ec-nas-4v-table.csv"));
  FrontFigure figure;
  figure.groups = {"4", "12", "36", "108"};
  std::string line;
  std::getline(csv, line);
  ASSERT_EQ(line,
            "hash,vertices,edges,adjacency,ops,trainable_parameters,epochs,validation_accuracy,"
            "test_accuracy,training_time_s,energy_kwh,co2eq_g");
  while (std::getline(csv, line)) {
    const auto fields = split(line, ',');
    const auto group = std::ranges::find(figure.groups, fields[6]) - figure.groups.begin();
    figure.points.push_back(
        {*parse_real(fields[10]), 1 - *parse_real(fields[7]), static_cast<std::int32_t>(group)});
  }
  figure.front = testing::front_of(figure.points);
  const SvgElement svg = drawn(figure);
  EXPECT_EQ(marks_in(svg, "points"), 364U);
  EXPECT_EQ(marks_in(svg, "front"), 34U);
  EXPECT_TRUE(texts_of(svg).contains("34 of 364 solutions on the Pareto front"));
}

TEST_F(Render, TheScriptHasNothingToComplainAbout) {
  ECNAS_NEEDS_CHARTS();
  for (const std::size_t count : {std::size_t{300}, kMaxDrawnPoints + 1}) {
    const ProcessResult result =
        run_process({"node", (renderer.chart_directory / "render.mjs").string()},
                    front_figure_spec(testing::example_figure(count)), "");
    EXPECT_EQ(result.status, 0);
    EXPECT_EQ(result.messages, "");
  }
}

// Big-endian number at a place in a PNG file.
std::size_t number_at(const std::string& bytes, std::size_t place) {
  std::size_t value = 0;
  for (std::size_t i = 0; i < 4; ++i)
    value = value << 8 | static_cast<unsigned char>(bytes.at(place + i));
  return value;
}

TEST_F(Render, PngHasTwoPixelsAPointAndIsNotBlank) {
  ECNAS_NEEDS_CHARTS();
  ECNAS_NEEDS_PROGRAM("rsvg-convert", "--version");
  const SvgElement svg = drawn(testing::example_figure());
  const fs::path file = directory / "figure.png";
  render(front_figure_spec(testing::example_figure()), ImageFormat::png, file, renderer);
  const std::string png = read_file(file);
  ASSERT_EQ(png.substr(0, 8), "\x89PNG\r\n\x1a\n");
  ASSERT_EQ(png.substr(12, 4), "IHDR");
  EXPECT_EQ(number_at(png, 16), 2 * std::stoul(svg.attribute("width")));
  EXPECT_EQ(number_at(png, 20), 2 * std::stoul(svg.attribute("height")));
  EXPECT_EQ(png.substr(png.size() - 8, 4), "IEND");

  // One colour compresses to a few thousand bytes at this size.
  const std::string blank =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"743\" height=\"591\"/>";
  const std::string empty =
      run_process({"rsvg-convert", "--format=png", "--zoom=2"}, blank, "").output;
  EXPECT_GT(png.size(), 10 * empty.size());
}

TEST_F(Render, SeveralFilesAreWhatEachWouldBeAlone) {
  ECNAS_NEEDS_CHARTS();
  ECNAS_NEEDS_PROGRAM("rsvg-convert", "--version");
  FrontFigure figure = testing::example_figure();
  figure.regions = {{"region", {{{0.1, 0.1}, {0.2, 0.1}, {0.2, 0.2}}}}};
  const std::string specification = front_figure_spec(figure);
  const std::vector<fs::path> files = {directory / "all.svg", directory / "all.pdf",
                                       directory / "all.png"};
  render_all(specification, files, renderer);
  for (const fs::path& file : files) {
    const fs::path alone = directory / ("alone" + file.extension().string());
    render(specification, image_format_of(file), alone, renderer);
    EXPECT_EQ(read_file(file), read_file(alone)) << file;
  }
  const SvgElement svg = testing::parse_svg(read_file(files[0]));
  EXPECT_NE(svg.group("region_0_layer_1_marks"), nullptr);
  EXPECT_NE(read_file(files[0]).find("#CC79A7"), std::string::npos);
}

TEST_F(Render, PdfIsOneAndTheSameEachTime) {
  ECNAS_NEEDS_CHARTS();
  ECNAS_NEEDS_PROGRAM("rsvg-convert", "--version");
  const std::string spec = front_figure_spec(testing::example_figure());
  render(spec, ImageFormat::pdf, directory / "a.pdf", renderer);
  render(spec, ImageFormat::pdf, directory / "b.pdf", renderer);
  const std::string pdf = read_file(directory / "a.pdf");
  EXPECT_EQ(pdf.substr(0, 5), "%PDF-");
  EXPECT_NE(pdf.find("%%EOF"), std::string::npos);
  EXPECT_EQ(pdf, read_file(directory / "b.pdf"));
}

TEST_F(Render, MissingNodeIsNamedWithWhatToInstall) {
  if (!fs::exists(renderer.chart_directory / "node_modules")) GTEST_SKIP() << "needs node_modules";
  renderer.node = "/nonexistent/node";
  expect_error(ErrorCode::missing_dependency, "nodejs",
               [&] { render("{}", ImageFormat::svg, directory / "a.svg", renderer); });
}

TEST_F(Render, MissingChartPackagesAreNamedWithWhatToRun) {
  renderer.chart_directory = "/nonexistent";
  expect_error(ErrorCode::missing_dependency, "render.mjs",
               [&] { render("{}", ImageFormat::svg, directory / "a.svg", renderer); });
  const fs::path bare = directory.string() + "-chart";
  fs::create_directories(bare);
  fs::copy_file(fs::path(ECNAS_SOURCE_DIR) / "src/report/chart/render.mjs", bare / "render.mjs");
  renderer.chart_directory = bare;
  expect_error(ErrorCode::missing_dependency, "npm ci",
               [&] { render("{}", ImageFormat::svg, directory / "a.svg", renderer); });
  fs::create_directories(bare / "node_modules" / "vega-lite");  // there, but of no use
  if (starts("node", "--version")) {
    expect_error(ErrorCode::missing_dependency, "npm ci",
                 [&] { render("{}", ImageFormat::svg, directory / "a.svg", renderer); });
  }
  fs::remove_all(bare);
}

TEST_F(Render, WhatCannotBeDrawnIsToldBeforeTheWork) {
  const fs::path picture = directory / "later.svg";
  if (fs::exists(renderer.chart_directory / "node_modules")) {
    expect_renderable(picture, renderer);
    EXPECT_TRUE(fs::is_empty(directory));
    expect_error(ErrorCode::io_failure, "later.svg",
                 [&] { expect_renderable(directory / "nowhere" / "later.svg", renderer); });
  }
  renderer.chart_directory = "/nonexistent";
  expect_error(ErrorCode::missing_dependency, "render.mjs",
               [&] { expect_renderable(picture, renderer); });
}

TEST_F(Render, MissingRsvgIsNamedWithWhatToInstall) {
  ECNAS_NEEDS_CHARTS();
  renderer.rsvg_convert = "/nonexistent/rsvg-convert";
  const std::string spec = front_figure_spec(testing::example_figure());
  expect_error(ErrorCode::missing_dependency, "librsvg2-bin",
               [&] { render(spec, ImageFormat::png, directory / "a.png", renderer); });
}

TEST_F(Render, WhatIsNoSpecificationIsRefused) {
  ECNAS_NEEDS_CHARTS();
  for (const char* text : {"", "not json", "[]", "3", "null", "{\"mark\": \"nothing\"}"}) {
    expect_error(ErrorCode::invalid_argument, "specification",
                 [&] { render(text, ImageFormat::svg, directory / "a.svg", renderer); });
  }
}

TEST_F(Render, NothingIsLoadedFromFilesOrTheNetwork) {
  ECNAS_NEEDS_CHARTS();
  for (const std::string url : {"/etc/passwd", "file:///etc/passwd", "http://127.0.0.1:1/x.csv"}) {
    const std::string spec =
        R"({"data": {"url": ")" + url + R"("}, "mark": "point", "encoding": {}})";
    expect_error(ErrorCode::invalid_argument, "inside it",
                 [&] { render(spec, ImageFormat::svg, directory / "a.svg", renderer); });
  }
}

TEST_F(Render, AnOutputThatCannotBeWrittenIsSeenBeforeTheWork) {
  renderer.node = "/nonexistent/node";  // would be the error if the work came first
  renderer.dot = "/nonexistent/dot";
  const fs::path output = directory / "no-such-folder" / "a.svg";
  expect_error(ErrorCode::io_failure, "no-such-folder",
               [&] { render("{}", ImageFormat::svg, output, renderer); });
  expect_error(ErrorCode::io_failure, "no-such-folder",
               [&] { render_cell(space::Cell::trivial(), ImageFormat::svg, output, renderer); });
}

TEST_F(Render, AFullDiskIsReported) {
  ECNAS_NEEDS_PROGRAM("dot", "-V");
  expect_error(ErrorCode::io_failure, "/dev/full", [&] {
    render_cell(space::Cell::trivial(), ImageFormat::svg, "/dev/full", renderer);
  });
}

TEST_F(Render, AFailureKeepsTheFileThatWasThere) {
  const fs::path file = directory / "a.svg";
  write_file(file, "old");
  renderer.dot = "/nonexistent/dot";
  EXPECT_THROW(render_cell(space::Cell::trivial(), ImageFormat::svg, file, renderer), Error);
  EXPECT_EQ(read_file(file), "old");
}

TEST_F(Render, AProgramThatFailsIsQuoted) {
  const fs::path failing = directory.string() + "-failing";
  write_file(failing, "#!/bin/sh\necho 'it broke' >&2\nexit 3\n");
  fs::permissions(failing, fs::perms::owner_all);
  renderer.dot = failing.string();
  expect_error(ErrorCode::io_failure, "it broke", [&] {
    render_cell(space::Cell::trivial(), ImageFormat::svg, directory / "a.svg", renderer);
  });
  fs::remove(failing);
}

TEST_F(Render, CellsAreDrawnWithTheirOperationsAndEdges) {
  ECNAS_NEEDS_PROGRAM("dot", "-V");
  const space::Cell cell = space::parse_cell("0110001000010000:conv3x3,maxpool3x3");
  const fs::path file = directory / "cell.svg";
  render_cell(cell, ImageFormat::svg, file, renderer);
  const SvgElement svg = testing::parse_svg(read_file(file));
  const std::multiset<std::string> texts = texts_of(svg);
  EXPECT_EQ(texts, (std::multiset<std::string>{"input", "conv3x3", "maxpool3x3", "output"}));
  std::size_t edges = 0;
  for (const SvgElement* group : svg.all("g"))
    if (group->attribute("class") == "edge") ++edges;
  EXPECT_EQ(edges, cell.edges());
}

TEST_F(Render, CellsAreDrawnAsPngAndPdfToo) {
  ECNAS_NEEDS_PROGRAM("dot", "-V");
  ECNAS_NEEDS_PROGRAM("rsvg-convert", "--version");
  const space::Cell cell = space::Cell::trivial();
  render_cell(cell, ImageFormat::png, directory / "cell.png", renderer);
  EXPECT_EQ(read_file(directory / "cell.png").substr(0, 8), "\x89PNG\r\n\x1a\n");
  render_cell(cell, ImageFormat::pdf, directory / "cell.pdf", renderer);
  EXPECT_EQ(read_file(directory / "cell.pdf").substr(0, 5), "%PDF-");
}

TEST_F(Render, MissingDotIsNamedWithWhatToInstall) {
  renderer.dot = "/nonexistent/dot";
  expect_error(ErrorCode::missing_dependency, "graphviz", [&] {
    render_cell(space::Cell::trivial(), ImageFormat::svg, directory / "a.svg", renderer);
  });
}

TEST(ImageFormatOf, ReadsTheEndingInEitherCase) {
  EXPECT_EQ(image_format_of("a.svg"), ImageFormat::svg);
  EXPECT_EQ(image_format_of("dir.pdf/A.PNG"), ImageFormat::png);
  EXPECT_EQ(image_format_of("a.b.Pdf"), ImageFormat::pdf);
  for (const char* name : {"a", "a.jpg", "svg", ".svg", "a.svg.gz", "", "a."}) {
    try {
      static_cast<void>(image_format_of(name));
      ADD_FAILURE() << name;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
    }
  }
}

}  // namespace
}  // namespace ecnas::report
