#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string_view>

#include "ecnas/surrogate/model_file.hpp"
#include "ecnas/table/builtin.hpp"
#include "ecnas/table/table.hpp"

namespace ecnas::surrogate {

/// The built-in benchmarks: all cells of at most 4, 5 or 7 vertices at 4, 12, 36 and 108 epochs,
/// everything predicted by the shipped model (docs/benchmark-card.md). `ecnas-4v`, `ecnas-5v`,
/// `ecnas-7v`.
[[nodiscard]] std::span<const table::BuiltinTable> benchmarks();

struct BenchmarkOptions {
  /// Where built benchmarks are kept; empty: nowhere.
  std::filesystem::path cache_directory;
  unsigned threads = 0;                  ///< 0: one per core
  std::function<void(double)> progress;  ///< 0 … 1, while one is built; may be empty
  /// Told in one sentence why a benchmark could not be kept; may be empty.
  std::function<void(const std::string&)> remark;
};

/// Opens a benchmark that is kept, or builds it and keeps it. Two processes at once build one; a
/// file that is damaged is built again; a directory that cannot be written does no harm.
/// @return absent if no benchmark has this name
/// @throws Error{not_found} if the program was built without a model
/// @complexity kept: some milliseconds; built: a few seconds for all cells
[[nodiscard]] std::optional<table::Table> open_benchmark(std::string_view name,
                                                         const BenchmarkOptions& options);

/// Where a benchmark is kept: its name and the digest of the model stand in the file's.
[[nodiscard]] std::filesystem::path benchmark_path(std::string_view name,
                                                   const std::filesystem::path& cache_directory);

/// A table of every cell of at most `max_vertices` vertices by a model, without any file.
/// @throws Error{not_found} if the model lacks a target
[[nodiscard]] table::Table build_benchmark(std::string_view name, unsigned max_vertices,
                                           const ModelFile& model, unsigned threads,
                                           const std::function<void(double)>& progress);

/// What a table is read from: a file, or else a built-in table of either kind.
/// @throws as `Table::open`; Error{not_found} that suggests the closest built-in name
[[nodiscard]] table::Table open_table(const std::filesystem::path& path_or_name,
                                      const BenchmarkOptions& options);

}  // namespace ecnas::surrogate
