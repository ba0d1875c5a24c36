#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "ecnas/table/safetensors.hpp"
#include "ecnas/table/table.hpp"

namespace ecnas::table {

/// The text of `metadata` and of the metrics' units as a table's header holds it, checksums not
/// included. The same metadata give the same text.
[[nodiscard]] std::map<std::string, std::string> encode_metadata(
    const Metadata& metadata, std::span<const MetricInfo> metrics);

/// The reverse. Unknown keys are passed over.
/// @param name  stands in messages for the file's
/// @throws Error{invalid_data} for a key that is missing or a value that makes no sense, and for
/// another format or version
[[nodiscard]] Metadata decode_metadata(
    const std::map<std::string, std::string, std::less<>>& entries, std::string_view name);

/// Whether it is one of the qualities that energies have.
[[nodiscard]] bool is_energy_quality(std::string_view text);

inline constexpr std::string_view kChecksumKey = "checksum";
inline constexpr std::string_view kHeaderChecksumKey = "header_checksum";

/// XXH3-64 of the data section, 16 hexadecimal digits.
[[nodiscard]] std::string data_checksum(std::span<const std::byte> data);

/// The same of the data section that these tensors make, in this order.
[[nodiscard]] std::string data_checksum(std::span<const TensorData> tensors);

/// XXH3-64 of what the header says: each metadata entry but itself, then each tensor's name, dtype
/// and shape, as docs/formats/table.md spells them.
[[nodiscard]] std::string header_checksum(
    const std::map<std::string, std::string, std::less<>>& metadata,
    const std::map<std::string, Tensor, std::less<>>& tensors);

}  // namespace ecnas::table
