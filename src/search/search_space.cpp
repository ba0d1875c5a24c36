#include "search/search_space.hpp"

#include "ecnas/space/edit.hpp"

namespace ecnas::search {

std::vector<table::Row> SearchSpace::neighbours(table::Row row) const {
  std::vector<table::Row> rows;
  for (const space::Cell& neighbour : space::neighbours(cell(row), space_)) {
    if (const auto found = find(neighbour)) rows.push_back(*found);
  }
  return rows;
}

std::optional<double> SearchSpace::exact(table::Row row, Objective objective) const {
  return value_of_cell(problem_.table(), row, objective);
}

}  // namespace ecnas::search
