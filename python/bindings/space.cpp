#include <nanobind/make_iterator.h>
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "bindings.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/core/random.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/space/canonical.hpp"
#include "ecnas/space/dot.hpp"
#include "ecnas/space/edit.hpp"
#include "ecnas/space/pytorch.hpp"
#include "ecnas/space/skeleton.hpp"
#include "ecnas/space/space.hpp"

namespace ecnas::python {
namespace {

using space::Cell;
using space::Hash;
using space::Skeleton;

using SpacePointer = std::shared_ptr<const space::Space>;

space::Rank rank_of(const Cell& cell) {
  return space::Space::shared().rank(cell).value();  // every cell is in the whole space
}

std::vector<std::uint8_t> matrix_of(const Cell& cell) {
  std::vector<std::uint8_t> matrix(std::size_t{cell.vertices()} * cell.vertices());
  for (unsigned target = 1; target < cell.vertices(); ++target) {
    for (unsigned source = 0; source < target; ++source)
      matrix[source * cell.vertices() + target] = cell.has_edge(source, target) ? 1 : 0;
  }
  return matrix;
}

std::vector<std::string> operations_of(const Cell& cell) {
  std::vector<std::string> operations;
  for (unsigned vertex = 1; vertex + 1 < cell.vertices(); ++vertex)
    operations.emplace_back(space::name(cell.operation(vertex)));
  return operations;
}

std::vector<std::string> labels_of(const Cell& cell) {
  std::vector<std::string> labels = operations_of(cell);
  labels.insert(labels.begin(), "input");
  labels.emplace_back("output");
  return labels;
}

Skeleton skeleton_or_default(const std::optional<Skeleton>& skeleton) {
  const Skeleton chosen = skeleton.value_or(Skeleton());
  space::validate(chosen);
  return chosen;
}

/// One number a cell.
template <typename Count>
nb::object counts(const CellArray& array, const std::optional<Skeleton>& skeleton, Count count) {
  const Skeleton chosen = skeleton_or_default(skeleton);
  std::vector<std::int64_t> values(array.cells.size());
  {
    const nb::gil_scoped_release released;
    std::ranges::transform(array.cells, values.begin(),
                           [&](const Cell& cell) { return count(cell, chosen); });
  }
  return to_numpy(std::move(values));
}

// --- Skeleton ------------------------------------------------------------------------------------

nb::tuple arguments_of(const Skeleton& self) {
  return nb::make_tuple(self.stem_width, self.stacks, self.cells_per_stack, self.classes,
                        self.image_size, self.image_channels);
}

void bind_skeleton(nb::module_& module) {
  const Skeleton usual;
  nb::class_<Skeleton>(module, "Skeleton",
                       "The network around a cell: stem, stacks of equal cells, dense layer. The "
                       "defaults are NAS-Bench-101's on CIFAR-10.")
      .def(
          "__init__",
          [](Skeleton* self, std::int32_t stem_width, std::int32_t stacks,
             std::int32_t cells_per_stack, std::int32_t classes, std::int32_t image_size,
             std::int32_t image_channels) {
            const Skeleton made{stem_width, stacks,     cells_per_stack,
                                classes,    image_size, image_channels};
            space::validate(made);
            new (self) Skeleton(made);
          },
          nb::arg("stem_width") = usual.stem_width, nb::arg("stacks") = usual.stacks,
          nb::arg("cells_per_stack") = usual.cells_per_stack, nb::arg("classes") = usual.classes,
          nb::arg("image_size") = usual.image_size,
          nb::arg("image_channels") = usual.image_channels)
      .def_ro("stem_width", &Skeleton::stem_width, "Channels of the first convolution.")
      .def_ro("stacks", &Skeleton::stacks, "Stacks of cells; channels double between them.")
      .def_ro("cells_per_stack", &Skeleton::cells_per_stack, "Equal cells, one after the other.")
      .def_ro("classes", &Skeleton::classes, "Of the dense layer.")
      .def_ro("image_size", &Skeleton::image_size, "Pixels a side.")
      .def_ro("image_channels", &Skeleton::image_channels, "Of an image.")
      .def(
          "__eq__", [](const Skeleton& a, const Skeleton& b) { return a == b; }, nb::is_operator())
      .def("__hash__", [](const Skeleton& self) { return nb::hash(arguments_of(self)); })
      .def("__reduce__",
           [](const Skeleton& self) {
             return nb::make_tuple(nb::type<Skeleton>(), arguments_of(self));
           })
      .def("__repr__", [](const Skeleton& self) {
        return fmt::format(
            "Skeleton(stem_width={}, stacks={}, cells_per_stack={}, classes={}, image_size={}, "
            "image_channels={})",
            self.stem_width, self.stacks, self.cells_per_stack, self.classes, self.image_size,
            self.image_channels);
      });
}

// --- Cell ----------------------------------------------------------------------------------------

void bind_cell(nb::module_& module) {
  nb::class_<Cell>(
      module, "Cell",
      "One architecture: a labelled graph of at most 7 vertices and 9 edges in which every vertex "
      "lies on a path from input to output. Immutable; valid and pruned by construction. Equality "
      "and hash are those of the architecture: all labellings of one are equal.")
      .def(
          "__init__",
          [](Cell* self, nb::handle matrix, nb::handle labels) {
            new (self) Cell(cell_from(matrix, labels));
          },
          nb::arg("matrix").none(), nb::arg("labels").none(),
          "The cell that a graph prunes to.\n\n"
          "matrix: (n, n) of 0 and 1, upper triangular; labels: n texts, 'input', operations in "
          "long or short names, 'output'.\nRaises InvalidArgument if there is none.")
      .def_static(
          "parse", [](const std::string& text) { return space::parse_cell(text); }, nb::arg("text"),
          "From '0110001000010000:conv3x3,maxpool3x3', as the command line writes cells.")
      .def_prop_ro(
          "matrix",
          [](const Cell& self) {
            return to_numpy(matrix_of(self), {self.vertices(), self.vertices()});
          },
          "uint8 (V, V), as labelled.")
      .def_prop_ro("labels", labels_of, "V long names, 'input' first and 'output' last.")
      .def_prop_ro("operations", operations_of, "Long names of the interior vertices.")
      .def_prop_ro(
          "text", [](const Cell& self) { return space::to_text(self); },
          "As the command line writes it.")
      .def_prop_ro(
          "hash", [](const Cell& self) { return space::to_text(space::hash_of(self)); },
          "NAS-Bench-101's key: 32 hexadecimal digits, the same for every labelling.")
      .def_prop_ro("vertices", &Cell::vertices, "Input and output among them.")
      .def_prop_ro("edges", &Cell::edges, "After pruning.")
      .def_prop_ro(
          "representative",
          [](const Cell& self) { return space::Space::shared().cell(rank_of(self)); },
          "The labelling that stands for all labellings of the architecture.")
      .def_prop_ro("rank", rank_of, "Position in the whole space of 423,624 cells.")
      .def(
          "parameters",
          [](const Cell& self, const std::optional<Skeleton>& skeleton) {
            return space::trainable_parameters(self, skeleton_or_default(skeleton));
          },
          nb::arg("skeleton") = nb::none(), "Trainable parameters of the network.")
      .def(
          "flops",
          [](const Cell& self, const std::optional<Skeleton>& skeleton) {
            return space::flops(self, skeleton_or_default(skeleton));
          },
          nb::arg("skeleton") = nb::none(), "Multiply-adds of one image's forward pass.")
      .def(
          "to_dot", [](const Cell& self) { return space::to_dot(space::canonical(self)); },
          "The graph in Graphviz's language.")
      .def(
          "to_pytorch", [](const Cell& self) { return space::to_pytorch(self); },
          "Source text of a PyTorch module of the network.")
      .def(
          "__eq__",
          [](const Cell& self, nb::handle other) {
            Cell* cell = nullptr;
            return nb::try_cast(other, cell) && cell != nullptr && rank_of(self) == rank_of(*cell);
          },
          nb::arg("other").none())
      .def("__hash__", rank_of)
      .def("__repr__",
           [](const Cell& self) { return fmt::format("Cell.parse('{}')", space::to_text(self)); })
      .def("__str__", [](const Cell& self) { return space::to_text(self); })
      .def("__reduce__", [](nb::handle self) {
        // Functions of the core do not pickle.
        const nb::object parse = nb::module_::import_("ecnas._methods").attr("parse_cell");
        return nb::make_tuple(parse, nb::make_tuple(text_of(self)));
      });
}

// --- CellArray -----------------------------------------------------------------------------------

CellArray slice(const CellArray& self, const nb::slice& slice) {
  const auto [start, stop, step, length] = slice.compute(self.cells.size());
  (void)stop;
  if (step == 1) {
    return {self.owner, self.cells.subspan(static_cast<std::size_t>(start), length)};
  }
  std::vector<Cell> cells;
  cells.reserve(length);
  for (std::size_t i = 0; i < length; ++i) {
    cells.push_back(
        self.cells[static_cast<std::size_t>(start + static_cast<Py_ssize_t>(i) * step)]);
  }
  return CellArray(std::move(cells));
}

const Cell& item(std::span<const Cell> cells, std::int64_t index) {
  const auto size = static_cast<std::int64_t>(cells.size());
  const std::int64_t from_start = index < 0 ? index + size : index;
  if (from_start < 0 || from_start >= size)
    throw nb::index_error(fmt::format("cell {} of {}", index, size).c_str());
  return cells[static_cast<std::size_t>(from_start)];
}

void bind_cell_array(nb::module_& module) {
  nb::class_<CellArray>(module, "CellArray",
                        "An immutable sequence of cells, 8 bytes each: what batches are made of.")
      .def(
          "__init__",
          [](CellArray* self, nb::handle cells) { new (self) CellArray(to_cells(cells)); },
          nb::arg("cells").none(), "From any iterable of cells, hashes, texts or (matrix, labels).")
      .def("__len__", [](const CellArray& self) { return self.cells.size(); })
      .def("__getitem__",
           [](const CellArray& self, std::int64_t index) { return item(self.cells, index); })
      .def("__getitem__", slice)
      .def("__reduce__",
           [](const CellArray& self) {
             nb::list texts;
             for (const Cell& cell : self.cells)
               texts.append(space::to_text(cell));
             return nb::make_tuple(nb::type<CellArray>(), nb::make_tuple(texts));
           })
      .def(
          "__iter__",
          [](const CellArray& self) {
            return nb::make_iterator(nb::type<CellArray>(), "CellIterator", self.cells.begin(),
                                     self.cells.end());
          },
          nb::keep_alive<0, 1>())
      .def(
          "__repr__",
          [](const CellArray& self) { return fmt::format("<CellArray of {}>", self.cells.size()); })
      .def_prop_ro(
          "hashes",
          [](const CellArray& self) {
            std::vector<Hash> hashes(self.cells.size());
            {
              const nb::gil_scoped_release released;
              space::hash_cells(self.cells, hashes, 0);
            }
            return hash_array(hashes);
          },
          "NAS-Bench-101's keys: 'S32' (n,).")
      .def_prop_ro(
          "vertices",
          [](const CellArray& self) {
            std::vector<std::uint8_t> values(self.cells.size());
            std::ranges::transform(self.cells, values.begin(), [](const Cell& cell) {
              return static_cast<std::uint8_t>(cell.vertices());
            });
            return to_numpy(std::move(values));
          },
          "uint8 (n,).")
      .def(
          "parameters",
          [](const CellArray& self, const std::optional<Skeleton>& skeleton) {
            return counts(self, skeleton, space::trainable_parameters);
          },
          nb::arg("skeleton") = nb::none(), "Trainable parameters: int64 (n,).")
      .def(
          "flops",
          [](const CellArray& self, const std::optional<Skeleton>& skeleton) {
            return counts(self, skeleton, space::flops);
          },
          nb::arg("skeleton") = nb::none(), "Multiply-adds of a forward pass: int64 (n,).");
}

// --- Space ---------------------------------------------------------------------------------------

/// A space that is kept anyway is not made again.
SpacePointer make_space(unsigned max_vertices, unsigned max_edges) {
  const nb::gil_scoped_release released;
  if (max_edges == space::kMaxEdges && max_vertices >= 2 && max_vertices <= space::kMaxVertices)
    return {std::shared_ptr<const void>(), &space::Space::shared(max_vertices)};
  return std::make_shared<const space::Space>(space::SpaceLimits{max_vertices, max_edges});
}

struct SpaceHandle {
  SpacePointer space;
};

std::optional<space::Rank> find_rank(const SpaceHandle& self, nb::handle subject) {
  if (const auto text = text_in(subject)) {
    if (const auto hash = space::parse_hash(*text)) return self.space->rank(*hash);
  }
  return self.space->rank(to_cell(subject));
}

nb::tuple arguments_of(const SpaceHandle& self) {
  const auto [vertices, edges] = self.space->limits();
  return nb::make_tuple(vertices, edges);
}

CellArray sample(const SpaceHandle& self, std::size_t count, std::uint64_t seed,
                 const std::string& method) {
  constexpr std::size_t kMostCells = 1'000'000'000;  // 8 GB of them
  if (count > kMostCells)
    fail(ErrorCode::invalid_argument, "{} cells; expected {} at most", count, kMostCells);
  if (method != "uniform" && method != "published") {
    fail(ErrorCode::invalid_argument,
         "sampling method {}: unknown; choose from 'uniform', 'published'", ecnas::quoted(method));
  }
  const space::Space& space = *self.space;
  return interruptible([&](const std::stop_token& stop) {
    Rng rng(seed);
    std::vector<Cell> cells;
    cells.reserve(count);
    while (cells.size() < count && !stop.stop_requested()) {
      if (method == "uniform") {
        cells.push_back(space::sample_uniform(space, rng));
      } else if (const auto cell =
                     Cell::from(space::sample_published(space.limits().max_vertices, rng));
                 cell && space.rank(*cell)) {
        cells.push_back(*cell);
      }
    }
    return CellArray(std::move(cells));
  });
}

void bind_whole_space(nb::module_& module) {
  nb::class_<SpaceHandle>(
      module, "Space",
      "All architectures of at most so many vertices and edges, in NAS-Bench-101's order of "
      "enumeration; a space of fewer vertices is a prefix of a larger one. 423,624 cells for 7 and "
      "9. Immutable.")
      .def(
          "__init__",
          [](SpaceHandle* self, unsigned max_vertices, unsigned max_edges) {
            new (self) SpaceHandle{make_space(max_vertices, max_edges)};
          },
          nb::arg("max_vertices") = space::kMaxVertices, nb::arg("max_edges") = space::kMaxEdges)
      .def_prop_ro(
          "max_vertices", [](const SpaceHandle& self) { return self.space->limits().max_vertices; },
          "Of its cells.")
      .def_prop_ro(
          "max_edges", [](const SpaceHandle& self) { return self.space->limits().max_edges; },
          "Of its cells.")
      .def("__len__", [](const SpaceHandle& self) { return self.space->size(); })
      .def("__getitem__", [](const SpaceHandle& self,
                             std::int64_t index) { return item(self.space->cells(), index); })
      .def(
          "__contains__",
          [](const SpaceHandle& self, nb::handle subject) {
            return is_found([&] { return find_rank(self, subject); });
          },
          nb::arg("cell").none())
      .def(
          "__eq__",
          [](const SpaceHandle& self, const SpaceHandle& other) {
            return self.space->limits() == other.space->limits();
          },
          nb::is_operator())
      .def("__hash__", [](const SpaceHandle& self) { return nb::hash(arguments_of(self)); })
      .def("__reduce__",
           [](const SpaceHandle& self) {
             return nb::make_tuple(nb::type<SpaceHandle>(), arguments_of(self));
           })
      .def("__repr__",
           [](const SpaceHandle& self) {
             const auto [vertices, edges] = self.space->limits();
             return fmt::format("Space(max_vertices={}, max_edges={})", vertices, edges);
           })
      .def(
          "rank",
          [](const SpaceHandle& self, nb::handle subject) {
            const auto rank = find_rank(self, subject);
            if (!rank) {
              fail(ErrorCode::not_found, "cell {}: not in a space of at most {} vertices",
                   text_of(subject), self.space->limits().max_vertices);
            }
            return *rank;
          },
          nb::arg("cell").none(), "Position of a cell, of any labelling of it, or of a hash.")
      .def_prop_ro(
          "cells",
          [](const SpaceHandle& self) { return CellArray(self.space, self.space->cells()); },
          "The representatives in rank order.")
      .def_prop_ro(
          "hashes",
          [](const SpaceHandle& self) {
            std::span<const Hash> hashes;
            {
              const nb::gil_scoped_release released;
              hashes = self.space->hashes(0);
            }
            return hash_array(hashes);
          },
          "NAS-Bench-101's keys in rank order: 'S32' (n,).")
      .def(
          "parameters",
          [](const SpaceHandle& self, const std::optional<Skeleton>& skeleton) {
            return to_numpy(self.space->trainable_parameters(skeleton_or_default(skeleton)));
          },
          nb::arg("skeleton") = nb::none(), "Trainable parameters: int64 (n,).")
      .def(
          "flops",
          [](const SpaceHandle& self, const std::optional<Skeleton>& skeleton) {
            return to_numpy(self.space->flops(skeleton_or_default(skeleton)));
          },
          nb::arg("skeleton") = nb::none(), "Multiply-adds of a forward pass: int64 (n,).")
      .def(
          "neighbours",
          [](const SpaceHandle& self, nb::handle subject) {
            return CellArray(space::neighbours(to_cell(subject), *self.space));
          },
          nb::arg("cell").none(),
          "The cells one edit away: one edge flipped or one operation changed, in any labelling.")
      .def("sample", sample, nb::arg("count"), nb::arg("seed") = 0, nb::arg("method") = "uniform",
           "Random cells: 'uniform' over architectures, or as EC-NAS 'published' it, invalid draws "
           "drawn again. The same for a seed on every machine.");
}

}  // namespace

void bind_space(nb::module_& module) {
  bind_skeleton(module);
  bind_cell(module);
  bind_cell_array(module);
  bind_whole_space(module);
}

}  // namespace ecnas::python
