#pragma once
/// What the tests of pages share.

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstddef>
#include <filesystem>
#include <iterator>
#include <string>
#include <string_view>

#include "ecnas/core/file.hpp"
#include "ecnas/report/page.hpp"

namespace ecnas::testing {

/// A directory of a test's own with a template of markers alone.
class PageDirectory : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    directory_ = std::filesystem::path(::testing::TempDir()) /
                 ("ecnas-page-" + std::to_string(::getpid()) + "-" + test->name());
    std::filesystem::create_directories(directory_);
    write_file(directory_ / "page.html", kTemplate);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  [[nodiscard]] std::string written(const report::Page& page) const {
    report::write_page(page, directory_ / "out.html", directory_);
    return read_file(directory_ / "out.html");
  }
  /// Files beside the template.
  [[nodiscard]] std::size_t others() const {
    return static_cast<std::size_t>(
               std::distance(std::filesystem::directory_iterator(directory_), {})) -
           1;
  }

  static constexpr std::string_view kTemplate =
      "<!--ecnas:connect-->1<!--ecnas:title-->2<!--ecnas:palette-->3<!--ecnas:head-->4"
      "<!--ecnas:sections-->5<!--ecnas:colophon-->6<!--ecnas:data-->7";
  std::filesystem::path directory_;
};

}  // namespace ecnas::testing
