#include "ecnas/report/render.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <system_error>
#include <vector>

#include "ecnas/core/error.hpp"
#include "ecnas/core/file.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/space/dot.hpp"
#include "report/process.hpp"

namespace ecnas::report {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kInstallNode =
    "install Node 18 or later (package nodejs), which draws charts";
constexpr std::string_view kInstallRsvg =
    "install rsvg-convert (package librsvg2-bin), which makes PNG and PDF of SVG";
constexpr std::string_view kInstallGraphviz = "install dot (package graphviz), which draws cells";

// Exit statuses of render.mjs.
constexpr int kBadSpecification = 2;
constexpr int kMissingPackages = 6;

ProcessLimits limits_of(const Renderer& renderer) {
  return {.time = renderer.time_limit};
}

std::string first_line(std::string_view text) {
  return ecnas::quoted(trimmed(text.substr(0, text.find('\n'))), 300);
}

std::string output_of(const ProcessResult& result, std::string_view program) {
  if (result.status != 0 || result.output.empty()) {
    fail(ErrorCode::io_failure, "{}: ended with status {} and said {}; a drawing was expected",
         program, result.status, first_line(result.messages));
  }
  return result.output;
}

void check_chart_directory(const fs::path& directory) {
  std::error_code ignored;
  if (!fs::exists(directory / "render.mjs", ignored)) {
    fail(ErrorCode::missing_dependency,
         "{}: the chart renderer is not there; install ecnas again, or run its program where it "
         "was built",
         (directory / "render.mjs").string());
  }
  if (!fs::exists(directory / "node_modules" / "vega-lite", ignored)) {
    fail(ErrorCode::missing_dependency,
         "{}: the packages that draw charts are not there; run npm ci --prefix {}",
         (directory / "node_modules").string(), directory.string());
  }
}

std::string chart_svg(const std::string& spec, const Renderer& renderer) {
  check_chart_directory(renderer.chart_directory);
  const fs::path script = renderer.chart_directory / "render.mjs";
  const ProcessResult result =
      run_process({renderer.node, script.string()}, spec, kInstallNode, limits_of(renderer));
  if (result.status == kMissingPackages) {
    fail(ErrorCode::missing_dependency, "{}: {}; run npm ci --prefix {}", script.string(),
         first_line(result.messages), renderer.chart_directory.string());
  }
  if (result.status == kBadSpecification) {
    fail(ErrorCode::invalid_argument, "figure: not a drawable specification: {}",
         first_line(result.messages));
  }
  return output_of(result, renderer.node);
}

std::string cell_svg(const space::Cell& cell, const Renderer& renderer) {
  const ProcessResult result = run_process({renderer.dot, "-Tsvg"}, space::to_dot(cell),
                                           kInstallGraphviz, limits_of(renderer));
  return output_of(result, renderer.dot);
}

std::string converted(std::string svg, ImageFormat format, const Renderer& renderer) {
  if (format == ImageFormat::svg) return svg;
  std::vector<std::string> arguments = {renderer.rsvg_convert, "--unlimited"};
  if (format == ImageFormat::pdf) {
    arguments.push_back("--format=pdf");
  } else {
    arguments.insert(arguments.end(), {"--format=png", "--zoom=2"});
  }
  return output_of(run_process(arguments, svg, kInstallRsvg, limits_of(renderer)),
                   renderer.rsvg_convert);
}

}  // namespace

ImageFormat image_format_of(const fs::path& path) {
  std::string ending = path.extension().string();
  std::ranges::transform(ending, ending.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  if (ending == ".svg") return ImageFormat::svg;
  if (ending == ".png") return ImageFormat::png;
  if (ending == ".pdf") return ImageFormat::pdf;
  fail(ErrorCode::invalid_argument, "{}: a picture's name must end in .svg, .png or .pdf",
       path.string());
}

void expect_renderable(const fs::path& output, const Renderer& renderer) {
  check_chart_directory(renderer.chart_directory);
  const OutputFile probe(output);  // gone again at the end, as it is not committed
}

void render(const std::string& vega_lite_spec, ImageFormat format, const fs::path& output,
            const Renderer& renderer) {
  OutputFile file(output);
  file.write(converted(chart_svg(vega_lite_spec, renderer), format, renderer));
  file.commit();
}

void render_all(const std::string& vega_lite_spec, std::span<const fs::path> outputs,
                const Renderer& renderer) {
  std::vector<ImageFormat> formats;
  for (const fs::path& output : outputs)
    formats.push_back(image_format_of(output));
  const std::string svg = chart_svg(vega_lite_spec, renderer);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    OutputFile file(outputs[i]);
    file.write(converted(svg, formats[i], renderer));
    file.commit();
  }
}

void render_cell(const space::Cell& cell, ImageFormat format, const fs::path& output,
                 const Renderer& renderer) {
  OutputFile file(output);
  file.write(converted(cell_svg(cell, renderer), format, renderer));
  file.commit();
}

}  // namespace ecnas::report
