#include <string_view>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "train/picture.hpp"

namespace ecnas::train {
namespace {

bool is_blank(std::uint8_t c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

/// Reads the numbers of a header: blanks and comments (# to the end of the line) between them.
class Header {
 public:
  Header(Bytes file, const std::string& name) : file_(file), name_(name) {}

  std::int64_t number() {
    while (at_ < file_.size() && (is_blank(file_[at_]) || file_[at_] == '#')) {
      if (file_[at_] == '#') {
        while (at_ < file_.size() && file_[at_] != '\n')
          ++at_;
      } else {
        ++at_;
      }
    }
    const std::size_t first = at_;
    std::int64_t value = 0;
    constexpr std::int64_t kEnough = 1'000'000;  // more is refused anyhow
    for (; at_ < file_.size() && file_[at_] >= '0' && file_[at_] <= '9'; ++at_)
      value = std::min<std::int64_t>(value * 10 + (file_[at_] - '0'), kEnough);
    if (at_ == first) fail_damaged("expected a number in its header");
    return value;
  }

  /// What follows the one blank after the header.
  Bytes rest() {
    if (at_ >= file_.size() || !is_blank(file_[at_])) fail_damaged("ends within its header");
    return file_.subspan(at_ + 1);
  }

  [[noreturn]] void fail_damaged(std::string_view what) const {
    fail(ErrorCode::invalid_data, "{}: damaged PPM or PGM: {} (at byte {}); get it again", name_,
         what, at_);
  }

 private:
  Bytes file_;
  const std::string& name_;
  std::size_t at_ = 2;  // behind "P5" or "P6"
};

}  // namespace

bool is_portable_pixmap(Bytes file) {
  return file.size() >= 3 && file[0] == 'P' && (file[1] == '5' || file[1] == '6') &&
         (is_blank(file[2]) || file[2] == '#');
}

Picture decode_portable_pixmap(Bytes file, const std::string& name) {
  Header header(file, name);
  const std::int32_t channels = file[1] == '6' ? 3 : 1;
  const std::int64_t width = header.number();
  const std::int64_t height = header.number();
  check_dimensions(width, height, name);
  const std::int64_t largest = header.number();
  if (largest < 1 || largest > 255) {
    fail(ErrorCode::invalid_data, "{}: its largest value is {}; expected 1 to 255; convert it",
         name, largest);
  }
  const Bytes values = header.rest();
  const std::int64_t expected = width * height * channels;
  if (std::cmp_not_equal(values.size(), expected)) {
    fail(ErrorCode::invalid_data, "{}: {} bytes of pixels; expected {} × {} × {}; get it again",
         name, with_thousands(static_cast<std::int64_t>(values.size())), width, height, channels);
  }
  std::vector<std::uint8_t> rows(values.begin(), values.end());
  for (std::uint8_t& value : rows) {
    if (value > largest) {
      fail(ErrorCode::invalid_data, "{}: a value {} beyond its largest, {}; get it again", name,
           value, largest);
    }
    value = static_cast<std::uint8_t>((value * 510 + largest) / (2 * largest));  // rounded
  }
  return picture_of_rows(channels, static_cast<std::int32_t>(height),
                         static_cast<std::int32_t>(width), std::move(rows));
}

}  // namespace ecnas::train
