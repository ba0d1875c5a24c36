#include "net/address.hpp"

#include <gtest/gtest.h>

#include <string>

#include "net/transfer.hpp"
#include "support/expect_error.hpp"

namespace ecnas::net {
namespace {

TEST(Address, IsOfTheWeb) {
  for (const std::string good :
       {"http://a", "https://a/b?c#d", "HTTP://127.0.0.1:80/", "https://[::1]/"})
    EXPECT_NO_THROW(expect_address(good)) << good;
  for (const std::string bad : {"", "a", "/a", "ftp://a/b", "file:///etc/passwd", "http://",
                                "http://a b/", "http://a/\n", "//a/b"}) {
    testing::expect_error(ErrorCode::invalid_argument, "expected one that begins with http://",
                          [&] { expect_address(bad); });
  }
}

TEST(Address, HoldsNoPassword) {
  for (const std::string bad : {"http://me:secret@a/", "https://me@a/"}) {
    testing::expect_error(ErrorCode::invalid_argument, "leave it out",
                          [&] { expect_address(bad); });
    EXPECT_FALSE(may_redirect("http://a/", bad));
  }
}

TEST(Address, OfAFolderEndsInAPath) {
  EXPECT_NO_THROW(expect_base_address("https://a/b/"));
  for (const std::string bad : {"https://a/b?c", "https://a/b#c"})
    testing::expect_error(ErrorCode::invalid_argument, "appended",
                          [&] { expect_base_address(bad); });
}

TEST(Address, RedirectsStayOnTheWebAndSecure) {
  EXPECT_TRUE(may_redirect("http://a/", "http://b/"));
  EXPECT_TRUE(may_redirect("http://a/", "https://b/"));
  EXPECT_TRUE(may_redirect("https://a/", "https://b/"));
  EXPECT_FALSE(may_redirect("https://a/", "http://a/"));
  for (const std::string bad : {"file:///etc/passwd", "ftp://a/", "", "relative"})
    EXPECT_FALSE(may_redirect("http://a/", bad)) << bad;
}

TEST(ContentRange, IsReadOrRefused) {
  const auto range = parse_content_range("bytes 5-9/10");
  ASSERT_TRUE(range);
  EXPECT_EQ(range->first, 5U);
  EXPECT_EQ(range->total, 10U);
  EXPECT_EQ(parse_content_range("bytes 5-9/*").value().total, std::nullopt);
  for (const char* bad : {"", "bytes", "bytes */10", "bytes -1-9/10", "bytes x-9/10", "5-9/10",
                          "bytes 99999999999999999999-9/10", "lines 1-2/3", "bytes 5/10-9"})
    EXPECT_FALSE(parse_content_range(bad)) << bad;
}

}  // namespace
}  // namespace ecnas::net
