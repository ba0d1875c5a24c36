#include "train/image_files.hpp"

#include <algorithm>
#include <fstream>
#include <optional>
#include <string_view>
#include <system_error>

#include "ecnas/core/error.hpp"
#include "ecnas/core/file.hpp"
#include "train/cifar.hpp"
#include "train/idx.hpp"
#include "train/picture.hpp"

namespace ecnas::train {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kClassNames = "batches.meta.txt";
constexpr std::size_t kMaxClassNames = 1 << 16;       // bytes of that file
constexpr std::size_t kBeginning = 8 * kCifarRecord;  // bytes by which a file is recognised

enum class FileKind { other, picture, cifar, idx_images, idx_labels };

std::string beginning_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string beginning(kBeginning, '\0');
  stream.read(beginning.data(), static_cast<std::streamsize>(beginning.size()));
  beginning.resize(static_cast<std::size_t>(stream.gcount()));
  if (!stream.eof() && stream.fail())
    fail(ErrorCode::io_failure, "{}: cannot be read; check its permissions", file.string());
  return beginning;
}

FileKind kind_by_name(const std::string& name) {
  if (name.ends_with(".bin")) return FileKind::cifar;
  if (name.find("ubyte") == std::string::npos) return FileKind::other;
  return name.find("labels") == std::string::npos ? FileKind::idx_images : FileKind::idx_labels;
}

FileKind kind_of(const fs::path& file, std::int32_t classes) {
  const std::string beginning = beginning_of(file);
  const Bytes bytes = bytes_of(beginning);
  if (const auto idx = idx_kind(bytes))
    return *idx == IdxKind::images ? FileKind::idx_images : FileKind::idx_labels;
  if (is_jpeg(bytes) || is_png(bytes) || is_portable_pixmap(bytes)) return FileKind::picture;
  std::error_code error;
  const std::uintmax_t size = fs::file_size(file, error);
  if (!error && is_cifar(bytes, size, classes)) return FileKind::cifar;
  return kind_by_name(file.filename().string());
}

struct KnownFile {
  fs::path path;
  FileKind kind = FileKind::other;
};

bool holds(const std::vector<KnownFile>& files, FileKind kind) {
  return std::ranges::any_of(files, [&](const KnownFile& file) { return file.kind == kind; });
}

bool is_test_name(const fs::path& file) {
  const std::string name = file.filename().string();
  return name.starts_with("test") || name.starts_with("t10k");
}

bool is_train_name(const fs::path& file) {
  return file.filename().string().starts_with("train");
}

/// In the order of data_batch_1.bin, …, data_batch_10.bin: shorter names first.
bool in_order(const fs::path& a, const fs::path& b) {
  const std::string first = a.filename().string();
  const std::string second = b.filename().string();
  return first.size() != second.size() ? first.size() < second.size() : first < second;
}

void sort_cifar(const std::vector<KnownFile>& files, ImageFiles& result) {
  for (const KnownFile& file : files) {
    if (file.kind == FileKind::cifar)
      (is_test_name(file.path) ? result.test : result.train).push_back(file.path);
  }
  std::ranges::sort(result.train, in_order);
  std::ranges::sort(result.test, in_order);
}

/// The one file of a kind and part, or nothing. A file beside which its gzip lies stands for both.
std::optional<fs::path> idx_file(const std::vector<KnownFile>& files, FileKind kind, bool is_test) {
  std::optional<fs::path> found;
  for (const KnownFile& file : files) {
    if (file.kind != kind || is_test_name(file.path) != is_test) continue;
    if (!is_test && !is_train_name(file.path)) {
      fail(ErrorCode::invalid_data,
           "{}: neither of a training nor of a test part by its name; expected train-… or t10k-…",
           file.path.string());
    }
    if (found && file.path.string() == found->string() + ".gz") continue;
    if (found) {
      fail(ErrorCode::invalid_data, "{}: holds the same as {} by content and name; remove one",
           file.path.string(), found->filename().string());
    }
    found = file.path;
  }
  return found;
}

