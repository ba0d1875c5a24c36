#include "cell_export.hpp"

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/space/canonical.hpp"
#include "ecnas/space/dot.hpp"
#include "ecnas/space/hash.hpp"
#include "ecnas/space/pytorch.hpp"
#include "ecnas/space/skeleton.hpp"

namespace ecnas::app {
namespace {

/// As the published tables write it: a matrix, and a label a vertex.
Json specification_json(const space::Cell& any_labelling) {
  const space::Cell cell = space::canonical(any_labelling);
  Json matrix = Json::array();
  Json labels = Json::array();
  for (unsigned source = 0; source < cell.vertices(); ++source) {
    Json row = Json::array();
    for (unsigned target = 0; target < cell.vertices(); ++target)
      row.push_back(target > source && cell.has_edge(source, target) ? 1 : 0);
    matrix.push_back(std::move(row));
    const bool interior = source > 0 && source + 1 < cell.vertices();
    labels.push_back(interior      ? space::name(cell.operation(source))
                     : source == 0 ? std::string_view("input")
                                   : std::string_view("output"));
  }
  return {{"hash", space::to_text(space::hash_of(cell))},
          {"module_adjacency", std::move(matrix)},
          {"module_operations", std::move(labels)},
          {"trainable_parameters", space::trainable_parameters(cell)}};
}

}  // namespace

std::string exported_cell(const space::Cell& cell, const std::string& format) {
  if (format == "pytorch") return space::to_pytorch(cell);
  if (format == "dot") return space::to_dot(space::canonical(cell));
  if (format == "json") return specification_json(cell).dump(2) + "\n";
  fail(ErrorCode::invalid_argument, "export as {}: unknown; choose from pytorch, json, dot",
       ecnas::quoted(format));
}

}  // namespace ecnas::app
