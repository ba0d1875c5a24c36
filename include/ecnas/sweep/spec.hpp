#pragma once
/// sweep: many trainings on one machine or on nodes that share nothing but a file system. What is
/// to be trained is a spec (here), the list made of it (`plan.hpp`), and a work directory that is
/// the whole state (`store.hpp`). Whoever works takes runs by leases (`lease.hpp`), trains them in
/// a pool of processes (`pool.hpp`), and anyone may look (`status.hpp`) and collect
/// (`collect.hpp`).

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ecnas/space/cell.hpp"

namespace ecnas::sweep {

/// Which cells are trained: exactly one of these is given.
struct CellChoice {
  std::optional<unsigned> max_vertices;            ///< `space = "4v"`: all of at most so many
  std::vector<std::string> list;                   ///< hashes or ADJACENCY:OPS
  std::optional<std::filesystem::path> file;       ///< such a list, one a line; `#` begins a remark
  std::optional<std::filesystem::path> selection;  ///< CSV with a column `hash`; its order is kept
};

/// What one run has to itself.
struct Device {
  enum class Kind : std::uint8_t { cpu, cuda };
  Kind kind = Kind::cpu;
  unsigned number = 0;          ///< of a CUDA device
  std::vector<unsigned> cores;  ///< that the run is pinned to; none: those that we may use
  friend bool operator==(const Device&, const Device&) = default;
};
/// `cpu:0,1`, `cpu`, `cuda:0`.
[[nodiscard]] std::string to_text(const Device& device);

/// How `submit` asks Slurm for nodes.
struct SlurmRequest {
  std::size_t tasks = 1;  ///< of the array
  std::string time;       ///< limit of a task, as sbatch has it; empty: the partition's
  std::string partition;
  std::string account;
  std::string memory;
  unsigned cpus_per_task = 1;
  unsigned gpus_per_task = 0;
  bool exclusive = false;               ///< nodes of our own: energies without neighbours
  std::vector<std::string> directives;  ///< further ones, each a line: "--constraint=a100"
};

/// What a sweep is to do. Made by `parse_spec`, which checks it.
struct Spec {
  CellChoice cells;
  std::vector<std::int32_t> budgets;  ///< epochs, ascending
  std::size_t repeats = 1;
  std::uint64_t seed = 1;     ///< of the order of runs and of every training
  std::string data = "auto";  ///< as `ecnas-train --data` has it; paths absolute
  /// Options of `ecnas-train` in its spelling, without dashes, in order: {"width", "16"}; a flag
  /// has no value.
  std::vector<std::pair<std::string, std::optional<std::string>>> training;
  std::vector<std::string> further_arguments;  ///< passed to `ecnas-train` as they are
  std::vector<Device> devices;                 ///< one run on each at a time
  double pue = 1;
  std::optional<double> carbon_intensity_g_per_kwh;
  std::optional<std::chrono::seconds> run_time_limit;
  std::chrono::seconds lease_timeout{60};  ///< without a sign of life, a worker counts as dead
  SlurmRequest slurm;
};

/// Reads a spec (TOML, docs/formats/sweep.md).
/// @param name       stands in messages for the file's
/// @param directory  that relative paths are relative to
/// @throws Error{invalid_data} for what is no TOML, Error{invalid_argument} for unknown keys
/// (naming the nearest) and impossible values, both with NAME:LINE:COLUMN
[[nodiscard]] Spec parse_spec(std::string_view text, std::string_view name,
                              const std::filesystem::path& directory);

/// The same spec in one canonical spelling, which `parse_spec` reads back.
[[nodiscard]] std::string to_toml(const Spec& spec);

/// The cells that a spec names, each once, by their representatives: of a space in its order, of a
/// list in the list's.
/// @throws Error{invalid_argument} for what is no cell, naming list or file and line;
/// Error{not_found} for a hash that no cell has or a file that is not there; Error{invalid_data}
[[nodiscard]] std::vector<space::Cell> chosen_cells(const CellChoice& choice);

/// "90", "90s", "15m", "2h", "1d"; absent for anything else, and for 0.
[[nodiscard]] std::optional<std::chrono::seconds> parse_duration(std::string_view text);

}  // namespace ecnas::sweep
