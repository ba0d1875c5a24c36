#include <xxhash.h>

#include <algorithm>
#include <array>
#include <memory>

#include "ecnas/core/error.hpp"
#include "ecnas/train/images.hpp"

namespace ecnas::train {
namespace {

using Digest = std::array<unsigned char, sizeof(XXH128_canonical_t)>;

/// XXH3-128 of what is added, in its canonical (big-endian) form.
class Hash {
 public:
  Hash() {
    ECNAS_ASSERT(state_ != nullptr);
    reset();
  }
  void reset() { XXH3_128bits_reset(state_.get()); }
  void add(const void* bytes, std::size_t count) {
    XXH3_128bits_update(state_.get(), bytes, count);
  }
  /// Four bytes, little-endian on every machine.
  void add(std::uint32_t value) {
    std::array<unsigned char, 4> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i)
      bytes[i] = static_cast<unsigned char>(value >> (8 * i));
    add(bytes.data(), bytes.size());
  }
  [[nodiscard]] Digest digest() const {
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(state_.get()));
    return std::to_array(canonical.digest);
  }

 private:
  struct Free {
    void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
  };
  std::unique_ptr<XXH3_state_t, Free> state_{XXH3_createState()};
};

}  // namespace

std::string image_checksum(const ImageSet& images) {
  Hash hash;
  std::vector<Digest> digests;
  digests.reserve(images.size());
  for (std::size_t i = 0; i < images.size(); ++i) {
    const std::span<const std::uint8_t> image = images.image(i);
    hash.reset();
    hash.add(images.labels[i]);
    hash.add(image.data(), image.size());
    digests.push_back(hash.digest());
  }
  std::ranges::sort(digests);
  hash.reset();
  for (const std::int32_t number : {images.channels, images.height, images.width, images.classes})
    hash.add(static_cast<std::uint32_t>(number));
  hash.add(digests.data(), digests.size() * sizeof(Digest));
  return fmt::format("{:02x}", fmt::join(hash.digest(), ""));
}

}  // namespace ecnas::train
