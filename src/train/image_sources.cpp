#include <array>
#include <optional>

#include "ecnas/core/error.hpp"
#include "ecnas/train/images.hpp"
#include "train/image_files.hpp"
#include "train/known_sets.hpp"

namespace ecnas::train {
namespace {

namespace fs = std::filesystem;

/// A folder in which a set is commonly found.
struct CommonFolder {
  const char* folder;
  const char* name;
};
constexpr std::array<CommonFolder, 9> kCommonFolders = {{
    {"cifar-10-batches-bin", kCifar10},
    {"cifar-10", kCifar10},
    {"cifar10", kCifar10},
    {"fashion-mnist", kFashionMnist},
    {"fashion_mnist", kFashionMnist},
    {"FashionMNIST/raw", kFashionMnist},
    {"mnist", kMnist},
    {"MNIST/raw", kMnist},
    {"flowers10-cifar-format", "flowers10-cifar-format"},
}};

std::optional<ImageLayout> layout_of(const fs::path& folder) {
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored)) return std::nullopt;
  try {
    return find_image_files(folder).layout;
  } catch (const Error&) {
    return std::nullopt;  // not a set of images, or not ours to read: it is not what is looked for
  }
}

}  // namespace

std::vector<ImageSource> find_image_data(std::span<const fs::path> places) {
  std::vector<ImageSource> found;
  for (const CommonFolder& common : kCommonFolders) {
    for (const fs::path& place : places) {
      const bool is_itself = place.filename() == common.folder;
      const fs::path folder = is_itself ? place : place / common.folder;
      if (const std::optional<ImageLayout> layout = layout_of(folder))
        found.push_back({.path = folder, .layout = *layout, .name = common.name});
    }
  }
  return found;
}

}  // namespace ecnas::train
