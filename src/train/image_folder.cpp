#include "train/image_folder.hpp"

#include <algorithm>

#include "ecnas/core/error.hpp"
#include "ecnas/core/file.hpp"
#include "ecnas/core/parallel.hpp"
#include "ecnas/core/printable.hpp"
#include "ecnas/core/text.hpp"
#include "train/area_scaling.hpp"

namespace ecnas::train {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxPictureBytes = 256'000'000;  // of a picture's file

struct LabelledFile {
  fs::path path;
  std::uint16_t label = 0;
};

std::vector<std::string> class_folders(const fs::path& root) {
  std::vector<std::string> names;
  for (const fs::path& entry : entries_of(root)) {
    if (type_of(entry) == fs::file_type::directory) names.push_back(entry.filename().string());
  }
  if (names.size() < 2 || names.size() > std::size_t{kMaxClasses}) {
    fail(ErrorCode::invalid_data,
         "{}: {} folders of classes; expected 2 to {}, each with the pictures of a class",
         root.string(), names.size(), kMaxClasses);
  }
  return names;
}

void list_pictures(const fs::path& root, const std::vector<std::string>& classes,
                   std::vector<LabelledFile>& files) {
  for (std::size_t label = 0; label < classes.size(); ++label) {
    const fs::path folder = root / classes[label];
    const std::vector<fs::path> entries = entries_of(folder);
    if (entries.empty()) {
      fail(ErrorCode::invalid_data, "{}: no pictures of this class; add some or remove the folder",
           folder.string());
    }
    for (const fs::path& entry : entries) {
      if (type_of(entry) != fs::file_type::regular) {
        fail(ErrorCode::invalid_data,
             "{}: expected pictures in a class folder, and nothing else (or folders 'train' and "
             "'test' with class folders in them, and no third)",
             entry.string());
      }
      files.push_back({.path = entry, .label = static_cast<std::uint16_t>(label)});
    }
  }
}

Picture read_picture(const fs::path& file) {
  return decode_picture(bytes_of(read_file(file, kMaxPictureBytes)), file.string());
}

/// Side in pixels: the one asked for, else that of the first picture.
std::int32_t common_side(const fs::path& first, std::int32_t asked) {
  return asked != 0 ? asked : read_picture(first).width;
}

Picture fitted(Picture picture, const fs::path& file, std::int32_t side, bool may_scale) {
  if (picture.height == side && picture.width == side) return picture;
  if (may_scale) return square_of(picture, side);
  fail(ErrorCode::invalid_data,
       "{}: {} × {} pixels; expected {} × {} as the first picture's width says; give an image size "
       "to which all are brought",
       file.string(), picture.width, picture.height, side, side);
}

std::vector<Picture> read_pictures(const std::vector<LabelledFile>& files, std::int32_t side,
                                   const ReadImagesOptions& options) {
  constexpr std::uint64_t kChannels = 3;
  const auto length = static_cast<std::uint64_t>(side);
  if (files.size() > kMaxBytes / (kChannels * length * length)) {
    fail(ErrorCode::invalid_data,
         "{} pictures of {} × {} need more than {} bytes; give a smaller image size", files.size(),
         side, side, with_thousands(static_cast<std::int64_t>(kMaxBytes)));
  }
  std::vector<Picture> pictures(files.size());
  parallel_for(files.size(), options.threads, [&](std::size_t i) {
    const fs::path& file = files[i].path;
    pictures[i] = fitted(read_picture(file), file, side, options.image_size != 0);
  });
  return pictures;
}

void append(const Picture& picture, ImageSet& images) {
  for (std::int32_t repeat = 0; repeat < images.channels / picture.channels; ++repeat)
    images.pixels.insert(images.pixels.end(), picture.pixels.begin(), picture.pixels.end());
}

}  // namespace

ImageSet read_image_folder(const ImageFiles& files, const ReadImagesOptions& options) {
  const std::vector<std::string> classes = class_folders(files.train.front());
  std::vector<LabelledFile> pictures;
  list_pictures(files.train.front(), classes, pictures);
  ImageSet images;
  images.layout = ImageLayout::folder;
  images.test_begin = pictures.size();
  if (!files.test.empty()) {
    if (class_folders(files.test.front()) != classes) {
      fail(ErrorCode::invalid_data, "{}: not the class folders of {}; give both parts the same",
           files.test.front().string(), files.train.front().string());
    }
    list_pictures(files.test.front(), classes, pictures);
  }
  images.classes = static_cast<std::int32_t>(classes.size());
  for (const std::string& name : classes)
    images.class_names.push_back(printable(name));
  images.height = images.width = common_side(pictures.front().path, options.image_size);
  const std::vector<Picture> decoded = read_pictures(pictures, images.width, options);
  const auto is_grey = [](const Picture& picture) { return picture.channels == 1; };
  images.channels = std::ranges::all_of(decoded, is_grey) ? 1 : 3;
  images.pixels.reserve(decoded.size() * images.image_bytes());
  for (std::size_t i = 0; i < decoded.size(); ++i) {
    images.labels.push_back(pictures[i].label);
    append(decoded[i], images);
  }
  return images;
}

}  // namespace ecnas::train
