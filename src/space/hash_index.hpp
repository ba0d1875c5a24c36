#pragma once
/// From hashes back to ranks: ranks in the order of their hashes, with the first place of every
/// leading-bits bucket, so that a look-up reads one bucket of about two hashes.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "ecnas/space/hash.hpp"
#include "ecnas/space/space.hpp"

namespace ecnas::space {

class HashIndex {
 public:
  HashIndex() = default;
  /// @param hashes  in rank order; they must outlive the index
  explicit HashIndex(std::span<const Hash> hashes);

  [[nodiscard]] std::optional<Rank> find(const Hash& hash) const;

  /// Ranks of the hashes in [first, last], in the order of the hashes.
  [[nodiscard]] std::vector<Rank> between(const Hash& first, const Hash& last) const;

 private:
  std::span<const Hash> hashes_;
  unsigned bucket_bits_ = 0;
  std::vector<Rank> order_;
  std::vector<std::uint32_t> bucket_start_;  // one more than there are buckets
};

}  // namespace ecnas::space
