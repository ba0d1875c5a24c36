#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "ecnas/core/result.hpp"

namespace ecnas::net {

/// One that is sent, such as a key.
struct Header {
  std::string name;
  std::string value;
};

struct GetOptions {
  std::vector<Header> headers;
  std::chrono::milliseconds timeout{5'000};  ///< for all of it
  std::size_t max_bytes = 1 << 20;
  std::filesystem::path certificates;  ///< trusted authorities as PEM; empty: the system's
  std::stop_token stop;
};

struct GetFailure {
  std::string reason;  ///< one line, without the headers that were sent
  long status = 0;     ///< of the server's answer; 0: there was none
};

/// The content of `url`, in memory: a small answer of a service, asked for once.
///
/// Only https, and http on this machine (127.0.0.0/8, ::1, localhost), which no proxy sees; other
/// proxies are those of libcurl's environment variables. Up to five redirects are followed, none to
/// another host. Waits for the timeout at most, or until `stop` asks for it.
/// @throws Error{invalid_argument} for an address or a header that cannot be sent
[[nodiscard]] Result<std::string, GetFailure> get(const std::string& url,
                                                  const GetOptions& options = {});

}  // namespace ecnas::net
