#pragma once
/// What the parts of `ecnas._core` share: arrays, cells given in any way, long calls, errors.

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/vector.h>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "ecnas/core/error.hpp"
#include "ecnas/moo/objectives.hpp"
#include "ecnas/space/cell.hpp"
#include "ecnas/space/hash.hpp"
#include "ecnas/table/table.hpp"

namespace ecnas::python {

namespace nb = nanobind;

/// @{ Each adds its part to the module.
void bind_errors(nb::module_& module);
void bind_space(nb::module_& module);
void bind_table(nb::module_& module);
void bind_ledger(nb::module_& module);
void bind_search(nb::module_& module);
void bind_indicators(nb::module_& module);
void bind_surrogate(nb::module_& module);
void bind_analysis(nb::module_& module);
void bind_energy(nb::module_& module);
/// @}

/// To be called last: has all functions of the module say in one line what they take.
void explain_wrong_types(nb::module_& module);

// --- Arrays --------------------------------------------------------------------------------------

/// A vector as a NumPy array, which owns it.
template <typename T>
nb::object to_numpy(std::vector<T> values, std::initializer_list<std::size_t> shape) {
  auto* kept = new std::vector<T>(std::move(values));
  nb::capsule owner(kept,
                    [](void* pointer) noexcept { delete static_cast<std::vector<T>*>(pointer); });
  return nb::cast(nb::ndarray<nb::numpy, T>(kept->data(), shape, owner));
}

template <typename T>
nb::object to_numpy(std::vector<T> values) {
  const std::size_t size = values.size();
  return to_numpy(std::move(values), {size});
}

/// Memory of `owner` as a NumPy array that cannot be written and keeps the owner alive.
template <typename T>
nb::object view_of(const T* data, std::initializer_list<std::size_t> shape, nb::handle owner) {
  return nb::cast(nb::ndarray<nb::numpy, const T>(data, shape, owner));
}

/// Hashes as NumPy has texts: dtype "S32".
[[nodiscard]] nb::object hash_array(std::span<const space::Hash> hashes);

/// Points of a NumPy array. @param points  (n, k)
using PointArray = nb::ndarray<const double, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
[[nodiscard]] std::vector<moo::Objectives> to_points(const PointArray& points);
/// @return (n, objectives)
[[nodiscard]] nb::object to_numpy(std::span<const moo::Objectives> points, std::size_t objectives);
[[nodiscard]] moo::Objectives to_objectives(const std::vector<double>& values);
[[nodiscard]] std::vector<double> to_vector(const moo::Objectives& objectives);

// --- Cells ---------------------------------------------------------------------------------------

/// A sequence of cells, with whatever holds their memory.
struct CellArray {
  std::shared_ptr<const void> owner;
  std::span<const space::Cell> cells;

  explicit CellArray(std::vector<space::Cell> values);
  CellArray(std::shared_ptr<const void> kept, std::span<const space::Cell> view)
      : owner(std::move(kept)), cells(view) {}
};

/// From a matrix and labels, as Python people write them.
/// @throws Error{invalid_argument} for another dtype or shape, an entry that is neither 0 nor 1,
/// labels that are no texts, or what prunes to no cell
[[nodiscard]] space::Cell cell_from(nb::handle matrix, nb::handle labels);

/// A `Cell`, a hash of the whole space, "ADJACENCY:OPS", or (matrix, labels).
/// @throws Error{invalid_argument}, Error{not_found}
[[nodiscard]] space::Cell to_cell(nb::handle subject);

/// A `CellArray` as it is, or the cells of any iterable.
[[nodiscard]] CellArray to_cells(nb::handle subject);

/// As `str` makes it.
[[nodiscard]] std::string text_of(nb::handle object);

/// Of a str or bytes; absent for anything else.
/// @throws Error{invalid_argument} for a str that UTF-8 cannot hold
[[nodiscard]] std::optional<std::string> text_in(nb::handle object);

/// As `in` asks: what names no cell is nowhere. @param find  gives something optional
template <typename Find>
bool is_found(const Find& find) {
  try {
    return find().has_value();
  } catch (const Error& error) {
    if (error.code() == ErrorCode::invalid_argument || error.code() == ErrorCode::not_found)
      return false;
    throw;
  }
}

/// "str", "numpy.ndarray": for messages.
[[nodiscard]] std::string name_of_type(nb::handle object);

// --- Tables --------------------------------------------------------------------------------------

/// A table as Python holds it: entries, problems and arrays share it.
struct TableHandle {
  std::shared_ptr<const table::Table> table;
  std::vector<std::string> notes;  ///< of an import
  std::shared_ptr<std::optional<CellArray>> cells = std::make_shared<std::optional<CellArray>>();

  [[nodiscard]] const CellArray& all_cells() const;
};

/// A row by a `Cell`, a hash, "ADJACENCY:OPS", a row's number or (matrix, labels).
/// @return absent if the table lacks the cell  @throws Error{invalid_argument}
[[nodiscard]] std::optional<table::Row> find_row(const table::Table& table, nb::handle subject);

/// Rows of several cells, each given as `find_row` takes it, or of an array of numbers or hashes.
/// @return (n), `table::kNoRow` for what the table lacks  @throws Error{invalid_argument},
/// Error{not_found} for a row's number that is not there
[[nodiscard]] std::vector<table::Row> rows_of(const table::Table& table, nb::handle subject);

/// @throws Error{not_found} naming the cell
[[nodiscard]] table::Row expect_row(const table::Table& table, nb::handle subject);

/// @throws Error{invalid_argument} for 0 or more than the table has
[[nodiscard]] table::Repeat to_repeat(const table::Table& table,
                                      std::optional<std::int64_t> number);

// --- Long calls ----------------------------------------------------------------------------------

/// Does the work on a thread of its own, without the interpreter's lock; a signal (Ctrl-C) asks it
/// to stop, and is raised once it has.
template <typename Work>
auto interruptible(const Work& work) {
  using Value = decltype(work(std::stop_token{}));
  std::optional<Value> value;
  std::exception_ptr failure;
  std::mutex mutex;
  std::condition_variable finished;
  bool is_finished = false;
  std::jthread worker([&](const std::stop_token& stop) {
    try {
      value.emplace(work(stop));
    } catch (...) {
      failure = std::current_exception();
    }
    const std::lock_guard lock(mutex);
    is_finished = true;
    finished.notify_one();
  });
  const auto wait = [&](std::chrono::milliseconds at_most) {
    const nb::gil_scoped_release released;
    std::unique_lock lock(mutex);
    return finished.wait_for(lock, at_most, [&] { return is_finished; });
  };
  constexpr std::chrono::milliseconds kBetweenSignals{50};
  while (!wait(kBetweenSignals)) {
    if (PyErr_CheckSignals() == 0) continue;
    nb::python_error interrupt;
    worker.request_stop();
    {
      const nb::gil_scoped_release released;
      worker.join();
    }
    throw interrupt;
  }
  {
    const nb::gil_scoped_release released;
    worker.join();
  }
  if (failure) std::rethrow_exception(failure);
  return std::move(*value);
}

}  // namespace ecnas::python
