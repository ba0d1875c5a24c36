#include "ecnas/table/safetensors.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "table/strict_json.hpp"

namespace ecnas::table {
namespace {

using nlohmann::json;

static_assert(std::endian::native == std::endian::little,
              "tensors are little-endian and mapped as they are");

constexpr std::size_t kLengthBytes = 8;
constexpr std::size_t kMaxHeader = std::size_t{4} << 20;
constexpr std::size_t kMaxDimensions = 8;
constexpr std::size_t kAlignment = 8;
constexpr std::string_view kMetadataKey = "__metadata__";

struct DtypeInfo {
  std::string_view name;
  std::size_t size;
};
constexpr std::array<DtypeInfo, 7> kDtypes = {
    {{"U8", 1}, {"U16", 2}, {"I32", 4}, {"U32", 4}, {"I64", 8}, {"F32", 4}, {"F64", 8}}};

std::optional<Dtype> parse_dtype(std::string_view text) {
  const auto found = std::ranges::find(kDtypes, text, &DtypeInfo::name);
  if (found == kDtypes.end()) return std::nullopt;
  return static_cast<Dtype>(found - kDtypes.begin());
}

/// Where a tensor lies in the data section, before the sections are checked against each other.
struct Placed {
  std::string name;
  std::uint64_t begin;
  std::uint64_t end;
};

/// Reads the header of one file; `name` stands in messages.
class Reader {
 public:
  Reader(std::span<const std::byte> bytes, std::string_view name) : bytes_(bytes), name_(name) {}

  Safetensors read() {
    const json header = parse_header();
    Safetensors result;
    result.data = bytes_.subspan(data_start_);
    std::vector<Placed> placed;
    for (const auto& [key, value] : header.items()) {
      if (key == kMetadataKey) {
        result.metadata = read_metadata(value);
      } else {
        result.tensors.emplace(key, read_tensor(key, value, result.data, placed));
      }
    }
    check_layout(std::move(placed), result.data.size());
    return result;
  }

 private:
  json parse_header() {
    if (bytes_.size() < kLengthBytes) {
      fail(ErrorCode::invalid_data, "{}: {} bytes; expected a safetensors file, at least 8", name_,
           bytes_.size());
    }
    std::uint64_t length = 0;
    std::memcpy(&length, bytes_.data(), sizeof length);
    if (length > kMaxHeader) {
      fail(ErrorCode::invalid_data,
           "{}: not a safetensors file; expected one of ours: 'ecnas import' makes tables of "
           "published files",
           name_);
    }
    if (length > bytes_.size() - kLengthBytes) {
      fail(ErrorCode::invalid_data, "{}: header of {} bytes in a file of {}; it was cut short",
           name_, length, bytes_.size());
    }
    data_start_ = kLengthBytes + length;
    const std::string_view text(reinterpret_cast<const char*>(bytes_.data()) + kLengthBytes,
                                length);
    if (!text.starts_with('{')) {
      fail(ErrorCode::invalid_data, "{}: header begins with {}; expected a JSON object", name_,
           ecnas::quoted(text.substr(0, 1)));
    }
    return parse_strict_json(text, name_);
  }

  std::map<std::string, std::string, std::less<>> read_metadata(const json& value) const {
    if (!value.is_object()) {
      fail(ErrorCode::invalid_data, "{}: '__metadata__' is no object of strings", name_);
    }
    std::map<std::string, std::string, std::less<>> metadata;
    for (const auto& [key, text] : value.items()) {
      if (!text.is_string()) {
        fail(ErrorCode::invalid_data, "{}: metadata {} is no string", name_, ecnas::quoted(key));
      }
      metadata.emplace(key, text.get<std::string>());
    }
    return metadata;
  }

  Tensor read_tensor(const std::string& key, const json& value, std::span<const std::byte> data,
                     std::vector<Placed>& placed) const {
    if (!value.is_object() || value.size() != 3 || !value.contains("dtype") ||
        !value.contains("shape") || !value.contains("data_offsets")) {
      fail(ErrorCode::invalid_data,
           "{}: tensor {} is no object of 'dtype', 'shape' and 'data_offsets'", name_,
           ecnas::quoted(key));
    }
    const Dtype dtype = read_dtype(key, value["dtype"]);
    std::vector<std::size_t> shape = read_numbers(key, "shape", value["shape"]);
    const std::vector<std::size_t> offsets =
        read_numbers(key, "data_offsets", value["data_offsets"]);
    if (offsets.size() != 2 || offsets[0] > offsets[1] || offsets[1] > data.size()) {
      fail(ErrorCode::invalid_data,
           "{}: tensor {} lies at [{}) of a data section of {} bytes; the file is cut short or "
           "damaged",
           name_, ecnas::quoted(key), fmt::join(offsets, ", "), data.size());
    }
    const std::size_t size = offsets[1] - offsets[0];
    check_size(key, dtype, shape, size);
    if ((data_start_ + offsets[0]) % size_of(dtype) != 0) {
      fail(ErrorCode::invalid_data, "{}: tensor {} begins at byte {}, no multiple of its {}", name_,
           ecnas::quoted(key), data_start_ + offsets[0], size_of(dtype));
    }
    placed.push_back({key, offsets[0], offsets[1]});
    return {dtype, std::move(shape), data.subspan(offsets[0], size)};
  }

