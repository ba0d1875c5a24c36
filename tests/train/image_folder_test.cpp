#include <gtest/gtest.h>

#include <string>

#include "ecnas/train/images.hpp"
#include "made_up_images.hpp"
#include "support/data.hpp"
#include "support/expect_error.hpp"
#include "support/temporary_tree.hpp"
#include "train/area_scaling.hpp"

namespace ecnas::train {
namespace {

namespace fs = std::filesystem;
using ecnas::testing::data_file;
using ecnas::testing::expect_error;
using namespace testing;

class ImageFolder : public ::testing::Test {
 protected:
  void expect_invalid(const std::string& part, const std::string& path = "f",
                      const ReadImagesOptions& options = {}) const {
    expect_error(ErrorCode::invalid_data, part,
                 [&] { std::ignore = read_images(tree_.at(path), options); });
  }

  ecnas::testing::TemporaryTree tree_;
};

TEST_F(ImageFolder, HasAClassAFolderInTheOrderOfNames) {
  tree_.write("f/dog/2.png", png_of(noise(3, 4, 4, 1)));
  tree_.write("f/dog/10.ppm", ppm_of(noise(3, 4, 4, 2)));
  tree_.write("f/cat/a.JPG", jpeg_of(noise(3, 4, 4, 3)));
  tree_.write("f/cat/.hidden", "not looked at");
  tree_.write("f/readme.txt", "not looked at");
  const ImageSet images = read_images(tree_.at("f"));
  EXPECT_EQ(images.layout, ImageLayout::folder);
  EXPECT_EQ(images.name, "f");
  EXPECT_EQ(images.classes, 2);
  EXPECT_EQ(images.class_names, (std::vector<std::string>{"cat", "dog"}));
  EXPECT_EQ(images.labels, (std::vector<std::uint16_t>{0, 1, 1}));
  EXPECT_FALSE(images.has_published_test());
  EXPECT_TRUE(std::ranges::equal(images.image(1), noise(3, 4, 4, 2).pixels));
  EXPECT_TRUE(std::ranges::equal(images.image(2), noise(3, 4, 4, 1).pixels));
}

TEST_F(ImageFolder, MayHaveATestPartBesideTheTrainingPart) {
  for (const std::string part : {"train", "test"}) {
    for (const std::string name : {"/a", "/b"})
      tree_.write("f/" + part + name + "/1.pgm", ppm_of(noise(1, 2, 2, name.size())));
  }
  const ImageSet images = read_images(tree_.at("f"));
  EXPECT_EQ(images.labels, (std::vector<std::uint16_t>{0, 1, 0, 1}));
  EXPECT_EQ(images.test_begin, 2U);
  tree_.write("f/test/c/1.pgm", ppm_of(noise(1, 2, 2, 1)));
  expect_invalid("not the class folders of");
}

TEST_F(ImageFolder, IsGreyIfAllItsPicturesAre) {
  tree_.write("f/a/1.png", png_of(noise(1, 2, 2, 1)));
  tree_.write("f/b/1.png", png_of(noise(1, 2, 2, 2)));
  EXPECT_EQ(read_images(tree_.at("f")).channels, 1);
  tree_.write("f/b/2.png", png_of(noise(3, 2, 2, 3)));
  const ImageSet images = read_images(tree_.at("f"));
  ASSERT_EQ(images.channels, 3);
  const Picture grey = noise(1, 2, 2, 1);
  for (std::size_t i = 0; i < 12; ++i)
    EXPECT_EQ(images.image(0)[i], grey.pixels[i % 4]);
}

TEST_F(ImageFolder, IsBroughtToOneSizeWhateverTheNumberOfThreads) {
  tree_.write("f/a/1.png", png_of(noise(3, 9, 5, 1)));
  tree_.write("f/a/2.png", png_of(noise(3, 4, 4, 2)));
  tree_.write("f/b/1.png", png_of(noise(3, 20, 30, 3)));
  const ImageSet images = read_images(tree_.at("f"), {.image_size = 4, .threads = 1});
  EXPECT_TRUE(std::ranges::equal(images.image(0), square_of(noise(3, 9, 5, 1), 4).pixels));
  EXPECT_TRUE(std::ranges::equal(images.image(1), noise(3, 4, 4, 2).pixels));
  EXPECT_EQ(read_images(tree_.at("f"), {.image_size = 4, .threads = 3}).pixels, images.pixels);
  expect_invalid("f/a/1.png: 5 × 9 pixels; expected 5 × 5");
}

TEST_F(ImageFolder, HoldsTheSameImagesAsAFileOfCifar) {
  ECNAS_NEEDS_DATA("flowers10-cifar-format");
  const ImageSet flowers = read_images(data_file("flowers10-cifar-format"));
  for (std::size_t i = 0; i < flowers.size(); ++i) {
    const std::string& folder = flowers.class_names.at(flowers.labels[i]);
    const Picture picture{.channels = 3,
                          .height = 32,
                          .width = 32,
                          .pixels = {flowers.image(i).begin(), flowers.image(i).end()}};
    // A name that has nothing to do with the order in the files.
    tree_.write(fmt::format("f/{}/{:03}.png", folder, i * 7 % 800), png_of(picture));
  }
  const ImageSet images = read_images(tree_.at("f"));
  EXPECT_EQ(images.size(), flowers.size());
  EXPECT_EQ(images.checksum, flowers.checksum);
  EXPECT_NE(images.pixels, flowers.pixels);
  tree_.write("f/flower_0/000.png", png_of(noise(3, 32, 32, 1)));
  EXPECT_NE(read_images(tree_.at("f")).checksum, flowers.checksum);
}

TEST_F(ImageFolder, IsRefusedWhereSomethingElseLiesInIt) {
  tree_.write("f/a/1.png", png_of(noise(3, 4, 4, 1)));
  expect_invalid("1 folders of classes; expected 2");
  fs::create_directory(tree_.at("f/b"));
  expect_invalid("f/b: no pictures of this class");
  tree_.write("f/b/notes.txt", "hello");
  expect_invalid("f/b/notes.txt: is no picture of a known format");
  tree_.remove("f/b/notes.txt");
  tree_.write("f/b/c/1.png", png_of(noise(3, 4, 4, 1)));
  expect_invalid("f/b/c: expected pictures in a class folder, and nothing else");
  tree_.remove("f/b/c");
  tree_.write("f/b/cut.png", png_of(noise(3, 4, 4, 1)).substr(0, 60));
  expect_invalid("f/b/cut.png: damaged PNG", "f", {.image_size = 4, .threads = 2});
}

}  // namespace
}  // namespace ecnas::train
