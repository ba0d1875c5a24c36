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

/// Whether both are web addresses of the same scheme, host and port.
[[nodiscard]] bool is_same_server(const std::string& a, const std::string& b);

/// Whether nobody can read on the way: an https address, or one of this machine.
[[nodiscard]] bool is_private(const std::string& address);

/// Whether its host is this machine: localhost, ::1, or within 127.0.0.0/8.
[[nodiscard]] bool is_loopback(const std::string& address);

}  // namespace ecnas::net
