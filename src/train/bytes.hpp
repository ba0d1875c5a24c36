#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace ecnas::train {

using Bytes = std::span<const std::uint8_t>;

[[nodiscard]] inline Bytes bytes_of(const std::string& content) {
  return {reinterpret_cast<const std::uint8_t*>(content.data()), content.size()};
}

/// What a file may claim before memory is taken for it.
inline constexpr std::int32_t kMaxSide = 16'384;                    // pixels
inline constexpr std::int64_t kMaxPixels = std::int64_t{1} << 26;   // of one picture
inline constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 33;  // of one file, of one set
inline constexpr std::int32_t kMaxClasses = 10'000;

}  // namespace ecnas::train
