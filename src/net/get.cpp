#include "ecnas/net/get.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "net/address.hpp"
#include "net/transfer.hpp"

namespace ecnas::net {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr int kMaxRedirects = 5;

/// Thrown through a transfer to end it.
struct TooLarge {};

class Content final : public Receiver {
 public:
  explicit Content(std::size_t limit) : limit_(limit) {}

  bool begin(const Head& head) override {
    if (head.status != 200) return false;
    if (!head.encoding.empty() && head.encoding != "identity") {
      fault_ = "it sends the content encoded, though asked for it as it is";
    } else if (!head.tells_its_end) {
      fault_ = "it does not say how long its answer is, so that a part could pass for the whole";
    } else if (head.length.value_or(0) > limit_) {
      throw TooLarge{};
    }
    return fault_.empty();
  }

  void take(std::span<const std::byte> bytes) override {
    if (text_.size() + bytes.size() > limit_) throw TooLarge{};
    text_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }

  [[nodiscard]] const std::string& fault() const { return fault_; }
  [[nodiscard]] std::string& text() { return text_; }

 private:
  std::size_t limit_;
  std::string text_;
  std::string fault_;
};

bool is_visible(char c) {
  return c > ' ' && c < '\x7f';
}

/// A line break in a value would begin another header.
void expect_sense(const std::string& url, const GetOptions& options) {
  expect_address(url);
  if (!is_private(url)) {
    fail(ErrorCode::invalid_argument,
         "address {}: expected https, without which anybody on the way can read what is sent",
         ecnas::quoted(url, 200));
  }
  for (const auto& [name, value] : options.headers) {
    const auto is_of_value = [](char c) { return is_visible(c) || c == ' '; };
    if (name.empty() || !std::ranges::all_of(name, is_visible) ||
        name.find_first_of(":;") != std::string::npos || trimmed(value).empty() ||
        !std::ranges::all_of(value, is_of_value)) {
      fail(
          ErrorCode::invalid_argument,
          "header {}: it cannot be sent; expected a name and a value of printable ASCII characters",
          ecnas::quoted(name));
    }
  }
  if (options.timeout <= milliseconds{0})
    fail(ErrorCode::invalid_argument, "{}: a timeout is longer than 0 s", url);
}

Request make_request(const std::string& address, const GetOptions& options, milliseconds left) {
  Request request{.address = address,
                  .certificates = options.certificates,
                  .patience = left,
                  .stop = options.stop,
                  .timeout = left,
                  .is_direct = is_loopback(address)};
  for (const auto& [name, value] : options.headers)
    request.headers.push_back(fmt::format("{}: {}", name, value));
  return request;
}

class Getting {
 public:
  Getting(std::string url, const GetOptions& options)
      : address_(std::move(url)), options_(options), end_(Clock::now() + options.timeout) {}

  Result<std::string, GetFailure> run() {
    for (int redirects = 0; redirects <= kMaxRedirects; ++redirects) {
      Content content(options_.max_bytes);
      Response response;
      try {
        response = transfer(make_request(address_, options_, left()), content);
      } catch (const TooLarge&) {
        return GetFailure{
            fmt::format("its answer has more than the {} bytes expected at most",
                        with_thousands(static_cast<std::int64_t>(options_.max_bytes))),
            200};
      }
      if (response.redirect.empty()) return judge(response, content);
      if (!is_same_server(address_, response.redirect)) {
        return GetFailure{fmt::format("it redirects to {}, which is not followed",
                                      ecnas::quoted(response.redirect, 200)),
                          response.head.status};
      }
      address_ = std::move(response.redirect);
    }
    return GetFailure{fmt::format("it redirects more than {} times", kMaxRedirects)};
  }

 private:
  /// Of the time that all may take; libcurl reads 0 as forever.
  [[nodiscard]] milliseconds left() const {
    return std::max(milliseconds{1}, std::chrono::duration_cast<milliseconds>(end_ - Clock::now()));
  }

  [[nodiscard]] Result<std::string, GetFailure> judge(const Response& response,
                                                      Content& content) const {
    const long status = response.head.status;
    if (response.ending == Ending::stopped) return GetFailure{"stopped", status};
    if (!content.fault().empty()) return GetFailure{content.fault(), status};
    if (status == 200 && response.ending == Ending::complete) return std::move(content.text());
    if (response.is_late) {
      return GetFailure{fmt::format("no whole answer within {:.3g} s",
                                    std::chrono::duration<double>(options_.timeout).count()),
                        status};
    }
    if (status != 0 && status != 200)
      return GetFailure{fmt::format("it answers with status {}", status), status};
    return GetFailure{response.reason, status};
  }

  std::string address_;
  const GetOptions& options_;
  Clock::time_point end_;
};

}  // namespace

Result<std::string, GetFailure> get(const std::string& url, const GetOptions& options) {
  expect_sense(url, options);
  return Getting(url, options).run();
}

}  // namespace ecnas::net
