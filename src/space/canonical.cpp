#include "ecnas/space/canonical.hpp"

#include "space/shapes.hpp"

namespace ecnas::space {

Cell canonical(const Cell& cell) {
  const ShapeTable& table = ShapeTable::get();
  return table.representative(table.locate(cell));
}

bool isomorphic(const Cell& a, const Cell& b) {
  const ShapeTable& table = ShapeTable::get();
  return table.locate(a) == table.locate(b);
}

}  // namespace ecnas::space
