#include "ecnas/train/images.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>

#include "ecnas/core/file.hpp"
#include "made_up_images.hpp"
#include "support/data.hpp"
#include "support/expect_error.hpp"
#include "support/temporary_tree.hpp"
#include "support/without_privileges.hpp"

namespace ecnas::train {
namespace {

namespace fs = std::filesystem;
using ecnas::testing::data_file;
using ecnas::testing::expect_error;
using ecnas::testing::TemporaryTree;
using ecnas::testing::WithoutPrivileges;
using namespace testing;

const fs::path kFashionMnist = "/usr/share/datasets/fashion-mnist";  // Debian's package
#define ECNAS_NEEDS_FASHION_MNIST()                                                    \
  do {                                                                                 \
    if (!fs::exists(kFashionMnist)) {                                                  \
      GTEST_SKIP() << "needs " << kFashionMnist << " (package dataset-fashion-mnist)"; \
    }                                                                                  \
  } while (false)

std::vector<std::size_t> counts(const ImageSet& images, std::size_t begin, std::size_t end) {
  std::vector<std::size_t> result(static_cast<std::size_t>(images.classes));
  for (std::size_t i = begin; i < end; ++i)
    ++result[images.labels[i]];
  return result;
}

std::string bytes(std::size_t count, std::uint64_t seed) {
  return text_of(noise(1, 1, static_cast<std::int32_t>(count), seed).pixels);
}

/// Five training images and two test images of 3 × 2.
void write_idx(const TemporaryTree& tree, const std::string& folder = "idx") {
  tree.write(folder + "/train-images-idx3-ubyte", idx_images(5, 3, 2, bytes(30, 1)));
  tree.write(folder + "/train-labels-idx1-ubyte", idx_labels(std::string("\0\1\2\3\11", 5)));
  tree.write(folder + "/t10k-images-idx3-ubyte.gz", gzipped(idx_images(2, 3, 2, bytes(12, 2))));
  tree.write(folder + "/t10k-labels-idx1-ubyte.gz", gzipped(idx_labels("\4\5")));
}

// --- published sets ------------------------------------------------------------------------------

TEST(Images, OfFashionMnistAreRecognisedByWhatTheyAre) {
  ECNAS_NEEDS_FASHION_MNIST();
  const ImageSet images = read_images(kFashionMnist);
  EXPECT_EQ(images.name, "Fashion-MNIST");
  EXPECT_EQ(images.checksum, "38bb8521856da9646ddd9f63146ac697");
  EXPECT_EQ(images.layout, ImageLayout::idx);
  EXPECT_EQ(images.size(), 70'000U);
  EXPECT_EQ(images.test_begin, 60'000U);
  EXPECT_EQ(images.image_bytes(), 28U * 28U);
  EXPECT_EQ(images.pixels.size(), images.size() * images.image_bytes());
  EXPECT_EQ(images.class_names.at(9), "Ankle boot");
  EXPECT_EQ(images.labels[0], 9);  // the first picture of the training part, as its page shows it
  EXPECT_EQ(counts(images, 0, 60'000), std::vector<std::size_t>(10, 6000));
  EXPECT_EQ(counts(images, 60'000, 70'000), std::vector<std::size_t>(10, 1000));
  // What its users normalise by: mean 0.2860, deviation 0.3530 over the 60,000.
  std::vector<std::uint32_t> training(60'000);
  std::iota(training.begin(), training.end(), 0U);
  const ChannelStatistics statistics = channel_statistics(images, training);
  EXPECT_NEAR(statistics.mean.at(0), 0.2860, 5e-5);  // of four published digits
  EXPECT_NEAR(statistics.standard_deviation.at(0), 0.3530, 5e-5);
}

TEST(Images, OfFlowersAreReadFromTheFormatOfCifar) {
  ECNAS_NEEDS_DATA("flowers10-cifar-format");
  const ImageSet images = read_images(data_file("flowers10-cifar-format"));
  EXPECT_EQ(images.name, "flowers10-cifar-format");
  EXPECT_EQ(images.checksum, "b7b91fbf2287b9a3c1c6f842b2983a47");
  EXPECT_EQ(images.layout, ImageLayout::cifar);
  EXPECT_EQ(images.size(), 800U);
  EXPECT_EQ(images.test_begin, 600U);
  EXPECT_EQ(images.class_names.at(3), "flower_3");
  EXPECT_EQ((std::array{images.channels, images.height, images.width, images.classes}),
            (std::array{3, 32, 32, 10}));
  const std::string second = read_file(data_file("flowers10-cifar-format/data_batch_2.bin"));
  EXPECT_EQ(images.labels[120], second[0]);
  EXPECT_EQ(images.image(120)[0], static_cast<std::uint8_t>(second[1]));
}

TEST(Images, OfOneCifarFileAreASetWithoutTestPart) {
  const TemporaryTree tree;
  tree.write("ten.data",
             cifar_record(3, noise(3, 32, 32, 1)) + cifar_record(9, noise(3, 32, 32, 2)));
  const ImageSet images = read_images(tree.at("ten.data"));
  EXPECT_EQ(images.name, "ten.data");
  EXPECT_EQ(images.labels, (std::vector<std::uint16_t>{3, 9}));
  EXPECT_FALSE(images.has_published_test());
  EXPECT_TRUE(std::ranges::equal(images.image(1), noise(3, 32, 32, 2).pixels));
}

TEST(Images, OfCifarComeInTheOrderOfTheBatchesAndTestLast) {
  const TemporaryTree tree;
  const auto write = [&](const std::string& file, int label) {
    tree.write("c/" + file, cifar_record(label, noise(3, 32, 32, 1)));
  };
  write("data_batch_2.bin", 2);
  write("data_batch_10.bin", 4);
  write("data_batch_1.bin", 1);
  write("test_batch.bin", 0);
  tree.write("c/readme.html", "<html>");
  const ImageSet images = read_images(tree.at("c/"));
  EXPECT_EQ(images.name, "c");
  EXPECT_EQ(images.labels, (std::vector<std::uint16_t>{1, 2, 4, 0}));
  EXPECT_EQ(images.test_begin, 3U);
}

TEST(Images, OfIdxFilesArePairsPackedOrNot) {
  const TemporaryTree tree;
  write_idx(tree);
  tree.write("idx/train-images-idx3-ubyte.gz", "not looked at: the file beside it is the same");
  const ImageSet images = read_images(tree.at("idx"));
  EXPECT_EQ(images.name, "idx");
  EXPECT_EQ(images.labels, (std::vector<std::uint16_t>{0, 1, 2, 3, 9, 4, 5}));
  EXPECT_EQ(images.test_begin, 5U);
  EXPECT_EQ((std::array{images.channels, images.height, images.width}), (std::array{1, 3, 2}));
  EXPECT_EQ(text_of(images.pixels), bytes(30, 1) + bytes(12, 2));
}

/// MNIST has these numbers of each digit; pictures of one pixel would do, if its size were not
/// known.
TEST(Images, WithTheDigitsOfMnistAreCalledMnist) {
  const std::array<std::size_t, 10> train = {5923, 6742, 5958, 6131, 5842,
                                             5421, 5918, 6265, 5851, 5949};
  const std::array<std::size_t, 10> test = {980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009};
  const auto labels = [](const std::array<std::size_t, 10>& of) {
    std::string result;
    for (std::size_t digit = 0; digit < 10; ++digit)
      result += std::string(of[digit], static_cast<char>(digit));
    return result;
  };
  const TemporaryTree tree;
  const auto write = [&](const std::string& part, const std::string& digits) {
    const auto count = static_cast<std::uint32_t>(digits.size());
    tree.write("raw/" + part + "-labels-idx1-ubyte", idx_labels(digits));
    tree.write("raw/" + part + "-images-idx3-ubyte.gz",
               gzipped(idx_images(count, 28, 28, std::string(count * 28UL * 28UL, '\0'))));
  };
  write("train", labels(train));
  write("t10k", labels(test));
  EXPECT_EQ(read_images(tree.at("raw")).name, "MNIST");
  std::string changed = labels(test);
  changed[0] = 1;
  write("t10k", changed);
  EXPECT_EQ(read_images(tree.at("raw")).name, "raw");
}

// --- checksum ------------------------------------------------------------------------------------

TEST(ImageChecksum, DependsOnShapeLabelsAndPixelsAndNotOnOrder) {
  ImageSet images{.channels = 1,
                  .height = 2,
                  .width = 1,
                  .classes = 2,
                  .pixels = {1, 2, 3, 4, 5, 6},
                  .labels = {0, 1, 0}};
  const std::string checksum = image_checksum(images);
  EXPECT_EQ(checksum,
            "e1edc3f8bb6a0d979ae10952b9ad1ac2");  // any change of its definition shows here
  ImageSet turned = images;
  turned.pixels = {5, 6, 1, 2, 3, 4};
  turned.labels = {0, 0, 1};
  turned.test_begin = 1;
  EXPECT_EQ(image_checksum(turned), checksum);
  const auto expect_other = [&](auto change) {
    ImageSet other = images;
    change(other);
    EXPECT_NE(image_checksum(other), checksum);
  };
  expect_other([](ImageSet& other) { other.pixels[3] ^= 1; });
  expect_other([](ImageSet& other) { std::swap(other.labels[0], other.labels[1]); });
  expect_other([](ImageSet& other) { std::swap(other.pixels[0], other.pixels[2]); });
  expect_other([](ImageSet& other) { std::swap(other.height, other.width); });
  expect_other([](ImageSet& other) { other.classes = 3; });
}

// --- statistics ----------------------------------------------------------------------------------

TEST(ChannelStatistics, AreThoseOfTheImagesAskedFor) {
  // Channel 0: 0, 255 and 51, 204 in the images 0 and 2: mean 0.5; squares 0.25, 0.25, 0.09, 0.09.
  // Channel 1: 102 throughout: its deviation is said to be 1.
  const ImageSet images{.channels = 2,
                        .height = 1,
                        .width = 2,
                        .classes = 2,
                        .pixels = {0, 255, 102, 102, 7, 7, 7, 7, 51, 204, 102, 102},
                        .labels = {0, 1, 0}};
  const std::vector<std::uint32_t> indices = {2, 0};
  const ChannelStatistics statistics = channel_statistics(images, indices);
  EXPECT_DOUBLE_EQ(statistics.mean.at(0), 0.5);
  EXPECT_DOUBLE_EQ(statistics.mean.at(1), 0.4);
  EXPECT_DOUBLE_EQ(statistics.standard_deviation.at(0), std::sqrt(0.17));
  EXPECT_EQ(statistics.standard_deviation.at(1), 1);
  expect_error(ErrorCode::invalid_argument, "no images",
               [&] { std::ignore = channel_statistics(images, {}); });
}

TEST(ChannelStatistics, EqualSumsPixelByPixel) {
  ECNAS_NEEDS_DATA("flowers10-cifar-format");
  const ImageSet images = read_images(data_file("flowers10-cifar-format"));
  const std::vector<std::uint32_t> indices = {799, 3, 77, 401, 5};
  const ChannelStatistics statistics = channel_statistics(images, indices);
  for (std::size_t c = 0; c < 3; ++c) {
    std::vector<double> values;
    for (const std::uint32_t i : indices) {
      for (std::size_t k = 0; k < 1024; ++k)
        values.push_back(images.image(i)[c * 1024 + k] / 255.0);
    }
    const double n = static_cast<double>(values.size());
    const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
    double squares = 0;
    for (const double value : values)
      squares += (value - mean) * (value - mean);
    EXPECT_NEAR(statistics.mean[c], mean, 1e-12);  // rounding of 5,120 sums
    EXPECT_NEAR(statistics.standard_deviation[c], std::sqrt(squares / n), 1e-12);
  }
}

// --- layout --------------------------------------------------------------------------------------

TEST(Images, AreReadAsTheLayoutAskedFor) {
  const TemporaryTree tree;
  write_idx(tree, "f");
  tree.write("f/data_batch_1.bin", cifar_record(0, noise(3, 32, 32, 1)));
  tree.write("f/a/1.png", png_of(noise(3, 4, 4, 1)));
  tree.write("f/b/1.png", png_of(noise(3, 4, 4, 2)));
  const auto images = [&](ImageLayout layout) {
    return read_images(tree.at("f"), {.layout = layout}).size();
  };
  EXPECT_EQ(images(ImageLayout::cifar), 1U);
  EXPECT_EQ(images(ImageLayout::idx), 7U);
  EXPECT_EQ(images(ImageLayout::folder), 2U);
  expect_error(ErrorCode::invalid_data, "no images of layout 'idx' in it",
               [&] { std::ignore = read_images(tree.at("f/a"), {.layout = ImageLayout::idx}); });
  expect_error(ErrorCode::invalid_data, "no CIFAR file", [&] {
    std::ignore = read_images(tree.at("f/data_batch_1.bin"), {.layout = ImageLayout::idx});
  });
}

TEST(ImageLayouts, HaveNames) {
  for (const ImageLayout layout : {ImageLayout::cifar, ImageLayout::idx, ImageLayout::folder})
    EXPECT_EQ(layout_by_name(layout_name(layout)), layout);
  EXPECT_EQ(layout_name(ImageLayout::folder), "folder");
  EXPECT_FALSE(layout_by_name("auto"));
}

// --- size ----------------------------------------------------------------------------------------

TEST(Images, OfAnyLayoutAreBroughtToTheSizeAskedFor) {
  const TemporaryTree tree;
  tree.write("one.bin", cifar_record(0, noise(3, 32, 32, 1)));
  const ImageSet whole = read_images(tree.at("one.bin"));
  const ImageSet half = read_images(tree.at("one.bin"), {.image_size = 16});
  ASSERT_EQ(half.image_bytes(), 3U * 16U * 16U);
  ASSERT_EQ(half.pixels.size(), half.image_bytes());
  const auto at = [&](std::size_t y, std::size_t x) { return int{whole.pixels[y * 32 + x]}; };
  EXPECT_EQ(half.pixels[17], (at(2, 2) + at(2, 3) + at(3, 2) + at(3, 3) + 2) / 4);
  EXPECT_EQ(half.checksum, image_checksum(half));
  EXPECT_NE(half.checksum, whole.checksum);
  for (const std::int32_t size : {-1, 1025}) {
    expect_error(ErrorCode::invalid_argument, "image size",
                 [&] { std::ignore = read_images(tree.at("one.bin"), {.image_size = size}); });
  }
}

// --- finding -------------------------------------------------------------------------------------

TEST(ImageData, AreFoundInTheOrderOfPreference) {
  const TemporaryTree tree;
  write_idx(tree, "a/mnist");
  write_idx(tree, "a/FashionMNIST/raw");
  write_idx(tree, "b/fashion-mnist");
  tree.write("b/cifar-10-batches-bin/data_batch_1.bin", cifar_record(0, noise(3, 32, 32, 1)));
  tree.write("b/mnist/notes", "no images here");
  const std::vector<fs::path> places = {tree.at("nowhere"), tree.at("a"), tree.at("b"),
                                        tree.at("b/fashion-mnist")};
  std::vector<std::string> found;
  for (const ImageSource& source : find_image_data(places))
    found.push_back(source.name + " " + fs::relative(source.path, tree.root()).string());
  EXPECT_EQ(found, (std::vector<std::string>{"CIFAR-10 b/cifar-10-batches-bin",
                                             "Fashion-MNIST b/fashion-mnist",
                                             "Fashion-MNIST b/fashion-mnist",
                                             "Fashion-MNIST a/FashionMNIST/raw", "MNIST a/mnist"}));
  EXPECT_EQ(find_image_data(places).front().layout, ImageLayout::cifar);
  EXPECT_TRUE(find_image_data({}).empty());
}

TEST(ImageData, OfDebianAreFound) {
  ECNAS_NEEDS_FASHION_MNIST();
  const std::vector<fs::path> places = {"/usr/share/datasets"};
  const auto found = find_image_data(places);
  ASSERT_FALSE(found.empty());
  EXPECT_TRUE(std::ranges::any_of(
      found, [](const ImageSource& source) { return source.path == kFashionMnist; }));
}

// --- wrong input ---------------------------------------------------------------------------------

class WrongImages : public ::testing::Test {
 protected:
  void expect_refusal(ErrorCode code, const std::string& part, const std::string& path) const {
    expect_error(code, part, [&] { std::ignore = read_images(tree_.at(path)); });
  }
  void expect_invalid(const std::string& part, const std::string& path) const {
    expect_refusal(ErrorCode::invalid_data, part, path);
  }

  TemporaryTree tree_;
};

TEST_F(WrongImages, NothingIsThere) {
  expect_refusal(ErrorCode::not_found, "no such file or folder", "absent");
  fs::create_directory(tree_.at("empty"));
  expect_invalid("is empty; expected CIFAR", "empty");
  tree_.write("other/notes.txt", "hello");
  expect_invalid("no images in it; expected CIFAR", "other");
  tree_.write("flat/a.png", png_of(noise(3, 4, 4, 1)));
  expect_invalid("in no folders of classes", "flat");
  expect_invalid("give the folder that holds them all", "flat/a.png");
}

TEST_F(WrongImages, CannotBeRead) {
  tree_.write("one.bin", cifar_record(0, noise(3, 32, 32, 1)));
  fs::create_directory(tree_.at("closed"));
  fs::permissions(tree_.at("one.bin"), fs::perms::none);
  fs::permissions(tree_.at("closed"), fs::perms::none);
  tree_.write("blind/a/1.png", png_of(noise(3, 4, 4, 1)));
  fs::permissions(tree_.at("blind"), fs::perms::owner_read | fs::perms::others_read);
  const WithoutPrivileges nobody;
  expect_refusal(ErrorCode::io_failure, "cannot be read", "one.bin");
  expect_refusal(ErrorCode::io_failure, "cannot be read", "blind");  // names, but nothing more
  expect_refusal(ErrorCode::io_failure, "cannot be read", "closed");
}

TEST_F(WrongImages, CifarIsNotWhole) {
  const std::string record = cifar_record(1, noise(3, 32, 32, 1));
  tree_.write("c/data_batch_1.bin", record + "x");
  expect_invalid("c/data_batch_1.bin: holds 3,074 bytes; expected records of 3,073", "c");
  tree_.write("c/data_batch_1.bin", "");
  expect_invalid("holds 0 bytes", "c");
  tree_.write("c/data_batch_1.bin", record + cifar_record(10, noise(3, 32, 32, 1)));
  expect_invalid("record 1 has label 10; expected labels from 0 to 9", "c");
  tree_.write("c/data_batch_1.bin", record);
  tree_.write("c/batches.meta.txt", "only one\n\n");
  expect_invalid("batches.meta.txt: 1 names", "c");
  tree_.write("c/batches.meta.txt", "zero\none\n");
  EXPECT_EQ(read_images(tree_.at("c")).classes, 2);
  tree_.write("t/test_batch.bin", record);
  expect_invalid("holds a test part only", "t");
}

TEST_F(WrongImages, IdxFilesDoNotBelongTogether) {
  const auto expect_after = [&](const std::string& file, const std::string& content,
                                const std::string& part) {
    write_idx(tree_);
    tree_.write("idx/" + file, content);
    expect_invalid(part, "idx");
    tree_.remove("idx");
  };
  const std::string labels = "train-labels-idx1-ubyte";
  const std::string images = "train-images-idx3-ubyte";
  expect_after(labels, idx_labels("\1\2\3\4"), "4 labels of 5 images");
  expect_after(labels, idx_labels("\1\2\3\4\12"), "label 4 is 10; expected 0 to 9");
  expect_after(labels, "", "begins with 0 bytes in all; expected an IDX file");
  expect_after(labels, "no such thing", "begins with 0x6e6f2073; expected an IDX file");
  expect_after(images, idx_labels("\1\2\3\4\5"), "holds the same as");
  expect_after(images, idx_images(5, 2, 3, bytes(30, 1)), "images of 3 × 2");
  expect_after(images, idx_images(5, 3, 2, bytes(29, 1)), "holds 45 bytes");
  expect_after(images, idx_images(0, 3, 2, ""), "announces 0 × 3 × 2");
  expect_after("data_batch_1.bin", "x", "both CIFAR and IDX");
  expect_after("emnist-labels-idx1-ubyte", idx_labels("\1"), "neither of a training nor of a test");
  write_idx(tree_);
  tree_.remove("idx/t10k-labels-idx1-ubyte.gz");
  expect_invalid("no file t10k-labels-idx1-ubyte[.gz] in it", "idx");
  tree_.remove("idx/t10k-images-idx3-ubyte.gz");
  EXPECT_FALSE(read_images(tree_.at("idx")).has_published_test());
  tree_.remove("idx/train-images-idx3-ubyte");
  expect_invalid("no file train-images-idx3-ubyte[.gz] in it", "idx");
}

/// Headers that claim more than there is must not cost the memory they claim.
TEST_F(WrongImages, IdxHeadersClaimTooMuch) {
  tree_.write("b/train-labels-idx1-ubyte", idx_labels("\1"));
  const auto expect_refused = [&](std::string file, const std::string& part) {
    tree_.write("b/train-images-idx3-ubyte", file);
    expect_invalid(part, "b");
    tree_.write("b/train-images-idx3-ubyte", gzipped(std::move(file)));
    expect_invalid("b/train-images-idx3-ubyte", "b");
  };
  expect_refused(idx_images(0xffffffff, 0xffffffff, 0xffffffff, ""), "announces 4294967295 ×");
  expect_refused(idx_images(400'000, 100, 100, ""), "announces 400000 × 100 × 100");
  expect_refused(idx_images(1, 1, 100'000, ""), "announces 1 × 1 × 100000");
  expect_refused(idx_images(800'000, 100, 100, ""), "holds 16 bytes");
  tree_.write("b/train-images-idx3-ubyte", gzipped(idx_images(800'000, 100, 100, "")));
  expect_invalid("compressed bytes can hold", "b");
}

}  // namespace
}  // namespace ecnas::train
