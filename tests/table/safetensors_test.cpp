#include "ecnas/table/safetensors.hpp"

#include <gtest/gtest.h>

#include <array>

#include "support/data.hpp"
#include "table/fixtures.hpp"

namespace ecnas::table {
namespace {

using testing::error_of;
using testing::expect_mentions;
using testing::raw_file;

std::string refusal(std::string header, std::size_t data_bytes = 8) {
  const std::vector<std::byte> file = raw_file(std::move(header), data_bytes);
  return error_of(ErrorCode::invalid_data, [&] { (void)parse_safetensors(file, "f"); });
}

TEST(Safetensors, WhatIsWrittenIsRead) {
  const std::array<float, 3> floats = {1, 2, 3};
  const std::array<std::uint8_t, 5> bytes = {5, 4, 3, 2, 1};
  const std::array<std::int64_t, 1> wide = {-7};
  const std::vector<TensorData> tensors = {
      {"b", Dtype::u8, {5}, std::as_bytes(std::span(bytes))},
      {"f", Dtype::f32, {3, 1}, std::as_bytes(std::span(floats))},
      {"w", Dtype::i64, {}, std::as_bytes(std::span(wide))}};
  const auto file = write_safetensors(tensors, {{"key", "value \"quoted\" é"}});
  const Safetensors read = parse_safetensors(file, "f");
  EXPECT_EQ(read.metadata.at("key"), "value \"quoted\" é");
  ASSERT_EQ(read.tensors.size(), 3U);
  EXPECT_EQ(read.data.size(), 25U);
  const Tensor& f = read.tensors.at("f");
  EXPECT_EQ(f.dtype, Dtype::f32);
  EXPECT_EQ(f.shape, (std::vector<std::size_t>{3, 1}));
  EXPECT_EQ(std::memcmp(f.bytes.data(), floats.data(), sizeof floats), 0);
  EXPECT_EQ(std::memcmp(read.tensors.at("b").bytes.data(), bytes.data(), 5), 0);
  EXPECT_TRUE(read.tensors.at("w").shape.empty());
}

TEST(Safetensors, WidestElementsComeFirstAndDataStartAtAMultipleOfEight) {
  const std::array<std::uint8_t, 3> bytes = {};
  const std::array<std::int64_t, 1> wide = {};
  const std::vector<TensorData> tensors = {{"a", Dtype::u8, {3}, std::as_bytes(std::span(bytes))},
                                           {"b", Dtype::i64, {1}, std::as_bytes(std::span(wide))}};
  const auto file = write_safetensors(tensors, {});
  const Safetensors read = parse_safetensors(file, "f");
  EXPECT_EQ(read.tensors.at("b").bytes.data(), read.data.data());
  EXPECT_EQ((read.data.data() - file.data()) % 8, 0);
}

TEST(Safetensors, EmptyTensorsAreAllowed) {
  const auto file = raw_file(R"({"e":{"dtype":"I32","shape":[0],"data_offsets":[0,0]}})", 0);
  EXPECT_TRUE(parse_safetensors(file, "f").tensors.at("e").bytes.empty());
}

TEST(Safetensors, ShortFilesAndHugeHeadersAreRefused) {
  for (const std::size_t size : {0U, 1U, 7U, 8U}) {
    const std::vector<std::byte> file(size, std::byte{1});
    error_of(ErrorCode::invalid_data, [&] { (void)parse_safetensors(file, "f"); });
  }
  std::vector<std::byte> file = raw_file("{}", 0);
  const auto expect_told = [&](std::uint64_t length,
                               std::initializer_list<std::string_view> parts) {
    std::memcpy(file.data(), &length, sizeof length);
    expect_mentions(error_of(ErrorCode::invalid_data, [&] { (void)parse_safetensors(file, "f"); }),
                    parts);
  };
  expect_told(1000, {"f:", "1000 bytes", std::to_string(file.size()), "cut short"});
  for (const std::uint64_t huge : {~std::uint64_t{0}, std::uint64_t{5} << 20})
    expect_told(huge, {"f:", "not a safetensors file", "import"});
}

TEST(Safetensors, HeadersThatAreNoObjectOfTensorsAreRefused) {
  for (const char* header :
       {"",
        "[]",
        "\"x\"",
        " {}",
        "{",
        "{}{}",
        "nan",
        R"({"a":NaN})",
        R"({"a":1})",
        R"({"a":{}})",
        R"({"a":{"dtype":"U8","shape":[8]}})",
        R"({"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8],"more":1}})",
        R"({"a":{"dtype":"BF16","shape":[4],"data_offsets":[0,8]}})",
        R"({"a":{"dtype":3,"shape":[8],"data_offsets":[0,8]}})",
        R"({"a":{"dtype":"U8","shape":8,"data_offsets":[0,8]}})",
        R"({"a":{"dtype":"U8","shape":[8.0],"data_offsets":[0,8]}})",
        R"({"a":{"dtype":"U8","shape":[-8],"data_offsets":[0,8]}})",
        R"({"a":{"dtype":"U8","shape":[8],"data_offsets":[0,1e999]}})",
        R"({"a":{"dtype":"U8","shape":[8],"data_offsets":[8]}})",
        R"({"a":{"dtype":"U8","shape":[1,1,1,1,1,1,1,1,8],"data_offsets":[0,8]}})",
        R"({"__metadata__":[],"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}})",
        R"({"__metadata__":{"k":1},"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}})"}) {
    SCOPED_TRACE(header);
    refusal(header);
  }
}

