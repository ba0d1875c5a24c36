#include "ecnas/net/get.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <future>
#include <string>
#include <thread>
#include <tuple>

#include "loopback_server.hpp"
#include "net/address.hpp"
#include "support/expect_error.hpp"

namespace ecnas::net {
namespace {

using std::chrono::milliseconds;
using testing::good_answer;
using testing::header;
using testing::LoopbackServer;

/// What a test waits for at most where nothing should take any time.
constexpr milliseconds kLong{20'000};

std::string answer(const std::string& status, const std::string& headers = {},
                   const std::string& content = {}) {
  return fmt::format("HTTP/1.1 {}\r\n{}Content-Length: {}\r\n\r\n{}", status, headers,
                     content.size(), content);
}

GetFailure failure(const std::string& url, GetOptions options = {.timeout = kLong}) {
  const auto result = get(url, options);
  if (result) {
    ADD_FAILURE() << "no failure but " << *result;
    return {};
  }
  EXPECT_EQ(result.reason().reason.find('\n'), std::string::npos);
  return result.reason();
}

void expect_part(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << text;
}

TEST(Get, BringsTheContentAndSendsTheHeaders) {
  for (const std::size_t size : {0U, 1U, 100'000U}) {
    const std::string content(size, 'x');
    const LoopbackServer server([&](const auto& request) { return good_answer(request, content); });
    const auto result = get(
        server.address(), {.headers = {{"auth-token", "secret"}, {"A", "b c"}}, .timeout = kLong});
    ASSERT_TRUE(result) << result.reason().reason;
    EXPECT_EQ(*result, content);
    EXPECT_EQ(header(server.requests().at(0), "auth-token"), "secret");
    EXPECT_EQ(header(server.requests().at(0), "A"), "b c");
    EXPECT_EQ(header(server.requests().at(0), "Accept-Encoding"), "identity");
  }
}

TEST(Get, FailsWithTheStatusOfTheServer) {
  for (const long status : {204L, 206L, 304L, 401L, 404L, 429L, 500L, 503L}) {
    const LoopbackServer server(
        [&](const auto&) { return answer(fmt::format("{} No", status), {}, "why"); });
    const GetFailure found = failure(server.address());
    EXPECT_EQ(found.status, status);
    expect_part(found.reason, fmt::format("it answers with status {}", status));
  }
}

TEST(Get, FollowsRedirectsOnTheSameServerAlone) {
  const LoopbackServer elsewhere([](const auto& request) { return good_answer(request, "e"); });
  std::string target = "/other";
  const LoopbackServer server([&](const std::string& request) {
    return request.starts_with("GET /other ") ? good_answer(request, "found")
                                              : answer("302 Found", "Location: " + target + "\r\n");
  });
  const GetOptions options{.headers = {{"key", "secret"}}, .timeout = kLong};
  EXPECT_EQ(*get(server.address(), options), "found");
  target = elsewhere.address();
  const GetFailure found = failure(server.address(), options);
  expect_part(found.reason, "which is not followed");
  EXPECT_EQ(found.reason.find("secret"), std::string::npos);
  EXPECT_TRUE(elsewhere.requests().empty());
  target = "/f";
  expect_part(failure(server.address(), options).reason, "redirects more than 5 times");
}

TEST(Get, WaitsForTheTimeoutAtMost) {
  std::promise<void> done;
  const LoopbackServer server([&](const auto&) {
    done.get_future().wait();
    return std::string();
  });
  expect_part(failure(server.address(), {.timeout = milliseconds{50}}).reason,
              "no whole answer within 0.05 s");
  done.set_value();
}

TEST(Get, TimeoutIsOfAllRedirectsTogether) {
  std::promise<void> done;
  const LoopbackServer server([&](const std::string& request) {
    if (request.starts_with("GET /slow ")) done.get_future().wait();
    return answer("302 Found", "Location: /slow\r\n");
  });
  expect_part(failure(server.address(), {.timeout = milliseconds{100}}).reason,
              "no whole answer within 0.1 s");
  done.set_value();
}

TEST(Get, StopsWhenAsked) {
  std::promise<void> asked;
  std::promise<void> done;
  const LoopbackServer server([&](const auto&) {
    asked.set_value();
    done.get_future().wait();
    return std::string();
  });
  std::stop_source source;
  std::thread stopper([&] {
    asked.get_future().wait();
    source.request_stop();
  });
  EXPECT_EQ(failure(server.address(), {.timeout = kLong, .stop = source.get_token()}).reason,
            "stopped");
  stopper.join();
  done.set_value();
}

/// What comes of a server that sends this text whatever it is asked.
auto asked_of(const std::string& text, const GetOptions& options) {
  const LoopbackServer server([text](const auto&) { return text; });
  return get(server.address(), options);
}

std::string refusal_of(const std::string& text, const GetOptions& options = {.timeout = kLong}) {
  const auto found = asked_of(text, options);
  return found ? std::string() : found.reason().reason;
}

TEST(Get, RefusesWhatIsTooLargeEncodedOrOfUnknownLength) {
  const std::string content(1000, 'x');
  const std::string plain = answer("200 OK", {}, content);
  const std::string chunked =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n" + content + "\r\n0\r\n\r\n";
  const GetOptions small{.timeout = kLong, .max_bytes = 999};
  for (const std::string& text : {plain, chunked}) {
    expect_part(refusal_of(text, small), "more than the 999 bytes");
    EXPECT_EQ(asked_of(text, {.timeout = kLong, .max_bytes = 1000})->size(), 1000U);
  }
  expect_part(refusal_of(answer("200 OK", "Content-Encoding: gzip\r\n", content)), "encoded");
  expect_part(refusal_of("HTTP/1.1 200 OK\r\n\r\n" + content), "how long");
  EXPECT_FALSE(refusal_of("HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n" + content).empty());
  for (const char* garbage : {"", "hello", "HTTP/1.1 200 OK\r\n", "\r\n\r\n"})
    EXPECT_FALSE(refusal_of(garbage).empty()) << garbage;
}

TEST(Get, OfNoServerFails) {
  std::string address;
  {
    const LoopbackServer server([](const auto&) { return std::string(); });
    address = server.address();
  }
  const GetFailure found = failure(address);
  EXPECT_FALSE(found.reason.empty());
  EXPECT_EQ(found.status, 0);
}

TEST(Get, NoProxySeesWhatStaysOnThisMachine) {
  const LoopbackServer proxy([](const auto& request) { return good_answer(request, "proxy"); });
  const LoopbackServer server([](const auto& request) { return good_answer(request, "server"); });
  ::setenv("http_proxy", proxy.address().c_str(), 1);
  EXPECT_EQ(*get(server.address(), {.timeout = kLong}), "server");
  ::unsetenv("http_proxy");
  EXPECT_TRUE(proxy.requests().empty());
}

TEST(Get, SendsNothingThatOthersCanRead) {
  for (const std::string bad : {"http://example.org/", "http://128.0.0.1/", "http://[::2]/",
                                "http://localhost.example.org/", "http://127.0.0.1.example.org/"}) {
    testing::expect_error(ErrorCode::invalid_argument, "expected https",
                          [&] { std::ignore = get(bad); });
  }
  for (const std::string bad : {"", "ftp://127.0.0.1/", "https://me:secret@127.0.0.1/"})
    testing::expect_error(ErrorCode::invalid_argument, "address", [&] { std::ignore = get(bad); });
}

TEST(Get, RefusesHeadersThatWouldBeSeveral) {
  for (const Header& bad :
       {Header{"", "v"}, Header{"a:b", "v"}, Header{"a b", "v"}, Header{"a", ""}, Header{"a", " "},
        Header{"a", "secret\r\nb: c"}, Header{"a\n", "v"}, Header{"a", "\xc3\xa6"}}) {
    try {
      std::ignore = get("http://127.0.0.1:1/", {.headers = {bad}});
      ADD_FAILURE() << bad.name << " was sent";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
      EXPECT_EQ(std::string(error.what()).find("secret"), std::string::npos);
    }
  }
  testing::expect_error(ErrorCode::invalid_argument, "longer than 0 s", [] {
    std::ignore = get("http://127.0.0.1:1/", {.timeout = milliseconds{0}});
  });
}

TEST(Address, OfOneServerHasItsSchemeHostAndPort) {
  EXPECT_TRUE(is_same_server("https://a/b", "HTTPS://A:443/c?d"));
  EXPECT_FALSE(is_same_server("https://a/", "https://b/"));
  EXPECT_FALSE(is_same_server("https://a/", "http://a/"));
  EXPECT_FALSE(is_same_server("https://a/", "https://a:444/"));
  EXPECT_FALSE(is_same_server("https://a/", "https://me@a/"));
  EXPECT_FALSE(is_same_server("https://a/", "file://a/"));
  EXPECT_FALSE(is_same_server("https://a/", ""));
}

TEST(Address, IsPrivateByHttpsOrOnThisMachine) {
  for (const std::string good : {"https://a/", "http://127.0.0.1/", "http://127.9.9.9:80/",
                                 "http://localhost:1/", "http://[::1]:2/"})
    EXPECT_TRUE(is_private(good)) << good;
  for (const std::string bad : {"http://a/", "http://126.255.255.255/", "ftp://a/", ""})
    EXPECT_FALSE(is_private(bad)) << bad;
}

}  // namespace
}  // namespace ecnas::net
