#pragma once
/// net: files from web servers, whole or not at all. A download goes on where it stopped, tries
/// again where that can help, and gives a file its name only once its content is checked.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

namespace ecnas::net {

struct DownloadOptions {
  std::optional<std::uint64_t> bytes;          ///< the file has these; others are refused
  std::optional<std::string> sha256;           ///< expected, 64 lower-case hexadecimal digits
  std::uint64_t max_bytes = 8'000'000'000;     ///< of a file of unknown size
  unsigned retries = 5;                        ///< in a row that bring less than 1 MiB each
  std::chrono::milliseconds patience{30'000};  ///< with a server that sends less than 100 bytes/s
  std::chrono::milliseconds first_pause{
      500};  ///< before the second attempt; then doubled, jittered
  std::chrono::milliseconds longest_pause{60'000};  ///< a server that asks for a longer one fails
  std::uint64_t seed = 0;                           ///< of the jitter
  std::filesystem::path certificates;     ///< trusted authorities as PEM; empty: the system's
  std::string remedy = "fetch it again";  ///< what to do about unexpected content
  std::function<void(std::uint64_t done, std::optional<std::uint64_t> total)> progress;
  std::function<void(const std::string& text)> remark;  ///< why it begins again
  std::stop_token stop;
};

struct Downloaded {
  std::uint64_t bytes = 0;
  std::string sha256;              ///< of the file, 64 lower-case hexadecimal digits
  std::uint64_t resumed_from = 0;  ///< bytes that an earlier download had left
};

/// Downloads `url` (http or https) to `target`, which is replaced if it is there.
///
/// What arrives is kept in TARGET.part, beside it where it comes from in TARGET.part.source, until
/// it is complete and checked; a failure, a stop and a kill leave both, and the next download goes
/// on from there if the server still has the same file (by its ETag or date) or `sha256` will tell.
/// One download of a target at a time: the part is locked.
///
/// Five redirects are followed, never from https to http. Proxies are those of libcurl's
/// environment variables (http_proxy, https_proxy, all_proxy, no_proxy). Content that a server
/// compresses unasked is refused, and so is content whose end cannot be told from a lost
/// connection.
///
/// @throws Error{invalid_argument} for an address that is none, or one with a password;
/// Error{not_found} if the server has no such file; Error{invalid_data} if its size or digest is
/// not the expected one (the part is then deleted); Error{io_failure} if the network, the server or
/// the disk fails; Error{interrupted} when `stop` asks for it.
[[nodiscard]] Downloaded download(const std::string& url, const std::filesystem::path& target,
                                  const DownloadOptions& options = {});

}  // namespace ecnas::net
