#pragma once

#include <optional>
#include <string>

#include "train/bytes.hpp"

namespace ecnas::train {

enum class IdxKind { labels, images };

/// One IDX file of bytes.
struct IdxFile {
  IdxKind kind = IdxKind::labels;
  std::uint32_t count = 0;
  std::uint32_t height = 1;  ///< 1 of labels
  std::uint32_t width = 1;
  std::string values;  ///< (count, height, width)
};

/// What a file is by its first bytes (4, or some thousands if it is gzip); absent if it is no
/// IDX file of bytes in one or three dimensions.
[[nodiscard]] std::optional<IdxKind> idx_kind(Bytes beginning);

/// @param file  IDX, or gzip of it: big-endian 0x00000801 (labels) or 0x00000803 (images), sizes,
///              bytes. @source [LeCun98]
/// @throws Error{invalid_data} if it is something else, damaged, empty, too short, too long, or of
/// impossible dimensions
[[nodiscard]] IdxFile parse_idx(Bytes file, const std::string& name);

}  // namespace ecnas::train
