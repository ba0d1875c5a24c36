#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace ecnas::net {

struct Request {
  std::string address;
  std::uint64_t offset = 0;  ///< 0: the whole; else what follows these bytes
  std::string if_range;      ///< only if the file still has this validator; empty: in any case
  std::filesystem::path certificates;
  std::chrono::milliseconds patience{};
  std::stop_token stop;
  std::vector<std::string> headers = {};                  ///< lines to send as well
  std::optional<std::chrono::milliseconds> timeout = {};  ///< for all of it
  bool is_direct = false;                                 ///< through no proxy
};

/// A Content-Range: `bytes FIRST-LAST/TOTAL`.
struct ContentRange {
  std::uint64_t first = 0;
  std::optional<std::uint64_t> total;
};
[[nodiscard]] std::optional<ContentRange> parse_content_range(std::string_view text);

/// What a server says before it sends the content.
struct Head {
  long status = 0;                      ///< 0: no answer
  std::optional<std::uint64_t> length;  ///< of what it sends
  std::optional<ContentRange> range;
  std::string entity_tag;
  std::string last_modified;
  std::string encoding;       ///< of the content; empty: none
  bool tells_its_end = true;  ///< or ends with the connection, as a broken one does
};

class Receiver {
 public:
  virtual ~Receiver() = default;
  /// @return whether the content is wanted
  virtual bool begin(const Head& head) = 0;
  virtual void take(std::span<const std::byte> bytes) = 0;
};

enum class Ending {
  complete,
  declined,   ///< the receiver did not want it
  stopped,    ///< on request
  transient,  ///< failed so that another attempt may not
  permanent,  ///< failed otherwise
};

struct Response {
  Ending ending = Ending::permanent;
  std::string reason;    ///< of a failure
  bool is_late = false;  ///< failed because time was up
  Head head;
  std::string redirect;  ///< address that it sends us on to, if any
  std::optional<std::chrono::seconds> retry_after;
};

/// One GET request over libcurl, without following redirects.
/// @throws what `receiver` throws
[[nodiscard]] Response transfer(const Request& request, Receiver& receiver);

}  // namespace ecnas::net
