#include "ecnas/net/download.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <set>

#include "ecnas/core/file.hpp"
#include "loopback_server.hpp"
#include "support/digest.hpp"
#include "support/expect_error.hpp"

namespace ecnas::net {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using testing::good_answer;
using testing::header;
using testing::LoopbackServer;

std::string numbered(std::size_t size) {
  std::string text;
  while (text.size() < size)
    text += fmt::format("{},", text.size());
  return text.substr(0, size);
}

class Downloads : public ::testing::Test {
 protected:
  Downloads() {
    std::string pattern = ::testing::TempDir() + "ecnas-net-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
    for (const char* name : {"http_proxy", "all_proxy", "ALL_PROXY"})
      ::unsetenv(name);
    options_.first_pause = milliseconds{0};
    options_.patience = milliseconds{5000};
  }
  ~Downloads() override {
    std::error_code ignored;
    fs::remove_all(directory_, ignored);
  }

  [[nodiscard]] fs::path target() const { return directory_ / "f"; }
  [[nodiscard]] fs::path part() const { return directory_ / "f.part"; }
  [[nodiscard]] std::set<std::string> names() const {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(directory_))
      names.insert(entry.path().filename().string());
    return names;
  }
  [[nodiscard]] Downloaded get(const LoopbackServer& server) const {
    return download(server.address(), target(), options_);
  }
  void expect_whole(const std::string& content) const {
    EXPECT_EQ(read_file(target()), content);
    EXPECT_EQ(names(), std::set<std::string>{"f"});
  }
  void expect_failure(const LoopbackServer& server, ErrorCode code, const std::string& part) const {
    testing::expect_error(code, part, [&] { static_cast<void>(get(server)); });
    EXPECT_FALSE(fs::exists(target()));
  }

  fs::path directory_;
  DownloadOptions options_;
};

TEST_F(Downloads, BringTheContentItsSizeAndDigest) {
  for (const std::size_t size : {0U, 1U, 1000U, 3'000'000U}) {
    const std::string content = numbered(size);
    const LoopbackServer server([&](const auto& request) { return good_answer(request, content); });
    options_.bytes = size;
    options_.sha256 = testing::sha256(content);
    std::uint64_t last = 0;
    options_.progress = [&](std::uint64_t done, std::optional<std::uint64_t> total) {
      EXPECT_GT(done, last);
      EXPECT_EQ(total, size);
      last = done;
    };
    const Downloaded result = get(server);
    EXPECT_EQ(result.bytes, size);
    EXPECT_EQ(result.sha256, testing::sha256(content));
    EXPECT_EQ(last, size);
    expect_whole(content);
  }
}

TEST_F(Downloads, GoOnWhereverTheConnectionEnds) {
  const std::string content = numbered(120);
  const std::string all = good_answer("", content);
  for (std::size_t end = 0; end < all.size(); ++end) {
    std::atomic<int> count = 0;
    const LoopbackServer server([&](const auto& request) {
      const std::string answer = good_answer(request, content);
      return count++ == 0 ? answer.substr(0, end) : answer;
    });
    options_.sha256 = testing::sha256(content);
    static_cast<void>(get(server));
    expect_whole(content);
    ASSERT_EQ(server.requests().size(), 2U) << end;
    const std::size_t head = all.size() - content.size();
    const std::optional<std::string> range = header(server.requests()[1], "Range");
    const bool has_part = end > head;
    EXPECT_EQ(range.value_or(""), has_part ? fmt::format("bytes={}-", end - head) : "") << end;
    fs::remove(target());
  }
}

TEST_F(Downloads, OfOneByteAConnectionArriveAndCountAsFailures) {
  const std::string content = numbered(20);
  const LoopbackServer server([&](const auto& request) {
    const std::string answer = good_answer(request, content);
    return answer.substr(0, answer.find("\r\n\r\n") + 5);
  });
  options_.retries = 10;
  expect_failure(server, ErrorCode::io_failure, "given up after attempt 11; 11 bytes are kept");
  EXPECT_EQ(get(server).resumed_from, 11U);
  expect_whole(content);
}

TEST_F(Downloads, ThatMadeProgressStartCountingAnew) {
  const std::string content = numbered(4 << 20);
  const LoopbackServer server([&](const auto& request) {
    const std::string answer = good_answer(request, content);
    return answer.substr(0, answer.find("\r\n\r\n") + 4 + (1 << 20) + 1);
  });
  options_.retries = 1;
  EXPECT_EQ(get(server).bytes, content.size());
  EXPECT_EQ(server.requests().size(), 4U);
}

TEST_F(Downloads, OfAnyWrongByteAreDeleted) {
  const std::string content = numbered(40);
  options_.sha256 = testing::sha256(content);
  for (std::size_t i = 0; i < content.size(); ++i) {
    std::string other = content;
    other[i] = static_cast<char>(other[i] ^ 1);
    const LoopbackServer server([&](const auto& request) { return good_answer(request, other); });
    expect_failure(server, ErrorCode::invalid_data, "expected " + *options_.sha256);
    EXPECT_TRUE(names().empty());
  }
}

