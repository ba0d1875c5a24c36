#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "ecnas/space/cell.hpp"

namespace ecnas::report {

enum class ImageFormat : std::uint8_t { svg, png, pdf };

/// The format that a file's ending names, in either case.
/// @throws Error{invalid_argument} for any other ending.
[[nodiscard]] ImageFormat image_format_of(const std::filesystem::path& path);

/// The programs that draw. Names without a slash are looked for on the path.
struct Renderer {
  std::filesystem::path chart_directory;  ///< holds render.mjs and its node_modules
  std::string node = "node";
  std::string rsvg_convert = "rsvg-convert";
  std::string dot = "dot";
  std::chrono::seconds time_limit{300};  ///< for each program; then it is killed
};

/// For what takes long before it draws: whether the renderer is installed and `output` can be
/// written. Starts no process and leaves no file.
/// @throws as `render`, for these reasons alone
void expect_renderable(const std::filesystem::path& output, const Renderer& renderer);

/// Draws a Vega-Lite specification into a file: SVG by Node, PNG (two pixels a point) and PDF from
/// that by rsvg-convert. The file appears whole or not at all.
///
/// @throws Error{missing_dependency} naming what to install if Node, its packages or rsvg-convert
///         are not there; Error{io_failure} if `output` cannot be written (seen before the work) or
///         a program fails; Error{invalid_argument} if the specification is none.
/// Thread safe; starts processes, never a shell. The same specification gives the same bytes with
/// the same programs and fonts.
void render(const std::string& vega_lite_spec, ImageFormat format,
            const std::filesystem::path& output, const Renderer& renderer);

/// The same into several files, in the formats that their endings name, laid out once.
/// Errors as above; files written before one stay.
void render_all(const std::string& vega_lite_spec, std::span<const std::filesystem::path> outputs,
                const Renderer& renderer);

/// Draws a cell as a graph, laid out by Graphviz's `dot`. Errors as above; Node is not needed.
void render_cell(const space::Cell& cell, ImageFormat format, const std::filesystem::path& output,
                 const Renderer& renderer);

}  // namespace ecnas::report
