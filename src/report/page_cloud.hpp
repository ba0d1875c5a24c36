#pragma once
/// The cells of a page as its script reads them (docs/formats/page.md).

#include <string>

#include "ecnas/report/page.hpp"
#include "report/layers.hpp"

namespace ecnas::report {

struct EncodedCloud {
  Json header;       ///< what the columns are and where in `data` they stand
  std::string data;  ///< zlib streams one after another
};

/// @throws Error{invalid_data} if a row holds no cell
[[nodiscard]] EncodedCloud encode_cloud(const CellCloud& cloud);

}  // namespace ecnas::report