void sort_idx(const fs::path& folder, const std::vector<KnownFile>& files, ImageFiles& result) {
  for (const bool is_test : {false, true}) {
    const auto images = idx_file(files, FileKind::idx_images, is_test);
    const auto labels = idx_file(files, FileKind::idx_labels, is_test);
    if (!images && !labels && is_test) continue;
    if (!images || !labels) {
      const std::string_view part = is_test ? "t10k" : "train";
      fail(ErrorCode::invalid_data, "{}: no file {}-{}-ubyte[.gz] in it; get it again",
           folder.string(), part, images ? "labels-idx1" : "images-idx3");
    }
    (is_test ? result.test : result.train) = {*images, *labels};
  }
}

void sort_folders(const fs::path& root, const std::vector<fs::path>& folders, ImageFiles& result) {
  const bool has_parts =
      folders.size() == 2 && folders[0].filename() == "test" && folders[1].filename() == "train";
  if (!has_parts) {
    result.train = {root};
  } else {
    result.train = {folders[1]};
    result.test = {folders[0]};
  }
}

[[noreturn]] void fail_without_images(const fs::path& folder, std::string_view what) {
  fail(
      ErrorCode::invalid_data,
      "{}: {}; expected CIFAR's data_batch_*.bin, pairs of IDX files (train-images-idx3-ubyte[.gz] "
      "and so on), or a folder of pictures for each class",
      folder.string(), what);
}

struct Listing {
  std::vector<KnownFile> files;
  std::vector<fs::path> folders;
};

/// @param classes  that labels of a CIFAR file have
Listing list_folder(const fs::path& folder, std::int32_t classes) {
  Listing listing;
  const std::vector<fs::path> entries = entries_of(folder);
  if (entries.empty()) fail_without_images(folder, "is empty");
  for (const fs::path& entry : entries) {
    const fs::file_type type = type_of(entry);
    if (type == fs::file_type::directory) listing.folders.push_back(entry);
    if (type != fs::file_type::regular || entry.filename() == kClassNames) continue;
    listing.files.push_back({.path = entry, .kind = kind_of(entry, classes)});
  }
  return listing;
}

ImageFiles files_in_folder(const fs::path& folder, std::optional<ImageLayout> wanted) {
  ImageFiles result;
  const fs::path names = folder / kClassNames;
  if (type_of(names) == fs::file_type::regular)
    result.class_names = parse_class_names(read_file(names, kMaxClassNames), names.string());
  const auto classes = result.class_names.empty()
                           ? kCifarClasses
                           : static_cast<std::int32_t>(result.class_names.size());
  const auto [files, folders] = list_folder(folder, classes);
  const auto may_be = [&](ImageLayout layout) { return wanted.value_or(layout) == layout; };
  const bool has_idx = may_be(ImageLayout::idx) &&
                       (holds(files, FileKind::idx_images) || holds(files, FileKind::idx_labels));
  const bool has_cifar = may_be(ImageLayout::cifar) && holds(files, FileKind::cifar);
  if (has_idx && has_cifar) fail_without_images(folder, "holds both CIFAR and IDX files");
  if (has_idx) {
    result.layout = ImageLayout::idx;
    sort_idx(folder, files, result);
  } else if (has_cifar) {
    result.layout = ImageLayout::cifar;
    sort_cifar(files, result);
    if (result.train.empty()) fail_without_images(folder, "holds a test part only");
  } else if (may_be(ImageLayout::folder) && !folders.empty()) {
    result.layout = ImageLayout::folder;
    sort_folders(folder, folders, result);
  } else if (wanted) {
    fail_without_images(folder,
                        fmt::format("no images of layout '{}' in it", layout_name(*wanted)));
  } else {
    fail_without_images(folder, holds(files, FileKind::picture)
                                    ? "pictures lie in it, but in no folders of classes"
                                    : "no images in it");
  }
  return result;
}

/// Parts in the order of an `ImageSet`: calls `read` for each file and notes where the test begins.
template <typename Read>
void read_parts(const ImageFiles& files, ImageSet& images, Read&& read) {
  read(files.train);
  images.test_begin = images.size();
  if (files.test.empty()) return;
  read(files.test);
}

