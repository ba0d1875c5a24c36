#pragma once
/// Sources that say what a test wants, and trees that imitate the kernel's.

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ecnas/core/error.hpp"
#include "ecnas/energy/source.hpp"

namespace ecnas::energy::testing {

using Reading = Result<double, ReadFailure>;

inline Reading failure(ReadFailure::Reason reason = ReadFailure::Reason::failed) {
  return ReadFailure{reason, "a failure that was asked for"};
}

inline Instant at(double time_s) {
  return Instant(static_cast<std::int64_t>(time_s * 1e9));
}

inline SourceDescription counter(std::string name = "package-0") {
  return {.name = std::move(name), .domain = Domain::cpu, .origin = "a test"};
}

inline SourceDescription power(std::string name = "gpu-0") {
  return {.name = std::move(name),
          .domain = Domain::gpu,
          .kind = Kind::power,
          .quality = Quality::integrated,
          .origin = "a test"};
}

/// Draws a constant power.
class SteadySource : public Source {
 public:
  SteadySource(SourceDescription description, double power_w)
      : description_(std::move(description)), power_w_(power_w) {}
  [[nodiscard]] const SourceDescription& description() const override { return description_; }
  [[nodiscard]] Reading read(Instant now) override {
    return description_.kind == Kind::power ? power_w_ : power_w_ * seconds(now);
  }

 private:
  SourceDescription description_;
  double power_w_;
};

/// A directory that goes with the test; files of it are written by path.
class FakeTree {
 public:
  FakeTree() {
    std::string pattern = (std::filesystem::temp_directory_path() / "ecnas-tree-XXXXXX").string();
    ECNAS_ASSERT(::mkdtemp(pattern.data()) != nullptr);
    root_ = pattern;
  }
  FakeTree(const FakeTree&) = delete;
  FakeTree& operator=(const FakeTree&) = delete;
  ~FakeTree() {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }

  [[nodiscard]] const std::filesystem::path& root() const { return root_; }
  [[nodiscard]] std::filesystem::path operator/(const std::filesystem::path& inner) const {
    return root_ / inner;
  }

  void write(const std::filesystem::path& file, std::string_view text) const {
    std::filesystem::create_directories((root_ / file).parent_path());
    std::ofstream stream(root_ / file, std::ios::binary | std::ios::trunc);
    stream << text;
    ECNAS_ASSERT(stream.good());
  }
  void remove(const std::filesystem::path& file) const {
    std::filesystem::remove_all(root_ / file);
  }

 private:
  std::filesystem::path root_;
};

}  // namespace ecnas::energy::testing
