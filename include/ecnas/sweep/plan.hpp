#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "ecnas/core/file.hpp"
#include "ecnas/space/cell.hpp"
#include "ecnas/space/hash.hpp"
#include "ecnas/sweep/spec.hpp"

namespace ecnas::sweep {

/// Position of a run in its sweep's list.
using RunNumber = std::uint32_t;

/// One training to be done: what `ecnas-train` is told, and where its results belong.
struct Run {
  space::Hash hash;
  std::int32_t epochs = 0;
  std::size_t repeat = 1;  ///< from 1
  std::uint64_t seed = 0;  ///< below 2^53, so that every reader of JSON keeps its digits
  friend bool operator==(const Run&, const Run&) = default;
};

/// The seed of a training: depends on nothing but these, so that a cell trained in another sweep of
/// the same seed is the same training.
[[nodiscard]] std::uint64_t run_seed(std::uint64_t seed, const space::Hash& hash,
                                     std::int32_t epochs, std::size_t repeat);

/// All runs of a spec. First repeat 1 of all cells at all budgets in random order, then repeat 2 in
/// another, and so on: whatever is done when a sweep is stopped is a fair sample.
/// @complexity O(n)
[[nodiscard]] std::vector<Run> planned_runs(const Spec& spec,
                                            const std::vector<space::Cell>& cells);

/// The text of `runs.txt` (docs/formats/sweep.md): a line of the same width for each run.
/// @param max_vertices  of any cell
[[nodiscard]] std::string to_text(const std::vector<Run>& runs, unsigned max_vertices);

/// The list of a sweep's runs: a file that never changes, mapped. Const access is thread safe.
class RunList {
 public:
  /// @throws Error{not_found}, Error{io_failure}; Error{invalid_data} unless its header and size
  /// fit
  [[nodiscard]] static RunList open(const std::filesystem::path& file);

  [[nodiscard]] std::size_t size() const { return size_; }
  /// No cell of the list has more: in a small space cells are found by hash in no time.
  [[nodiscard]] unsigned max_vertices() const { return max_vertices_; }
  /// @throws Error{invalid_data} for a damaged line. @pre number < size()
  [[nodiscard]] Run operator[](RunNumber number) const;

 private:
  RunList() = default;
  std::string name_;
  MappedFile file_;
  std::size_t size_ = 0;
  unsigned max_vertices_ = 0;
};

}  // namespace ecnas::sweep
