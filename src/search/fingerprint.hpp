#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ecnas::search {

/// A 64-bit fingerprint of what it is given, one after another: tells damage and differences apart,
/// not forgeries. Multiplication and xor as in FNV-1a, a word at a time.
class Fingerprint {
 public:
  void add(std::uint64_t word) { state_ = std::rotl((state_ ^ word) * 0x9e3779b97f4a7c15ULL, 29); }
  void add(double value) { add(std::bit_cast<std::uint64_t>(value)); }
  void add(std::string_view text) {
    add(std::uint64_t{text.size()});
    for (const char c : text)
      add(std::uint64_t{static_cast<unsigned char>(c)});
  }
  [[nodiscard]] std::uint64_t value() const {
    std::uint64_t mixed = state_ ^ (state_ >> 32);
    mixed *= 0xd6e8feb86659fd93ULL;
    return mixed ^ (mixed >> 32);
  }

 private:
  std::uint64_t state_ = 0xcbf29ce484222325ULL;
};

[[nodiscard]] inline std::uint64_t fingerprint_of(std::string_view text) {
  Fingerprint fingerprint;
  fingerprint.add(text);
  return fingerprint.value();
}

}  // namespace ecnas::search
