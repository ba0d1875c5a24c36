#pragma once

#include <cstdint>
#include <string>

#include "train/bytes.hpp"

namespace ecnas::train {

[[nodiscard]] bool is_gzip(Bytes file);

/// The first `count` bytes that a gzip file holds, or all if they are fewer; only as much of `file`
/// as that takes is looked at. What is damaged, or cut short, ends it: no error.
[[nodiscard]] std::string gunzip_beginning(Bytes file, std::size_t count);

/// What a gzip file of one member holds, which must be `count` bytes.
/// @throws Error{invalid_data} if it holds fewer or more, could not hold so many, is damaged (its
/// CRC-32 is checked) or has something behind it; memory is taken only for what it could hold
[[nodiscard]] std::string gunzip(Bytes file, std::uint64_t count, const std::string& name);

}  // namespace ecnas::train
