#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ecnas/space/cell.hpp"

namespace ecnas::space {

/// NAS-Bench-101's key of an architecture: 16 bytes of MD5, ordered as its hexadecimal text is.
struct Hash {
  std::array<std::uint8_t, 16> bytes{};
  friend auto operator<=>(const Hash&, const Hash&) = default;
};

/// 32 lower-case hexadecimal digits.
[[nodiscard]] std::string to_text(const Hash& hash);
/// @return absent unless `text` is 32 hexadecimal digits (either case).
[[nodiscard]] std::optional<Hash> parse_hash(std::string_view text);

/// The iterated MD5 of the pruned graph; the same for every labelling of an architecture.
/// @complexity about 130 MD5 blocks for 7 vertices, vertices side by side in SIMD lanes
/// @source [Ying19], graph_util.hash_module
[[nodiscard]] Hash hash_of(const Cell& cell);

/// Hashes of many cells, cells of one graph side by side in SIMD lanes: about a sixth of the
/// time of one by one if there are many of each graph, as in `Space::cells()`.
/// @param cells   (n), in any order
/// @param hashes  (n), written
/// @param threads  0: one per core
void hash_cells(std::span<const Cell> cells, std::span<Hash> hashes, unsigned threads = 1);

}  // namespace ecnas::space
