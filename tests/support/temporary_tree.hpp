#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace ecnas::testing {

/// A directory of files that others may read; removed at its end.
class TemporaryTree {
 public:
  TemporaryTree() {
    std::string pattern = ::testing::TempDir() + "ecnas-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    root_ = pattern;
    let_others_in(root_);
  }
  TemporaryTree(const TemporaryTree&) = delete;
  TemporaryTree& operator=(const TemporaryTree&) = delete;
  ~TemporaryTree() {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }

  [[nodiscard]] const std::filesystem::path& root() const { return root_; }
  [[nodiscard]] std::filesystem::path at(std::string_view file) const { return root_ / file; }

  /// In place, as a driver changes what its file holds; directories are made.
  void write(std::string_view file, std::string_view content) const {
    std::filesystem::create_directories(at(file).parent_path());
    for (auto path = at(file).parent_path(); path != root_; path = path.parent_path())
      let_others_in(path);
    std::ofstream(at(file), std::ios::binary | std::ios::trunc) << content;
  }
  void remove(std::string_view file) const { std::filesystem::remove_all(at(file)); }

 private:
  // So that a file's own permissions decide.
  static void let_others_in(const std::filesystem::path& directory) {
    using std::filesystem::perms;
    std::filesystem::permissions(
        directory, perms::group_read | perms::group_exec | perms::others_read | perms::others_exec,
        std::filesystem::perm_options::add);
  }

  std::filesystem::path root_;
};

}  // namespace ecnas::testing
