#include "space/hash_index.hpp"

#include <algorithm>
#include <bit>

namespace ecnas::space {
namespace {

/// The leading `bits` (at most 32) of a hash as a number.
std::size_t leading_bits(const Hash& hash, unsigned bits) {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < 4; ++i)
    word = word << 8 | hash.bytes[i];
  return static_cast<std::size_t>(word >> (32 - bits));
}

}  // namespace

HashIndex::HashIndex(std::span<const Hash> hashes)
    : hashes_(hashes),
      bucket_bits_(static_cast<unsigned>(std::bit_width(hashes.size() / 2))),
      order_(hashes.size()),
      bucket_start_((std::size_t{1} << bucket_bits_) + 1) {
  for (const Hash& hash : hashes)
    ++bucket_start_[leading_bits(hash, bucket_bits_) + 1];
  for (std::size_t bucket = 1; bucket < bucket_start_.size(); ++bucket)
    bucket_start_[bucket] += bucket_start_[bucket - 1];
  std::vector<std::uint32_t> next(bucket_start_.begin(), bucket_start_.end() - 1);
  for (Rank rank = 0; rank < hashes.size(); ++rank)
    order_[next[leading_bits(hashes[rank], bucket_bits_)]++] = rank;
  const auto by_hash = [&](Rank a, Rank b) { return hashes_[a] < hashes_[b]; };
  for (std::size_t bucket = 0; bucket + 1 < bucket_start_.size(); ++bucket)
    std::sort(order_.begin() + bucket_start_[bucket], order_.begin() + bucket_start_[bucket + 1],
              by_hash);
}

std::optional<Rank> HashIndex::find(const Hash& hash) const {
  const std::size_t bucket = leading_bits(hash, bucket_bits_);
  for (std::uint32_t i = bucket_start_[bucket]; i < bucket_start_[bucket + 1]; ++i) {
    if (hashes_[order_[i]] == hash) return order_[i];
  }
  return std::nullopt;
}

std::vector<Rank> HashIndex::between(const Hash& first, const Hash& last) const {
  std::vector<Rank> ranks;
  const std::uint32_t end = bucket_start_[leading_bits(last, bucket_bits_) + 1];
  for (std::uint32_t i = bucket_start_[leading_bits(first, bucket_bits_)]; i < end; ++i) {
    const Hash& hash = hashes_[order_[i]];
    if (first <= hash && hash <= last) ranks.push_back(order_[i]);
  }
  return ranks;
}

}  // namespace ecnas::space
