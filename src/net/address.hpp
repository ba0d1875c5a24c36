#pragma once

#include <string>

namespace ecnas::net {

/// Refuses what is no http or https address, and one with a user or password in it, which would end
/// up in messages. @throws Error{invalid_argument}
void expect_address(const std::string& address);

/// The same for one that paths are appended to: without a query or fragment.
void expect_base_address(const std::string& address);

/// Whether a server at `from` may send us on to `to`: another http or https address, and not from
/// https to http.
[[nodiscard]] bool may_redirect(const std::string& from, const std::string& to);

}  // namespace ecnas::net