  Dtype read_dtype(const std::string& key, const json& value) const {
    const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    const auto dtype = parse_dtype(text);
    if (!dtype) {
      fail(ErrorCode::invalid_data,
           "{}: tensor {} has dtype {}; expected U8, U16, I32, U32, I64, F32 or F64", name_,
           ecnas::quoted(key), ecnas::quoted(text));
    }
    return *dtype;
  }

  std::vector<std::size_t> read_numbers(const std::string& key, std::string_view what,
                                        const json& value) const {
    const bool numbers =
        value.is_array() && value.size() <= kMaxDimensions &&
        std::ranges::all_of(value, [](const json& item) { return item.is_number_unsigned(); });
    if (!numbers) {
      fail(ErrorCode::invalid_data,
           "{}: '{}' of tensor {} is no list of at most {} whole numbers from 0", name_, what,
           ecnas::quoted(key), kMaxDimensions);
    }
    return value.get<std::vector<std::size_t>>();
  }

  void check_size(const std::string& key, Dtype dtype, std::span<const std::size_t> shape,
                  std::size_t size) const {
    std::size_t expected = size_of(dtype);
    bool fits = true;
    for (const std::size_t extent : shape)
      fits = fits && !__builtin_mul_overflow(expected, extent, &expected);
    if (!fits || expected != size) {
      fail(ErrorCode::invalid_data,
           "{}: tensor {} of {} × ({}) in {} bytes; shape and bytes differ", name_,
           ecnas::quoted(key), name(dtype), fmt::join(shape, ", "), size);
    }
  }

  /// Tensors follow each other without gap or overlap and fill the data section.
  void check_layout(std::vector<Placed> placed, std::size_t data_size) const {
    std::ranges::sort(placed, {}, [](const Placed& p) { return std::pair(p.begin, p.end); });
    std::uint64_t position = 0;
    for (const Placed& tensor : placed) {
      if (tensor.begin != position) {
        fail(ErrorCode::invalid_data, "{}: tensor {} begins at data byte {}; expected {} ({})",
             name_, ecnas::quoted(tensor.name), tensor.begin, position,
             tensor.begin < position ? "tensors overlap" : "a gap");
      }
      position = tensor.end;
    }
    if (position != data_size) {
      fail(ErrorCode::invalid_data,
           "{}: tensors end at data byte {} but the file holds {}; it is cut short or has a tail",
           name_, position, data_size);
    }
  }

  std::span<const std::byte> bytes_;
  std::string_view name_;
  std::size_t data_start_ = 0;
};

std::string header_text(std::span<const TensorData> tensors,
                        const std::map<std::string, std::string>& metadata) {
  json header = json::object();
  if (!metadata.empty()) header[std::string(kMetadataKey)] = metadata;
  std::size_t offset = 0;
  for (const TensorData& tensor : tensors) {
    const std::size_t end = offset + tensor.bytes.size();
    header[tensor.name] = {
        {"dtype", name(tensor.dtype)}, {"shape", tensor.shape}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = header.dump(-1, ' ', false, json::error_handler_t::replace);
  text.append((kAlignment - (kLengthBytes + text.size()) % kAlignment) % kAlignment, ' ');
  return text;
}

}  // namespace

std::string_view name(Dtype dtype) {
  return kDtypes[static_cast<std::size_t>(dtype)].name;
}
std::size_t size_of(Dtype dtype) {
  return kDtypes[static_cast<std::size_t>(dtype)].size;
}

Safetensors parse_safetensors(std::span<const std::byte> bytes, std::string_view name) {
  return Reader(bytes, name).read();
}

std::vector<TensorData> widest_first(std::span<const TensorData> tensors) {
  std::vector<TensorData> ordered(tensors.begin(), tensors.end());
  std::ranges::stable_sort(ordered, std::greater<>{},
                           [](const TensorData& tensor) { return size_of(tensor.dtype); });
  return ordered;
}

std::vector<std::byte> write_safetensors(std::span<const TensorData> tensors,
                                         const std::map<std::string, std::string>& metadata) {
  const std::vector<TensorData> ordered = widest_first(tensors);
  const std::string header = header_text(ordered, metadata);
  std::size_t size = kLengthBytes + header.size();
  for (const TensorData& tensor : ordered)
    size += tensor.bytes.size();

  std::vector<std::byte> file(size);
  auto end = file.begin();
  const auto append = [&end](std::span<const std::byte> bytes) {
    end = std::ranges::copy(bytes, end).out;
  };
  const std::uint64_t length = header.size();
  append(std::as_bytes(std::span(&length, 1)));
  append(std::as_bytes(std::span(header.data(), header.size())));
  for (const TensorData& tensor : ordered)
    append(tensor.bytes);
  return file;
}

}  // namespace ecnas::table
