#include "ecnas/table/builtin.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/space/space.hpp"
#include "ecnas/table/builder.hpp"

// Symbols of the embedded file: bounds of unknown length, named as an assembler names.
// NOLINTBEGIN(*-avoid-c-arrays, readability-identifier-naming)
extern "C" {
extern const std::byte ecnas_fashion_4v_begin[];
extern const std::byte ecnas_fashion_4v_end[];
}
// NOLINTEND(*-avoid-c-arrays, readability-identifier-naming)

namespace ecnas::table {
namespace {

constexpr std::array<BuiltinTable, 4> kTables = {{
    {"space-4v", "the 91 cells of at most 4 vertices with their exact parameters; no metrics"},
    {"space-5v", "the 2,532 cells of at most 5 vertices with their exact parameters; no metrics"},
    {"space-7v", "the 423,624 cells of at most 7 vertices with their exact parameters; no metrics"},
    {"fashion-4v",
     "the 91 cells of at most 4 vertices on Fashion-MNIST at 1, 2 and 4 epochs, three times each; "
     "accuracies and times measured, energies modelled"},
}};
constexpr std::array<unsigned, 3> kMaxVertices = {4, 5, 7};

Table space_table(std::string_view name, unsigned max_vertices) {
  Metadata metadata;
  metadata.data_set = "CIFAR-10";
  metadata.source = fmt::format(
      "every cell of at most {} vertices of the NAS-Bench-101 space, enumerated", max_vertices);
  TableBuilder builder(std::move(metadata));
  for (const space::Cell& cell : space::Space::shared(max_vertices).cells())
    builder.add_cell(cell);
  return builder.build(std::string(name));
}

}  // namespace

std::span<const BuiltinTable> builtin_tables() {
  return kTables;
}

std::optional<Table> builtin_table(std::string_view name) {
  const auto found = std::ranges::find(kTables, name, &BuiltinTable::name);
  if (found == kTables.end()) return std::nullopt;
  const auto position = static_cast<std::size_t>(found - kTables.begin());
  if (position < kMaxVertices.size()) return space_table(name, kMaxVertices[position]);
  return Table::from_bytes({ecnas_fashion_4v_begin, ecnas_fashion_4v_end}, std::string(name));
}

}  // namespace ecnas::table
