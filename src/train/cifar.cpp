#include "train/cifar.hpp"

#include "ecnas/core/error.hpp"
#include "ecnas/core/printable.hpp"
#include "ecnas/core/text.hpp"

namespace ecnas::train {

bool is_cifar(Bytes beginning, std::uint64_t size, std::int32_t classes) {
  if (size == 0 || size % kCifarRecord != 0) return false;
  for (std::size_t at = 0; at < beginning.size(); at += kCifarRecord) {
    if (beginning[at] >= classes) return false;
  }
  return true;
}

void append_cifar(Bytes file, const std::string& name, ImageSet& images) {
  if (file.empty() || file.size() % kCifarRecord != 0) {
    fail(ErrorCode::invalid_data,
         "{}: holds {} bytes; expected records of 3,073 (a label and 3 × 32 × 32 bytes), at least "
         "one, and nothing else; get it again",
         name, with_thousands(static_cast<std::int64_t>(file.size())));
  }
  const std::size_t records = file.size() / kCifarRecord;
  images.labels.reserve(images.labels.size() + records);
  images.pixels.reserve(images.pixels.size() + records * (kCifarRecord - 1));
  for (std::size_t i = 0; i < records; ++i) {
    const Bytes record = file.subspan(i * kCifarRecord, kCifarRecord);
    if (record[0] >= images.classes) {
      fail(ErrorCode::invalid_data,
           "{}: record {} has label {}; expected labels from 0 to {}; it is damaged, or "
           "batches.meta.txt is of another set",
           name, i, record[0], images.classes - 1);
    }
    images.labels.push_back(record[0]);
    images.pixels.insert(images.pixels.end(), record.begin() + 1, record.end());
  }
}

std::vector<std::string> parse_class_names(std::string_view text, const std::string& name) {
  constexpr std::size_t kMaxNames = 256;
  std::vector<std::string> names;
  for (std::string_view line : split(text, '\n')) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (trimmed(line).empty()) continue;
    names.push_back(printable(trimmed(line)));
    if (names.size() > kMaxNames) break;
  }
  if (names.size() < 2 || names.size() > kMaxNames) {
    fail(ErrorCode::invalid_data,
         "{}: {} names; expected those of 2 to {} classes, one a line; get it again", name,
         names.size() > kMaxNames ? "too many" : fmt::format("{}", names.size()), kMaxNames);
  }
  return names;
}

}  // namespace ecnas::train
