// Image files of any kind from any bytes: refused with invalid_data, or what is read makes sense.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <string_view>

#include "ecnas/core/error.hpp"
#include "train/cifar.hpp"
#include "train/idx.hpp"
#include "train/picture.hpp"

namespace {

using namespace ecnas;
using train::Bytes;

void check(bool makes_sense) {
  if (!makes_sense) std::abort();
}

void try_to_read(const std::function<void()>& read) {
  try {
    read();
  } catch (const Error& error) {
    check(error.code() == ErrorCode::invalid_data);
  }
}

void read_idx(Bytes file) {
  const train::IdxFile idx = train::parse_idx(file, "fuzz");
  check(train::idx_kind(file) == idx.kind);
  check(idx.count > 0 && idx.values.size() == std::size_t{idx.count} * idx.height * idx.width);
}

/// A record is 3,073 bytes, more than fuzzing likes: the rest is filled up with zeros.
void read_cifar(Bytes file) {
  std::vector<std::uint8_t> whole(file.begin(), file.end());
  whole.resize((file.size() / train::kCifarRecord + 1) * train::kCifarRecord);
  train::ImageSet images{.channels = 3, .height = 32, .width = 32, .classes = 10};
  train::append_cifar(whole, "fuzz", images);
  check(images.pixels.size() == images.size() * images.image_bytes());
  for (const std::uint16_t label : images.labels)
    check(label < images.classes);
}

void read_picture(Bytes file) {
  const train::Picture picture = train::decode_picture(file, "fuzz");
  check(picture.channels == 1 || picture.channels == 3);
  check(picture.height >= 1 && picture.width >= 1);
  check(picture.pixels.size() == static_cast<std::size_t>(picture.channels) *
                                     static_cast<std::size_t>(picture.height) *
                                     static_cast<std::size_t>(picture.width));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes file(data, size);
  try_to_read([&] { read_idx(file); });
  try_to_read([&] { read_cifar(file); });
  try_to_read([&] { read_picture(file); });
  try_to_read([&] {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check(train::parse_class_names(text, "fuzz").size() >= 2);
  });
  return 0;
}
