#include "train/idx.hpp"

#include <algorithm>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "train/gunzip.hpp"

namespace ecnas::train {
namespace {

constexpr std::uint32_t kLabels = 0x0801;
constexpr std::uint32_t kImages = 0x0803;
constexpr std::size_t kMagicBytes = 4;
constexpr std::size_t kLabelHeader = 8;
constexpr std::size_t kImageHeader = 16;

std::uint32_t big_endian(Bytes bytes, std::size_t at) {
  return std::uint32_t{bytes[at]} << 24 | std::uint32_t{bytes[at + 1]} << 16 |
         std::uint32_t{bytes[at + 2]} << 8 | std::uint32_t{bytes[at + 3]};
}

std::optional<IdxKind> kind_of(Bytes header) {
  if (header.size() < kMagicBytes) return std::nullopt;
  const std::uint32_t magic = big_endian(header, 0);
  if (magic == kLabels) return IdxKind::labels;
  if (magic == kImages) return IdxKind::images;
  return std::nullopt;
}

/// Everything but the values.
IdxFile parse_header(Bytes header, const std::string& name) {
  const std::optional<IdxKind> kind = kind_of(header);
  if (!kind) {
    fail(
        ErrorCode::invalid_data,
        "{}: begins with {}; expected an IDX file of bytes: 0x{:08x} (labels) or 0x{:08x} (images)",
        name,
        header.size() < kMagicBytes ? fmt::format("{} bytes in all", header.size())
                                    : fmt::format("0x{:08x}", big_endian(header, 0)),
        kLabels, kImages);
  }
  const std::size_t wanted = *kind == IdxKind::images ? kImageHeader : kLabelHeader;
  if (header.size() < wanted) {
    fail(ErrorCode::invalid_data, "{}: ends within its header of {} bytes; get it again", name,
         wanted);
  }
  IdxFile file{
      .kind = *kind, .count = big_endian(header, 4), .height = 1, .width = 1, .values = {}};
  if (*kind == IdxKind::images) {
    file.height = big_endian(header, 8);
    file.width = big_endian(header, 12);
  }
  constexpr auto kLargest = static_cast<std::uint32_t>(kMaxSide);
  if (file.count == 0 || std::min(file.height, file.width) == 0 ||
      std::max(file.height, file.width) > kLargest ||
      std::uint64_t{file.height} * file.width > kMaxBytes / file.count) {
    fail(ErrorCode::invalid_data,
         "{}: its header announces {} × {} × {} bytes; expected at least one and sides of at most "
         "{}; it is empty or damaged",
         name, file.count, file.height, file.width, kMaxSide);
  }
  return file;
}

}  // namespace

std::optional<IdxKind> idx_kind(Bytes beginning) {
  if (!is_gzip(beginning)) return kind_of(beginning);
  return kind_of(bytes_of(gunzip_beginning(beginning, kMagicBytes)));
}

IdxFile parse_idx(Bytes file, const std::string& name) {
  const bool packed = is_gzip(file);
  const std::string beginning = packed ? gunzip_beginning(file, kImageHeader) : std::string();
  IdxFile result = parse_header(
      packed ? bytes_of(beginning) : file.first(std::min(file.size(), kImageHeader)), name);
  const std::size_t header = result.kind == IdxKind::images ? kImageHeader : kLabelHeader;
  const std::uint64_t values = std::uint64_t{result.count} * result.height * result.width;
  if (packed) {
    result.values = gunzip(file, header + values, name).substr(header);
    return result;
  }
  if (file.size() != header + values) {
    fail(ErrorCode::invalid_data,
         "{}: holds {} bytes; its header announces {} × {} × {} and {} of its own; get it again",
         name, with_thousands(static_cast<std::int64_t>(file.size())), result.count, result.height,
         result.width, header);
  }
  result.values.assign(reinterpret_cast<const char*>(file.data()) + header, values);
  return result;
}

}  // namespace ecnas::train
