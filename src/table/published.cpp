#include "table/published.hpp"

namespace ecnas::table {

std::string labels_text(const space::Cell& cell, char separator) {
  std::string text = "input";
  for (unsigned vertex = 1; vertex + 1 < cell.vertices(); ++vertex) {
    text += separator;
    text += space::name(cell.operation(vertex));
  }
  text += separator;
  return text + "output";
}

}  // namespace ecnas::table
