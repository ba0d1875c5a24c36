// Prints how many cells have at most four vertices: 91.
#include <iostream>

#include "ecnas/space/space.hpp"

int main() {
  const ecnas::space::Space space({.max_vertices = 4});
  std::cout << space.size() << '\n';
}
