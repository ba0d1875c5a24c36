#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "table/tfrecord/planes.hpp"

namespace ecnas::table::tfrecord {

/// What the values of a file are: the published ones say neither provenance nor PUE, and their
/// writer got some fields wrong (docs/formats/tfrecord.md).
struct Origin {
  /// Of each metric: values above the file's smallest budget are those there times the ratio.
  std::array<bool, kMetrics.size()> scaled{};
  /// Of each metric: left out altogether, or above the smallest budget. @{
  std::array<bool, kMetrics.size()> left_out{};
  std::array<bool, kMetrics.size()> left_out_above{};
  /// @}
  bool meters_left_out_above = false;
  bool stated = false;     ///< the records state every value's provenance
  bool predicted = false;  ///< energies are a surrogate's
  std::optional<double> pue;
  std::vector<std::string> notes;
};

/// @param stated_pue  by the caller; wins where the file does not tell one
/// @param name        of the file, in notes
/// @throws Error{invalid_argument} if the file's meters tell another PUE than the stated
[[nodiscard]] Origin infer_origin(const Planes& planes, std::optional<double> stated_pue,
                                  std::string_view name);

}  // namespace ecnas::table::tfrecord
