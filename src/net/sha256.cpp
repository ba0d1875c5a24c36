#include "ecnas/net/sha256.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <vector>

#include "ecnas/core/error.hpp"

namespace ecnas::net {

struct Sha256::Impl {
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context{EVP_MD_CTX_new()};
};

Sha256::Sha256() : impl_(std::make_unique<Impl>()) {
  ECNAS_ASSERT(EVP_DigestInit_ex(impl_->context.get(), EVP_sha256(), nullptr) == 1);
}
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

void Sha256::update(std::span<const std::byte> bytes) {
  ECNAS_ASSERT(EVP_DigestUpdate(impl_->context.get(), bytes.data(), bytes.size()) == 1);
}

std::string Sha256::hexadecimal() const {
  const Impl copy;
  std::array<unsigned char, 32> digest{};
  ECNAS_ASSERT(EVP_MD_CTX_copy_ex(copy.context.get(), impl_->context.get()) == 1);
  ECNAS_ASSERT(EVP_DigestFinal_ex(copy.context.get(), digest.data(), nullptr) == 1);
  return fmt::format("{:02x}", fmt::join(digest, ""));
}

bool is_sha256(std::string_view text) {
  return text.size() == 64 && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

std::string sha256_of_file(const std::filesystem::path& path, const std::stop_token& stop) {
  if (!std::filesystem::exists(path)) {
    fail(ErrorCode::not_found, "{}: no such file; check the path", path.string());
  }
  std::ifstream file(path, std::ios::binary);
  std::vector<char> piece(std::size_t{1} << 20);
  Sha256 digest;
  while (file) {
    if (stop.stop_requested()) {
      fail(ErrorCode::interrupted, "{}: interrupted while its SHA-256 was computed", path.string());
    }
    file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    digest.update(std::as_bytes(std::span(piece.data(), static_cast<std::size_t>(file.gcount()))));
  }
  if (!file.eof()) fail(ErrorCode::io_failure, "{}: cannot be read", path.string());
  return digest.hexadecimal();
}

}  // namespace ecnas::net
