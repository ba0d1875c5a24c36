#pragma once
/// What the tests of tables share: small tables, folders that go away, checks of errors, and files
/// that are wrong on purpose but sealed with right checksums.

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ecnas/core/error.hpp"
#include "ecnas/core/file.hpp"
#include "ecnas/space/cell.hpp"
#include "ecnas/table/builder.hpp"
#include "ecnas/table/safetensors.hpp"
#include "ecnas/table/table.hpp"
#include "table/metadata.hpp"

namespace ecnas::table::testing {

// input → output, and cells of 3 and 4 vertices.
inline const space::Cell kTrivial = space::Cell::trivial();
inline const space::Cell kConv = space::parse_cell("010001000:conv3x3");
inline const space::Cell kPool = space::parse_cell("011001000:maxpool3x3");
inline const space::Cell kTwo = space::parse_cell("0110001000010000:maxpool3x3,conv1x1");

/// A folder of this test, removed with the object.
class TempFolder {
 public:
  TempFolder() {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    path_ = std::filesystem::path(::testing::TempDir()) /
            ("ecnas-" + std::to_string(::getpid()) + "-" + test->test_suite_name() + "-" +
             test->name());
    std::filesystem::create_directories(path_);
  }
  ~TempFolder() { std::filesystem::remove_all(path_); }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  /// Writes a file below the folder, making folders on the way.
  std::filesystem::path write(const std::filesystem::path& name, std::string_view content) const {
    const std::filesystem::path target = path_ / name;
    std::filesystem::create_directories(target.parent_path());
    std::ofstream(target, std::ios::binary) << content;  // without the fsync of `write_file`
    return target;
  }

 private:
  std::filesystem::path path_;
};

/// The message of the error that `action` throws; fails the test unless it throws `code`.
inline std::string error_of(ErrorCode code, const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(static_cast<int>(error.code()), static_cast<int>(code)) << error.what();
    EXPECT_EQ(std::string_view(error.what()).find('\n'), std::string_view::npos);
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

inline void expect_mentions(const std::string& message,
                            std::initializer_list<std::string_view> parts) {
  for (const std::string_view part : parts)
    EXPECT_NE(message.find(part), std::string::npos) << "'" << part << "' not in: " << message;
}

/// Two cells, budgets 4 and 12, two repeats; one entry and some values missing.
inline TableBuilder small_builder() {
  Metadata metadata;
  metadata.pue = 1.5;
  metadata.devices = {"Test GPU"};
  metadata.data_set = "CIFAR-10";
  metadata.source = "made up";
  TableBuilder builder(metadata);
  const auto measured = Provenance::measured;
  builder.add(kConv, 4, 1, "validation_accuracy", 0.5F, measured, "t");
  builder.add(kConv, 4, 2, "validation_accuracy", 0.75F, measured, "t");
  builder.add(kConv, 4, 1, "energy_kwh", 0.25F, measured, "t");
  builder.add(kConv, 12, 1, "energy_kwh", 0.75F, Provenance::scaled, "t");
  builder.add(kConv, 4, 1, "training_time_s", 10.0F, measured, "t");
  builder.add(kConv, 4, 1, "co2eq_g", 5.0F, measured, "t");
  builder.add(kTwo, 4, 2, "energy_kwh", 0.5F, Provenance::predicted, "t");
  return builder;
}

inline Table small_table() {
  return small_builder().build("small");
}

/// The small table with predictions that carry intervals and a flag, and with noise models.
inline TableBuilder uncertain_builder() {
  TableBuilder builder = small_builder();
  const auto predicted = Provenance::predicted;
  builder.metadata().noise = {
      {"energy_kwh", {NoiseKind::relative, {{4, 0.25}, {12, 0.125}}}},
      {"validation_accuracy", {NoiseKind::logit, {{4, 0.5}}}},
  };
  builder.add_interval(kTwo, 4, 2, "energy_kwh", 0.375F, 0.75F, "t");
  builder.mark_out_of_range(kTwo, "energy_kwh");
  builder.add(kPool, 4, 1, "validation_accuracy", 0.5F, predicted, "t");
  builder.add_interval(kPool, 4, 1, "validation_accuracy", 0.25F, 0.625F, "t");
  builder.add(kPool, 4, 1, "energy_kwh", 2.0F, predicted, "t");
  builder.add(kPool, 4, 1, "co2eq_g", 50.0F, predicted, "t");
  builder.add_interval(kPool, 4, 1, "energy_kwh", 1.0F, 4.0F, "t");
  builder.add_interval(kPool, 4, 1, "co2eq_g", 25.0F, 100.0F, "t");
  builder.add(kPool, 12, 1, "energy_kwh", 6.0F, predicted, "t");
  return builder;
}

inline Table uncertain_table() {
  return uncertain_builder().build("uncertain");
}

/// A safetensors file taken apart, to be changed and put together again with right checksums.
struct LooseTable {
  struct Loose {
    Dtype dtype;
    std::vector<std::size_t> shape;
    std::vector<std::byte> bytes;
  };
  std::map<std::string, std::string> metadata;
  std::map<std::string, Loose> tensors;

  explicit LooseTable(const Table& table) {
    const Safetensors file = parse_safetensors(table.bytes(), "loose");
    metadata.insert(file.metadata.begin(), file.metadata.end());
    for (const auto& [name, tensor] : file.tensors) {
      tensors[name] = {tensor.dtype, tensor.shape, {tensor.bytes.begin(), tensor.bytes.end()}};
    }
  }

  template <typename T>
  void set(const std::string& tensor, std::size_t index, T value) {
    std::memcpy(tensors.at(tensor).bytes.data() + index * sizeof(T), &value, sizeof(T));
  }

  [[nodiscard]] std::vector<std::byte> sealed() const {
    std::vector<TensorData> list;
    for (const auto& [name, tensor] : tensors)
      list.push_back({name, tensor.dtype, tensor.shape, tensor.bytes});
    std::map<std::string, std::string> entries = metadata;
    const std::vector<std::byte> unsealed = write_safetensors(list, entries);
    const Safetensors parsed = parse_safetensors(unsealed, "loose");
    entries[std::string(kChecksumKey)] = data_checksum(parsed.data);
    entries[std::string(kHeaderChecksumKey)] =
        header_checksum({entries.begin(), entries.end()}, parsed.tensors);
    return write_safetensors(list, entries);
  }
};

/// A safetensors file of this header text and data.
inline std::vector<std::byte> raw_file(std::string header, std::size_t data_bytes) {
  while (header.size() % 8 != 0)
    header += ' ';
  std::vector<std::byte> file(8 + header.size() + data_bytes);
  const std::uint64_t length = header.size();
  std::memcpy(file.data(), &length, sizeof length);
  std::memcpy(file.data() + 8, header.data(), header.size());
  return file;
}

}  // namespace ecnas::table::testing