TEST_F(Downloads, BeginAnewIfThePartThatWasThereIsWrong) {
  const std::string content = numbered(400);
  options_.sha256 = testing::sha256(content);
  write_file(part(), "wrong");
  std::string remark;
  options_.remark = [&](const std::string& text) { remark = text; };
  const LoopbackServer server([&](const auto& request) { return good_answer(request, content); });
  EXPECT_EQ(get(server).resumed_from, 0U);
  EXPECT_NE(remark.find("begun anew"), std::string::npos);
  EXPECT_EQ(header(server.requests().back(), "Range"), std::nullopt);
  expect_whole(content);
  fs::remove(target());
  write_file(part(), content.substr(0, 399) + "!");
  static_cast<void>(get(server));
  expect_whole(content);
}

TEST_F(Downloads, GoOnFromAPartOfAnotherAddressIfTheDigestIsKnown) {
  const std::string content = numbered(400);
  const LoopbackServer server([&](const auto& request) { return good_answer(request, content); });
  write_file(part(), content.substr(0, 300));
  options_.sha256 = testing::sha256(content);
  EXPECT_EQ(get(server).resumed_from, 300U);
  EXPECT_EQ(header(server.requests()[0], "If-Range"), std::nullopt);
  fs::remove(target());
  write_file(part(), content.substr(0, 300));
  options_.sha256.reset();
  EXPECT_EQ(get(server).resumed_from, 0U);
  expect_whole(content);
}

TEST_F(Downloads, CheckACompletePartWithoutAsking) {
  const std::string content = numbered(400);
  const LoopbackServer server([&](const auto& request) { return good_answer(request, content); });
  write_file(part(), content);
  options_.sha256 = testing::sha256(content);
  options_.bytes = content.size();
  static_cast<void>(get(server));
  EXPECT_TRUE(server.requests().empty());
  expect_whole(content);
}

TEST_F(Downloads, DoNotUseAWeakETagButTheDate) {
  const std::string content = numbered(400);
  const LoopbackServer server([&](const auto& request) {
    if (header(request, "Range")) return good_answer(request, content);
    return fmt::format(
        "HTTP/1.1 200 OK\r\nETag: W/\"1\"\r\nLast-Modified: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
        "Content-Length: 400\r\n\r\n{}",
        content.substr(0, 300));
  });
  options_.retries = 0;
  expect_failure(server, ErrorCode::io_failure, "300 bytes are kept");
  testing::expect_error(ErrorCode::io_failure, "another part than was asked for",
                        [&] { static_cast<void>(get(server)); });
  EXPECT_EQ(header(server.requests()[1], "If-Range"), "Thu, 01 Jan 1970 00:00:00 GMT");
}

TEST_F(Downloads, TakeNoMoreThanAllowed) {
  const std::string content = numbered(400);
  options_.max_bytes = 399;
  const LoopbackServer server([&](const auto& request) { return good_answer(request, content); });
  expect_failure(server, ErrorCode::invalid_data, "it has 400 bytes, at most 399 are taken");
  const LoopbackServer endless([&](const auto&) {
    return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n190\r\n" + content + "\r\n";
  });
  expect_failure(endless, ErrorCode::invalid_data, "more than the 399 bytes");
  EXPECT_TRUE(names().empty());
}

TEST_F(Downloads, ReplaceWhatHasTheName) {
  write_file(target(), "old");
  const LoopbackServer missing(
      [](const auto&) { return std::string("HTTP/1.1 404 No\r\nContent-Length: 3\r\n\r\nold"); });
  testing::expect_error(ErrorCode::not_found, "status 404",
                        [&] { static_cast<void>(get(missing)); });
  expect_whole("old");
  const LoopbackServer server([](const auto& request) { return good_answer(request, "new"); });
  static_cast<void>(get(server));
  expect_whole("new");
}

TEST_F(Downloads, StopOnRequestAndKeepWhatCame) {
  const std::string content = numbered(400);
  std::stop_source stop;
  options_.stop = stop.get_token();
  options_.first_pause = milliseconds{60'000};
  options_.remark = [&](const std::string&) { stop.request_stop(); };
  const LoopbackServer server(
      [&](const auto& request) { return good_answer(request, content).substr(0, 200); });
  expect_failure(server, ErrorCode::interrupted, "bytes are kept");
  EXPECT_EQ(names(), (std::set<std::string>{"f.part", "f.part.source"}));
  expect_failure(server, ErrorCode::interrupted, "a next time goes on from it");
}

TEST_F(Downloads, WaitLongerAfterEachFailure) {
  const LoopbackServer server(
      [](const auto&) { return std::string("HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n"); });
  options_.first_pause = milliseconds{8};
  options_.longest_pause = milliseconds{20};
  options_.retries = 4;
  const auto begin = std::chrono::steady_clock::now();
  expect_failure(server, ErrorCode::io_failure, "status 503");
  // At least half of 8, 16, 20 and 20 ms.
  EXPECT_GE(std::chrono::steady_clock::now() - begin, milliseconds{32});
}

TEST_F(Downloads, RefuseOptionsWithoutSense) {
  const auto refuse = [&](const std::string& url, const std::string& part) {
    testing::expect_error(ErrorCode::invalid_argument, part,
                          [&] { static_cast<void>(download(url, target(), options_)); });
    EXPECT_TRUE(names().empty());
  };
  refuse("file:///etc/passwd", "http://");
  options_.sha256 = "abc";
  refuse("http://127.0.0.1:1/", "64 lower-case");
  options_.sha256.reset();
  options_.patience = milliseconds{0};
  refuse("http://127.0.0.1:1/", "longer than 0 s");
}

}  // namespace
}  // namespace ecnas::net
