#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

namespace ecnas::net {

/// SHA-256 of bytes that come piece by piece. Move-only.
class Sha256 {
 public:
  Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  ~Sha256();

  void update(std::span<const std::byte> bytes);

  /// 64 lower-case hexadecimal digits of all bytes so far; more may follow.
  [[nodiscard]] std::string hexadecimal() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Whether `text` is 64 lower-case hexadecimal digits.
[[nodiscard]] bool is_sha256(std::string_view text);

/// SHA-256 of a file's content.
/// @throws Error{not_found}, Error{io_failure}; Error{interrupted} when `stop` asks for it
[[nodiscard]] std::string sha256_of_file(const std::filesystem::path& path,
                                         const std::stop_token& stop = {});

}  // namespace ecnas::net