void append_idx(const std::vector<fs::path>& pair, ImageSet& images) {
  const std::string image_name = pair[0].string();
  const std::string label_name = pair[1].string();
  const IdxFile pictures = parse_idx(bytes_of(read_file(pair[0], kMaxBytes)), image_name);
  const IdxFile labels = parse_idx(bytes_of(read_file(pair[1], kMaxBytes)), label_name);
  if (pictures.count != labels.count) {
    fail(ErrorCode::invalid_data, "{}: {} labels of {} images ({}); get both again", label_name,
         labels.count, pictures.count, pair[0].filename().string());
  }
  const auto height = static_cast<std::int32_t>(pictures.height);
  const auto width = static_cast<std::int32_t>(pictures.width);
  if (!images.labels.empty() && (images.height != height || images.width != width)) {
    fail(ErrorCode::invalid_data,
         "{}: images of {} × {}; those of the training part are {} × {}; they are of two sets",
         image_name, height, width, images.height, images.width);
  }
  images.height = height;
  images.width = width;
  for (std::size_t i = 0; i < labels.values.size(); ++i) {
    const auto label = static_cast<std::uint8_t>(labels.values[i]);
    if (label >= images.classes) {
      fail(ErrorCode::invalid_data, "{}: label {} is {}; expected 0 to {}; get it again",
           label_name, i, label, images.classes - 1);
    }
    images.labels.push_back(label);
  }
  images.pixels.insert(images.pixels.end(), pictures.values.begin(), pictures.values.end());
}

}  // namespace

std::vector<fs::path> entries_of(const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (!entry->path().filename().string().starts_with('.')) entries.push_back(entry->path());
  }
  if (error) {
    fail(ErrorCode::io_failure, "{}: cannot be read: {}", folder.string(), error.message());
  }
  std::ranges::sort(entries);
  return entries;
}

fs::file_type type_of(const fs::path& path) {
  std::error_code error;
  const fs::file_type type = fs::status(path, error).type();
  if (error && type != fs::file_type::not_found)
    fail(ErrorCode::io_failure, "{}: cannot be read: {}", path.string(), error.message());
  return type;
}

ImageFiles find_image_files(const fs::path& path, std::optional<ImageLayout> wanted) {
  const fs::file_type type = type_of(path);
  if (type == fs::file_type::not_found)
    fail(ErrorCode::not_found, "{}: no such file or folder; check the path", path.string());
  if (type == fs::file_type::directory) return files_in_folder(path, wanted);
  if (type != fs::file_type::regular)
    fail(ErrorCode::invalid_data, "{}: neither a file nor a folder", path.string());
  if (wanted.value_or(ImageLayout::cifar) == ImageLayout::cifar &&
      kind_of(path, kCifarClasses) == FileKind::cifar)
    return {.layout = ImageLayout::cifar, .train = {path}, .test = {}, .class_names = {}};
  fail(
      ErrorCode::invalid_data,
      "{}: no CIFAR file (records of 3,073 bytes); of IDX files and pictures, give the folder that "
      "holds them all",
      path.string());
}

ImageSet read_cifar_files(const ImageFiles& files) {
  ImageSet images;
  images.layout = ImageLayout::cifar;
  images.channels = kCifarChannels;
  images.height = images.width = kCifarSide;
  images.class_names = files.class_names;
  images.classes = files.class_names.empty() ? kCifarClasses
                                             : static_cast<std::int32_t>(files.class_names.size());
  read_parts(files, images, [&](const std::vector<fs::path>& part) {
    for (const fs::path& file : part)
      append_cifar(bytes_of(read_file(file, kMaxBytes)), file.string(), images);
  });
  return images;
}

ImageSet read_idx_files(const ImageFiles& files) {
  constexpr std::int32_t kClasses = 10;  // as in MNIST and Fashion-MNIST; the format does not say
  ImageSet images;
  images.layout = ImageLayout::idx;
  images.channels = 1;
  images.classes = kClasses;
  read_parts(files, images, [&](const std::vector<fs::path>& pair) { append_idx(pair, images); });
  return images;
}

}  // namespace ecnas::train
