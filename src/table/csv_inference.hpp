#pragma once

#include <optional>
#include <string>
#include <vector>

#include "table/csv_rows.hpp"

namespace ecnas::table {

/// What a CSV's content tells of its origin.
struct CsvOrigin {
  std::vector<Provenance> provenance;  ///< (rows, metrics); absent where there is no value
  std::vector<bool> skipped;           ///< by metric: carries no information
  std::optional<double> pue;
  bool published = false;          ///< one of EC-NAS's own files
  std::vector<std::string> notes;  ///< one sentence an inference, for people
};

/// Infers provenances where the file does not say them, and the PUE, as docs/formats/csv.md lists.
/// @param stated_pue  what the caller says, which then is not inferred
[[nodiscard]] CsvOrigin infer_origin(const CsvContent& content, std::optional<double> stated_pue);

}  // namespace ecnas::table
