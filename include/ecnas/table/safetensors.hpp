#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ecnas::table {

/// Element types we read and write.
enum class Dtype : std::uint8_t { u8, u16, i32, u32, i64, f32, f64 };
[[nodiscard]] std::string_view name(Dtype dtype);  ///< "U8", "I32", …
[[nodiscard]] std::size_t size_of(Dtype dtype);

/// One tensor of a safetensors file: a view into its bytes.
struct Tensor {
  Dtype dtype;
  std::vector<std::size_t> shape;
  std::span<const std::byte> bytes;
};

/// A parsed safetensors file: views into the bytes it was parsed from.
struct Safetensors {
  std::map<std::string, Tensor, std::less<>> tensors;
  std::map<std::string, std::string, std::less<>> metadata;
  std::span<const std::byte> data;  ///< the data section, all tensors
};

/// Parses and checks header and offsets: sizes within the file, no overlap, no gap, shapes that
/// multiply to the bytes, alignment to the element size. Unknown dtypes are refused.
/// @param name  stands in messages for the file's
/// @throws Error{invalid_data}
/// @source the safetensors format: u64 header length, JSON header, little-endian data
[[nodiscard]] Safetensors parse_safetensors(std::span<const std::byte> bytes,
                                            std::string_view name);

/// One tensor to write.
struct TensorData {
  std::string name;
  Dtype dtype;
  std::vector<std::size_t> shape;
  std::span<const std::byte> bytes;
};

/// The tensors in the order in which a file holds them: widest elements first, else as given.
[[nodiscard]] std::vector<TensorData> widest_first(std::span<const TensorData> tensors);

/// A safetensors file in memory: tensors in the given order with widest elements first, header
/// padded with spaces so that data start at a multiple of 8.
[[nodiscard]] std::vector<std::byte> write_safetensors(
    std::span<const TensorData> tensors, const std::map<std::string, std::string>& metadata);

}  // namespace ecnas::table
