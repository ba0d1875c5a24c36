#include "net/address.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "net/curl.hpp"

namespace ecnas::net {
namespace {

class Address {
 public:
  explicit Address(const std::string& text)
      : parsed_(curl().url()),
        is_valid_(curl().url_set(parsed_.get(), CURLUPART_URL, text.c_str(), 0) == CURLUE_OK) {}

  [[nodiscard]] std::optional<std::string> part(CURLUPart which, unsigned flags = 0) const {
    char* text = nullptr;
    if (!is_valid_ || curl().url_get(parsed_.get(), which, &text, flags) != CURLUE_OK) return {};
    std::string result(text);
    curl().free(text);
    return result;
  }

  [[nodiscard]] bool has(CURLUPart which) const { return part(which).has_value(); }

  [[nodiscard]] bool is_web() const {
    const std::optional<std::string> scheme = part(CURLUPART_SCHEME);
    return (scheme == "http" || scheme == "https") && has(CURLUPART_HOST);
  }

  /// In lower case; with its port, given or not.
  [[nodiscard]] std::string server() const {
    std::string text = part(CURLUPART_HOST).value_or("") + ":" +
                       part(CURLUPART_PORT, CURLU_DEFAULT_PORT).value_or("");
    std::ranges::transform(text, text.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return text;
  }

  [[nodiscard]] bool is_secret() const { return has(CURLUPART_USER) || has(CURLUPART_PASSWORD); }

 private:
  struct Free {
    void operator()(CURLU* address) const { curl().url_cleanup(address); }
  };
  std::unique_ptr<CURLU, Free> parsed_;
  bool is_valid_;
};

void expect_web(const Address& address, const std::string& text) {
  // A password is not repeated.
  if (address.is_secret()) {
    fail(ErrorCode::invalid_argument,
         "address: it holds a user name or password, which would show in messages; leave it out");
  }
  if (!address.is_web()) {
    fail(ErrorCode::invalid_argument,
         "address {}: expected one that begins with http:// or https://", ecnas::quoted(text, 200));
  }
}

}  // namespace

void expect_address(const std::string& address) {
  expect_web(Address(address), address);
}

void expect_base_address(const std::string& address) {
  const Address parsed(address);
  expect_web(parsed, address);
  if (parsed.has(CURLUPART_QUERY) || parsed.has(CURLUPART_FRAGMENT)) {
    fail(ErrorCode::invalid_argument,
         "address {}: paths are appended to it; leave out what begins with ? or #",
         ecnas::quoted(address, 200));
  }
}

bool may_redirect(const std::string& from, const std::string& to) {
  const Address target(to);
  return target.is_web() && !target.is_secret() &&
         (target.part(CURLUPART_SCHEME) == "https" ||
          Address(from).part(CURLUPART_SCHEME) == "http");
}

bool is_same_server(const std::string& a, const std::string& b) {
  const Address first(a);
  const Address second(b);
  return first.is_web() && second.is_web() && !second.is_secret() &&
         first.part(CURLUPART_SCHEME) == second.part(CURLUPART_SCHEME) &&
         first.server() == second.server();
}

bool is_loopback(const std::string& address) {
  const std::string host = Address(address).part(CURLUPART_HOST).value_or("");
  if (host == "localhost" || host == "[::1]") return true;
  const auto numbers = split(host, '.');
  return numbers.size() == 4 && numbers.front() == "127" &&
         std::ranges::all_of(numbers, [](std::string_view text) {
           const auto number = parse_integer(text);
           return number && *number >= 0 && *number <= 255;
         });
}

bool is_private(const std::string& address) {
  return Address(address).part(CURLUPART_SCHEME) == "https" || is_loopback(address);
}

}  // namespace ecnas::net
