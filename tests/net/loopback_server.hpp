#pragma once
/// A web server on loopback that sends exactly the bytes that a test says.

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"

namespace ecnas::testing {

class LoopbackServer {
 public:
  /// What to send for a request's head before the connection is closed.
  using Answer = std::function<std::string(const std::string& request)>;

  explicit LoopbackServer(Answer answer) : answer_(std::move(answer)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    ECNAS_ASSERT(::bind(listener_, generic, size) == 0 && ::listen(listener_, 64) == 0);
    ECNAS_ASSERT(::getsockname(listener_, generic, &size) == 0);
    port_ = ::ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;
  ~LoopbackServer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }

  [[nodiscard]] std::string address() const { return fmt::format("http://127.0.0.1:{}/f", port_); }

  [[nodiscard]] std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void serve() {
    for (;;) {
      const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (connection < 0) return;
      const std::string request = head_of_request(connection);
      {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
      }
      std::string text = answer_(request);
      for (std::string_view left = text; !left.empty();) {
        const ssize_t count = ::send(connection, left.data(), left.size(), MSG_NOSIGNAL);
        if (count <= 0) break;
        left.remove_prefix(static_cast<std::size_t>(count));
      }
      ::close(connection);
    }
  }

  static std::string head_of_request(int connection) {
    std::string head;
    char byte = 0;
    while (!head.ends_with("\r\n\r\n") && ::recv(connection, &byte, 1, 0) == 1)
      head += byte;
    return head;
  }

  Answer answer_;
  int listener_ = -1;
  int port_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::thread thread_;
};

/// The value of a request's header; absent if it has none of that name.
inline std::optional<std::string> header(const std::string& request, const std::string& name) {
  const std::size_t begin = request.find("\r\n" + name + ": ");
  if (begin == std::string::npos) return std::nullopt;
  const std::size_t value = begin + name.size() + 4;
  return request.substr(value, request.find("\r\n", value) - value);
}

/// What a good server sends: all of `content`, or what a Range asks for.
inline std::string good_answer(const std::string& request, const std::string& content) {
  const std::optional<std::string> range = header(request, "Range");
  if (!range) {
    return fmt::format("HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: {}\r\n\r\n{}",
                       content.size(), content);
  }
  const std::string first = range->substr(6, range->size() - 7);
  const auto offset = static_cast<std::size_t>(parse_integer(first).value());
  return fmt::format(
      "HTTP/1.1 206 Part\r\nETag: \"1\"\r\nContent-Range: bytes {}-{}/{}\r\nContent-Length: {}\r\n"
      "\r\n{}",
      offset, content.size() - 1, content.size(), content.size() - offset, content.substr(offset));
}

}  // namespace ecnas::testing
