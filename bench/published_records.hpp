#pragma once

#include <cstdint>
#include <filesystem>

#include "ecnas/table/table.hpp"

namespace ecnas::bench {

/// Which published file is imitated.
enum class PublishedFile : std::uint8_t {
  ecnas_7v,     ///< energy_7V9E_surrogate.tfrecord: a record a cell and budget, 613,992,864 bytes
  nasbench101,  ///< nasbench_full.tfrecord: three repeats each; 2.09 GB, the published has 1.95
};

/// Writes a TFRecord file of a published one's fields, statistics and size: accuracies, times and
/// energies of `table` with its noise, cell by cell.
/// The same seed gives the same bytes.
/// @param table  `ecnas-7v`, or another with validation and test accuracy, time, energy and noise
/// @throws Error{io_failure}
void write_published_records(const table::Table& table, PublishedFile kind, std::uint64_t seed,
                             const std::filesystem::path& path);

}  // namespace ecnas::bench
