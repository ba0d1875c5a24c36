#pragma once
/// MD5 and SHA-256 by OpenSSL, as hexadecimal text: what the tests hold our own MD5 against.

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <string>
#include <string_view>

#include "ecnas/core/error.hpp"

namespace ecnas::testing {

inline std::string hexadecimal_digest(std::string_view text, const EVP_MD* algorithm) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  ECNAS_ASSERT(EVP_Digest(text.data(), text.size(), bytes.data(), &size, algorithm, nullptr) == 1);
  std::string result;
  for (unsigned i = 0; i < size; ++i)
    result += fmt::format("{:02x}", bytes[i]);
  return result;
}

inline std::string md5(std::string_view text) {
  return hexadecimal_digest(text, EVP_md5());
}

inline std::string sha256(std::string_view text) {
  return hexadecimal_digest(text, EVP_sha256());
}

}  // namespace ecnas::testing
