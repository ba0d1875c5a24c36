#include "energy/sysfs.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "support/temporary_tree.hpp"
#include "support/without_privileges.hpp"

namespace ecnas::energy {
namespace {

namespace fs = std::filesystem;
using ecnas::testing::TemporaryTree;
using ecnas::testing::WithoutPrivileges;
using Reason = ReadFailure::Reason;

class Sysfs : public ::testing::Test {
 protected:
  [[nodiscard]] Result<std::int64_t, ReadFailure> integer_of(std::string_view content) const {
    tree_.write("number", content);
    return read_integer(tree_.at("number"));
  }

  TemporaryTree tree_;
};

TEST_F(Sysfs, AnIntegerIsReadWithItsNewlineOrWithout) {
  EXPECT_EQ(*integer_of("12\n"), 12);
  EXPECT_EQ(*integer_of("12"), 12);
  EXPECT_EQ(*integer_of("-7\n"), -7);
  EXPECT_EQ(*integer_of("9223372036854775807\n"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(*integer_of("-9223372036854775808\n"), std::numeric_limits<std::int64_t>::min());
}

TEST_F(Sysfs, NoIntegerIsAFailureThatShowsWhatWasFound) {
  for (const std::string_view content :
       {"", "\n", "x", "1 2", " 1", "1\n\n", "1\n2\n", "1.5", "+1", "0x10", "9223372036854775808",
        "18446744073709551615", "-9223372036854775809", "00000000000000000000000000000000001"}) {
    const auto number = integer_of(content);
    ASSERT_FALSE(number.has_value()) << content;
    EXPECT_EQ(number.reason().reason, Reason::failed) << content;
    EXPECT_NE(number.reason().text.find("number: holds '"), std::string::npos);
  }
  const auto number = integer_of(std::string("1\0\n", 3));
  ASSERT_FALSE(number.has_value());
  EXPECT_EQ(number.reason().text.find('\0'), std::string::npos);
}

TEST_F(Sysfs, WhatIsNotThereIsGone) {
  const auto number = read_integer(tree_.at("none"));
  ASSERT_FALSE(number.has_value());
  EXPECT_EQ(number.reason().reason, Reason::gone);
  EXPECT_EQ(number.reason().text, tree_.at("none").string() + ": No such file or directory");
}

TEST_F(Sysfs, SystemErrorsAreGoneDeniedOrFailed) {
  for (const int error : {ENOENT, ENODEV, ENXIO})
    EXPECT_EQ(failure_of("f", error).reason, Reason::gone);
  for (const int error : {EACCES, EPERM})
    EXPECT_EQ(failure_of("f", error).reason, Reason::denied);
  for (const int error : {EIO, EAGAIN, ENODATA, EINVAL, EMFILE})
    EXPECT_EQ(failure_of("f", error).reason, Reason::failed);
  EXPECT_EQ(failure_of("f", EIO).text, "f: Input/output error");
}

TEST_F(Sysfs, DirectoriesAndPipesAreFailuresAtOnce) {
  tree_.write("directory/file", "1");
  const auto of_directory = read_integer(tree_.at("directory"));
  ASSERT_FALSE(of_directory.has_value());
  EXPECT_EQ(of_directory.reason().reason, Reason::failed);

  ASSERT_EQ(::mkfifo(tree_.at("pipe").c_str(), 0600), 0);
  const auto of_pipe = read_integer(tree_.at("pipe"));
  ASSERT_FALSE(of_pipe.has_value());
  EXPECT_EQ(of_pipe.reason().reason, Reason::failed);
  EXPECT_FALSE(read_line(tree_.at("pipe")).has_value());
}

// Nothing is mapped at address 0 of this process, and its memory says so with EIO.
TEST_F(Sysfs, AnInputErrorIsAFailure) {
  NumberFile memory("/proc/self/mem");
  const auto number = memory.read();
  ASSERT_FALSE(number.has_value());
  EXPECT_EQ(number.reason().reason, Reason::failed);
  EXPECT_EQ(number.reason().text, "/proc/self/mem: Input/output error");
}

TEST_F(Sysfs, ALineIsTrimmedAndPrintable) {
  const auto line_of = [&](std::string_view content) {
    tree_.write("line", content);
    return read_line(tree_.at("line"));
  };
  EXPECT_EQ(line_of("amdgpu\n"), "amdgpu");
  EXPECT_EQ(line_of(" \tBAT 0 \t\nsecond\n"), "BAT 0");
  EXPECT_EQ(line_of(""), "");
  EXPECT_EQ(line_of("a\x1b[31m\x80\n"), "a?[31m?");
  EXPECT_EQ(line_of(std::string(4096, 'x')), std::string(4096, 'x'));
  EXPECT_FALSE(line_of(std::string(4097, 'x')).has_value());
  EXPECT_FALSE(read_line(tree_.at("none")).has_value());
  EXPECT_FALSE(read_line(tree_.root()).has_value());
}

TEST_F(Sysfs, EntriesAreSortedByTheNumbersInTheirNames) {
  for (const char* name : {"hwmon10", "hwmon2", "hwmon", "hwmon02", "hwmon1a", "hwmon1", "other",
                           "hwmon99999999999999999999999", "hwmon100000000000000000000000"})
    tree_.write(std::string(name) + "/name", "x");
  std::vector<std::string> names;
  for (const fs::path& entry : entries(tree_.root(), "hwmon"))
    names.push_back(entry.filename());
  EXPECT_EQ(names, (std::vector<std::string>{"hwmon", "hwmon1", "hwmon1a", "hwmon02", "hwmon2",
                                             "hwmon10", "hwmon99999999999999999999999",
                                             "hwmon100000000000000000000000"}));
  EXPECT_EQ(entries(tree_.root(), "").size(), 9U);
}

TEST_F(Sysfs, ADirectoryThatCannotBeReadHasNoEntries) {
  EXPECT_TRUE(entries(tree_.at("none"), "").empty());
  tree_.write("file", "1");
  EXPECT_TRUE(entries(tree_.at("file"), "").empty());
}

TEST_F(Sysfs, ANumberFileFollowsItsContent) {
  tree_.write("energy", "100\n");
  NumberFile file(tree_.at("energy"));
  EXPECT_EQ(*file.read(), 100);
  tree_.write("energy", "2\n");
  EXPECT_EQ(*file.read(), 2);
  NumberFile moved = std::move(file);
  tree_.write("energy", "3\n");
  EXPECT_EQ(*moved.read(), 3);
}

TEST_F(Sysfs, ANumberFileSurvivesGarbage) {
  tree_.write("energy", "garbage");
  NumberFile file(tree_.at("energy"));
  EXPECT_FALSE(file.read().has_value());
  tree_.write("energy", "4\n");
  EXPECT_EQ(*file.read(), 4);
}

TEST_F(Sysfs, ANumberFileThatVanishesIsGoneUntilItIsBack) {
  tree_.write("energy", "100\n");
  NumberFile file(tree_.at("energy"));
  EXPECT_EQ(*file.read(), 100);
  tree_.remove("energy");
  for (int again = 0; again < 2; ++again) {
    const auto number = file.read();
    ASSERT_FALSE(number.has_value());
    EXPECT_EQ(number.reason().reason, Reason::gone);
  }
  tree_.write("energy", "7\n");
  EXPECT_EQ(*file.read(), 7);
  tree_.write("energy.new", "8\n");
  fs::rename(tree_.at("energy.new"), tree_.at("energy"));
  EXPECT_EQ(*file.read(), 8);
}

TEST_F(Sysfs, WithoutPermissionAReadingIsDenied) {
  tree_.write("energy", "100\n");
  fs::permissions(tree_.at("energy"), fs::perms::none);
  NumberFile file(tree_.at("energy"));
  {
    const WithoutPrivileges nobody;
    const auto number = file.read();
    ASSERT_FALSE(number.has_value());
    EXPECT_EQ(number.reason().reason, Reason::denied);
    EXPECT_EQ(number.reason().text, tree_.at("energy").string() + ": Permission denied");
  }
  fs::permissions(tree_.at("energy"), fs::perms::all);
  EXPECT_EQ(*file.read(), 100);
}

}  // namespace
}  // namespace ecnas::energy
