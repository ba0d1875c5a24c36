#include "ecnas/space/dot.hpp"

#include <fmt/format.h>

#include <iterator>

namespace ecnas::space {
namespace {

/// Okabe–Ito colours, told apart by colour-blind readers too.
std::string_view colour(Operation operation) {
  switch (operation) {
    case Operation::conv3x3:
      return "#56b4e9";
    case Operation::conv1x1:
      return "#f0e442";
    case Operation::maxpool3x3:
      return "#cc79a7";
  }
  return "#ffffff";
}

}  // namespace

std::string to_dot(const Cell& cell) {
  std::string text =
      "digraph cell {\n"
      "  rankdir=TB;\n"
      "  node [shape=box, style=\"rounded,filled\", fontname=\"sans-serif\"];\n";
  auto out = std::back_inserter(text);
  const unsigned output = cell.vertices() - 1;
  fmt::format_to(out, "  0 [label=\"input\", fillcolor=\"#ffffff\"];\n");
  for (unsigned v = 1; v < output; ++v) {
    fmt::format_to(out, "  {} [label=\"{}\", fillcolor=\"{}\"];\n", v,
                   short_name(cell.operation(v)), colour(cell.operation(v)));
  }
  fmt::format_to(out, "  {} [label=\"output\", fillcolor=\"#ffffff\"];\n", output);
  for (unsigned source = 0; source < output; ++source) {
    for (unsigned target = source + 1; target <= output; ++target) {
      if (cell.has_edge(source, target)) fmt::format_to(out, "  {} -> {};\n", source, target);
    }
  }
  return text + "}\n";
}

}  // namespace ecnas::space
