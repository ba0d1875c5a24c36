#include "ecnas/net/catalogue.hpp"

#include <gtest/gtest.h>

#include <set>

#include "ecnas/net/sha256.hpp"
#include "net/address.hpp"
#include "support/expect_error.hpp"

namespace ecnas::net {
namespace {

TEST(Catalogue, EveryEntryIsWellFormedAndFoundByAllItsNames) {
  std::set<std::string_view> names;
  for (const PublishedFile& file : catalogue()) {
    EXPECT_TRUE(names.insert(file.name).second) << file.name;
    EXPECT_TRUE(names.insert(file.file_name()).second) << file.file_name();
    EXPECT_NO_THROW(expect_base_address(std::string(file.base)));
    EXPECT_TRUE(file.base.ends_with('/'));
    EXPECT_EQ(file.bytes.has_value(), file.sha256.has_value());
    EXPECT_TRUE(is_sha256(file.sha256.value_or(std::string(64, '0')))) << file.name;
    EXPECT_FALSE(file.licence.empty() || file.contents.empty());
    for (const std::string_view name : {file.name, file.path, file.file_name()})
      EXPECT_EQ(&find_published(name), &file);
  }
}

TEST(Catalogue, AnAddressIsThePathBelowItsFolderOrAMirror) {
  const PublishedFile& file = find_published("ec-nas-4v-rtx3060");
  EXPECT_EQ(file.address(),
            "https://media.githubusercontent.com/media/saintslab/EC-NAS-Bench/main/ecnas/ecnas/"
            "utils/data/tabular_benchmarks/hardware/energy_4V9E_rtx3060.tfrecord");
  for (const char* mirror : {"http://a/b", "http://a/b/"})
    EXPECT_EQ(file.address(mirror), "http://a/b/hardware/energy_4V9E_rtx3060.tfrecord");
  testing::expect_error(ErrorCode::invalid_argument, "ftp://a",
                        [&] { static_cast<void>(file.address("ftp://a")); });
}

TEST(Catalogue, AnUnknownNameGetsTheNearest) {
  testing::expect_error(ErrorCode::not_found, "did you mean 'nasbench-full'?",
                        [] { static_cast<void>(find_published("nasbench-ful")); });
  testing::expect_error(ErrorCode::not_found, "it has ec-nas-4v-4epochs, ",
                        [] { static_cast<void>(find_published("")); });
}

}  // namespace
}  // namespace ecnas::net
