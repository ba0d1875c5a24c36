// Cells as Python people write them down, and arrays.

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cmath>
#include <cstdint>

#include "bindings.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/space/space.hpp"

namespace ecnas::python {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
// Beyond it nothing prunes to a cell that anybody means, and matrices get large.
constexpr std::size_t kMaxGivenVertices = 1024;

using Matrix = nb::ndarray<const double, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

[[noreturn]] void wrong_matrix(const std::string& found) {
  fail(ErrorCode::invalid_argument, "matrix: {}; expected (n, n) numbers 0 and 1, a row a vertex",
       found);
}

/// Any array of numbers as one of doubles.
Matrix as_doubles(nb::handle matrix) {
  const nb::module_ numpy = nb::module_::import_("numpy");
  nb::object array;
  try {
    array = numpy.attr("asarray")(matrix);
  } catch (nb::python_error& error) {  // ragged lists
    wrong_matrix(text_of(error.value()));
  }
  const auto kind = nb::cast<std::string>(array.attr("dtype").attr("kind"));
  if (std::string_view("biuf").find(kind) == std::string_view::npos) {
    wrong_matrix("dtype " + text_of(nb::object(array.attr("dtype"))));
  }
  const auto shape = nb::cast<std::vector<std::size_t>>(array.attr("shape"));
  if (shape.size() != 2 || shape[0] != shape[1] || shape[0] > kMaxGivenVertices)
    wrong_matrix("shape " + text_of(nb::object(array.attr("shape"))));
  return nb::cast<Matrix>(numpy.attr("ascontiguousarray")(array, "float64"));
}

std::vector<std::string> as_texts(nb::handle labels) {
  std::vector<std::string> texts;
  if (!nb::isinstance<nb::str>(labels) && !nb::isinstance<nb::bytes>(labels) &&
      nb::isinstance<nb::iterable>(labels)) {
    for (const nb::handle label : nb::borrow<nb::iterable>(labels)) {
      if (!nb::isinstance<nb::str>(label)) {
        fail(ErrorCode::invalid_argument, "labels: one is of type {}; expected texts",
             name_of_type(label));
      }
      texts.push_back(*text_in(label));
    }
    return texts;
  }
  fail(ErrorCode::invalid_argument, "labels: of type {}; expected a list of texts, one a vertex",
       name_of_type(labels));
}

}  // namespace

CellArray::CellArray(std::vector<space::Cell> values) {
  auto kept = std::make_shared<const std::vector<space::Cell>>(std::move(values));
  cells = *kept;
  owner = std::move(kept);
}

std::string text_of(nb::handle object) {
  return nb::str(object).c_str();
}

std::optional<std::string> text_in(nb::handle object) {
  if (nb::isinstance<nb::bytes>(object)) {
    const auto bytes = nb::borrow<nb::bytes>(object);
    return std::string(bytes.c_str(), bytes.size());
  }
  if (!nb::isinstance<nb::str>(object)) return std::nullopt;
  std::string text;
  if (!nb::try_cast(object, text))
    fail(ErrorCode::invalid_argument, "a text with a lone surrogate; expected Unicode");
  return text;
}

std::string name_of_type(nb::handle object) {
  return nb::inst_name(object).c_str();
}

nb::object hash_array(std::span<const space::Hash> hashes) {
  std::vector<std::uint8_t> texts;
  constexpr std::size_t kDigits = 2 * sizeof(space::Hash);
  texts.reserve(kDigits * hashes.size());
  for (const space::Hash& hash : hashes) {
    for (const std::uint8_t byte : hash.bytes) {
      texts.push_back(static_cast<std::uint8_t>(kHexDigits[byte >> 4U]));
      texts.push_back(static_cast<std::uint8_t>(kHexDigits[byte & 15U]));
    }
  }
  return to_numpy(std::move(texts)).attr("view")("S32");
}

std::vector<moo::Objectives> to_points(const PointArray& points) {
  if (points.shape(0) > 0 && points.shape(1) == 0)
    fail(ErrorCode::invalid_argument, "points: of 0 objectives; expected (n, k) numbers");
  std::vector<moo::Objectives> result;
  result.reserve(points.shape(0));
  for (std::size_t i = 0; i < points.shape(0); ++i)
    result.emplace_back(std::span(points.data() + i * points.shape(1), points.shape(1)));
  return result;
}

nb::object to_numpy(std::span<const moo::Objectives> points, std::size_t objectives) {
  std::vector<double> values;
  values.reserve(points.size() * objectives);
  for (const moo::Objectives& point : points)
    values.insert(values.end(), point.begin(), point.end());
  return to_numpy(std::move(values), {points.size(), objectives});
}

moo::Objectives to_objectives(const std::vector<double>& values) {
  return moo::Objectives(std::span<const double>(values));
}

std::vector<double> to_vector(const moo::Objectives& objectives) {
  return {objectives.begin(), objectives.end()};
}

space::Cell cell_from(nb::handle matrix, nb::handle labels) {
  const Matrix doubles = as_doubles(matrix);
  const std::size_t vertices = doubles.shape(0);
  std::vector<std::uint8_t> entries(vertices * vertices);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const double entry = doubles.data()[i];
    if (entry != 0 && entry != 1)
      wrong_matrix(fmt::format("entry ({}, {}) is {}", i / vertices, i % vertices, entry));
    entries[i] = static_cast<std::uint8_t>(entry);
  }
  const std::vector<std::string> texts = as_texts(labels);
  const auto cell =
      space::Cell::from(entries, std::vector<std::string_view>(texts.begin(), texts.end()));
  if (!cell) {
    fail(ErrorCode::invalid_argument, "no cell: {}", space::describe(cell.reason()));
  }
  return *cell;
}

space::Cell to_cell(nb::handle subject) {
  const space::Cell* cell = nullptr;
  if (nb::try_cast(subject, cell) && cell != nullptr) return *cell;
  if (const auto text = text_in(subject)) {
    const auto hash = space::parse_hash(*text);
    if (!hash) return space::parse_cell(*text);
    const auto rank = space::Space::shared().rank(*hash);
    if (!rank) fail(ErrorCode::not_found, "hash {}: no cell has it", *text);
    return space::Space::shared().cell(*rank);
  }
  if (nb::isinstance<nb::tuple>(subject) && nb::len(subject) == 2) {
    const auto pair = nb::borrow<nb::tuple>(subject);
    return cell_from(pair[0], pair[1]);
  }
  fail(ErrorCode::invalid_argument,
       "a cell: of type {}; expected a Cell, a hash, 'ADJACENCY:OPS' or (matrix, labels)",
       name_of_type(subject));
}

CellArray to_cells(nb::handle subject) {
  const CellArray* array = nullptr;
  if (nb::try_cast(subject, array) && array != nullptr) return *array;
  if (nb::isinstance<nb::str>(subject) || !nb::isinstance<nb::iterable>(subject)) {
    fail(ErrorCode::invalid_argument, "cells: of type {}; expected several of them",
         name_of_type(subject));
  }
  std::vector<space::Cell> cells;
  for (const nb::handle element : nb::borrow<nb::iterable>(subject))
    cells.push_back(to_cell(element));
  return CellArray(std::move(cells));
}

}  // namespace ecnas::python
