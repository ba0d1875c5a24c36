#pragma once
/// What a specification looks like when it is drawn.

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstddef>
#include <filesystem>
#include <string>

#include "ecnas/core/error.hpp"
#include "ecnas/core/file.hpp"
#include "ecnas/report/render.hpp"
#include "report/svg_document.hpp"

namespace ecnas::testing {

inline report::Renderer chart_renderer() {
  return {.chart_directory = std::filesystem::path(ECNAS_SOURCE_DIR) / "src" / "report" / "chart"};
}

inline SvgElement drawn(const std::string& specification) {
  namespace fs = std::filesystem;
  const fs::path file =
      fs::path(::testing::TempDir()) / ("ecnas-drawn-figure-" + std::to_string(::getpid()));
  report::render(specification, report::ImageFormat::svg, file, chart_renderer());
  const std::string text = read_file(file);
  fs::remove(file);
  return parse_svg(text);
}

/// Marks of the layer of that name.
inline std::size_t marks_in(const SvgElement& svg, const std::string& name) {
  const SvgElement* group = svg.group(name + "_marks");
  if (group == nullptr) return 0;
  return group->all("path").size() + group->all("line").size() + group->all("text").size();
}

inline bool has_text(const SvgElement& svg, const std::string& wanted) {
  for (const char* name : {"text", "tspan"}) {
    for (const SvgElement* element : svg.all(name)) {
      if (element->text == wanted) return true;
    }
  }
  return false;
}

}  // namespace ecnas::testing

/// Skips the test where the chart renderer cannot run.
#define ECNAS_NEEDS_CHARTS_DRAWN()                                                 \
  try {                                                                            \
    (void)::ecnas::testing::drawn(R"({"data": {"values": []}, "mark": "point"})"); \
  } catch (const ::ecnas::Error& error) {                                          \
    if (error.code() != ::ecnas::ErrorCode::missing_dependency) throw;             \
    GTEST_SKIP() << error.what() << "; run setup.sh";                              \
  }                                                                                \
  static_assert(true, "takes a semicolon")
