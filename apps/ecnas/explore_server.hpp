#pragma once
/// The server of `ecnas explore`: answers on this machine's loopback interface only, below an
/// address that nobody can guess, and refuses what a foreign page in the reader's browser could ask
/// (docs/decisions/0009-explore.md).

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace ecnas::app {

/// What a path leads to.
struct ServedContent {
  std::string type;  ///< "application/json"
  std::string body;
};

class ExploreServer {
 public:
  /// Answers a path below the address, "" the address itself; absent: there is no such thing.
  /// Called by several threads at once.
  using Answer = std::function<std::optional<ServedContent>(std::string_view path)>;

  /// Takes a port of 127.0.0.1 and draws a secret of 128 bits from the system.
  /// @param port  0: any free one
  /// @throws Error{io_failure} if the port cannot be had
  explicit ExploreServer(std::uint16_t port);
  ExploreServer(const ExploreServer&) = delete;
  ExploreServer& operator=(const ExploreServer&) = delete;
  ~ExploreServer();

  [[nodiscard]] std::uint16_t port() const;
  /// "http://127.0.0.1:PORT/SECRET/"
  [[nodiscard]] std::string address() const;

  /// Answers GET and HEAD until `stop` is requested, and finishes what is in flight. Who asks
  /// before it is called waits. A fault that `answer` throws is answered with status 500.
  /// @throws Error{io_failure} if the system ends the listening
  void serve(const Answer& answer, const std::stop_token& stop);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ecnas::app