TEST(Safetensors, SizesBeyondTheFileAreRefused) {
  expect_mentions(refusal(R"({"a":{"dtype":"U8","shape":[9],"data_offsets":[0,9]}})"),
                  {"'a'", "[0, 9)", "8 bytes"});
  refusal(R"({"a":{"dtype":"U8","shape":[8],"data_offsets":[8,0]}})");
  refusal(R"({"a":{"dtype":"U8","shape":[8],"data_offsets":[0,18446744073709551615]}})");
}

TEST(Safetensors, ShapesThatDoNotMultiplyToTheBytesAreRefused) {
  expect_mentions(refusal(R"({"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})"),
                  {"shape and bytes differ"});
  // 2^62 elements of 4 bytes wrap around to 0.
  refusal(R"({"a":{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,0]}})", 0);
  refusal(R"({"a":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0]}})", 0);
}

TEST(Safetensors, OverlapsGapsAndTailsAreRefused) {
  expect_mentions(refusal(R"({"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},)"
                          R"("b":{"dtype":"U8","shape":[8],"data_offsets":[4,12]}})",
                          12),
                  {"overlap"});
  expect_mentions(refusal(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},)"
                          R"("b":{"dtype":"U8","shape":[3],"data_offsets":[5,8]}})"),
                  {"gap"});
  expect_mentions(refusal(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})"), {"tail"});
  refusal(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})");
}

TEST(Safetensors, MisalignedTensorsAreRefused) {
  expect_mentions(refusal(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                          R"("b":{"dtype":"F32","shape":[1],"data_offsets":[1,5]}})",
                          5),
                  {"no multiple of its 4"});
}

TEST(Safetensors, DuplicateKeysAndDeepNestingAreRefused) {
  expect_mentions(refusal(R"({"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},)"
                          R"("a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}})"),
                  {"'a'", "twice"});
  refusal(R"({"a":{"dtype":"U8","dtype":"U8","shape":[8],"data_offsets":[0,8]}})");
  expect_mentions(refusal(R"({"a":)" + std::string(100'000, '[')), {"nested"});
}

TEST(Safetensors, AFileOfThePythonPackageIsRead) {
  ECNAS_NEEDS_DATA("ec-nas-reference-mlp.safetensors");
  const MappedFile file =
      MappedFile::open(ecnas::testing::data_file("ec-nas-reference-mlp.safetensors"));
  EXPECT_FALSE(parse_safetensors(file.bytes(), "mlp").tensors.empty());
}

}  // namespace
}  // namespace ecnas::table
