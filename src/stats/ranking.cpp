#include "stats/ranking.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <utility>

#include "ecnas/core/error.hpp"

namespace ecnas::stats {
namespace {

constexpr unsigned kPrefixBits = 32;
constexpr unsigned kDigitBits = 11;
constexpr unsigned kDigits = 3;  // of a prefix
constexpr std::size_t kBuckets = std::size_t{1} << kDigitBits;
constexpr std::size_t kFew = 300;  // a comparison sort is quickest up to here
constexpr unsigned kFanBits = 4;
constexpr std::uint32_t kFan = 1U << kFanBits;
constexpr std::size_t kPairwise = 12;  // looking at every pair is quickest up to here

/// The leading bits of a key, of those in which keys differ, above its position: 8 bytes to sort.
using Item = std::uint64_t;

std::uint32_t position_of(Item item) {
  return static_cast<std::uint32_t>(item);
}

std::uint32_t prefix_of(Item item) {
  return static_cast<std::uint32_t>(item >> 32);
}

/// How far to shift keys to the right so that the bits in which any two differ fit a prefix, or the
/// leading ones of them.
unsigned prefix_shift(std::span<const std::uint64_t> keys) {
  std::uint64_t differing = 0;
  for (const std::uint64_t key : keys)
    differing |= key ^ keys[0];
  const auto width = static_cast<unsigned>(std::bit_width(differing));
  return width > kPrefixBits ? width - kPrefixBits : 0;
}

/// By prefix, least significant digit first; each pass is stable.
void radix_sort(std::vector<Item>& items) {
  const auto digit_of = [](Item item, unsigned digit) {
    return item >> (32 + digit * kDigitBits) & (kBuckets - 1);
  };
  std::array<std::array<std::uint32_t, kBuckets>, kDigits> counts{};
  for (const Item item : items) {
    for (unsigned digit = 0; digit < kDigits; ++digit)
      ++counts[digit][digit_of(item, digit)];
  }
  std::vector<Item> sorted(items.size());
  for (unsigned digit = 0; digit < kDigits; ++digit) {
    auto& place = counts[digit];
    if (place[digit_of(items[0], digit)] == items.size()) continue;
    std::uint32_t begin = 0;
    for (std::uint32_t& count : place)
      begin += std::exchange(count, begin);
    for (const Item item : items)
      sorted[place[digit_of(item, digit)]++] = item;
    items.swap(sorted);
  }
}

/// Sorts runs of equal prefixes by key and position; positions in them ascend already. Most runs
/// are of one item, or of equal keys.
void sort_within_prefixes(std::vector<Item>& items, std::span<const std::uint64_t> keys) {
  const auto key_of = [keys](Item item) { return keys[position_of(item)]; };
  const auto equal_prefixes = [&](std::size_t i, std::size_t j) {
    return prefix_of(items[i]) == prefix_of(items[j]);
  };
  for_each_run(items.size(), equal_prefixes, [&](std::size_t begin, std::size_t end) {
    if (end - begin == 1) return;
    const auto run = std::span(items).subspan(begin, end - begin);
    if (std::ranges::is_sorted(run, {}, key_of)) return;
    std::ranges::sort(run, {}, [&](Item item) { return std::pair(key_of(item), item); });
  });
}

/// Every pair looked at, without branches.
std::uint64_t count_pairwise(std::span<const std::uint32_t> ranks) {
  std::uint32_t inversions = 0;
  for (std::size_t j = 1; j < ranks.size(); ++j) {
    for (std::size_t i = 0; i < j; ++i)
      inversions += static_cast<std::uint32_t>(ranks[i] > ranks[j]);
  }
  return inversions;
}

using PerDigit = std::array<std::uint32_t, kFan>;

/// What a rank adds to the counts of greater digits: 1 for each digit below its own. A table, so
/// that adding it is a few vector instructions.
constexpr std::array<PerDigit, kFan> kBelow = [] {
  std::array<PerDigit, kFan> result{};
  for (std::size_t digit = 0; digit < kFan; ++digit) {
    for (std::size_t d = 0; d < digit; ++d)
      result[digit][d] = 1;
  }
  return result;
}();

/// Inversions among ranks that agree above their lowest `bits` bits. Digit by digit from the top:
/// two ranks of different digits are counted here, those of one digit go to a bucket of their own.
/// Both ranks and scratch are overwritten.
std::uint64_t count_below(std::span<std::uint32_t> ranks, std::span<std::uint32_t> scratch,
                          unsigned bits) {
  if (ranks.size() <= kPairwise) return count_pairwise(ranks);
  if (bits == 0) return 0;
  const unsigned shift = bits > kFanBits ? bits - kFanBits : 0;
  const auto digit_of = [shift](std::uint32_t rank) { return rank >> shift & (kFan - 1); };
  PerDigit greater{};  // so far, by digit: ranks of greater digits
  std::uint64_t inversions = 0;
  for (const std::uint32_t rank : ranks) {
    const std::uint32_t digit = digit_of(rank);
    inversions += greater[digit];
    for (std::size_t d = 0; d < kFan; ++d)
      greater[d] += kBelow[digit][d];
  }
  std::array<std::size_t, kFan + 1> begin{};
  for (std::size_t d = 0; d < kFan; ++d)
    begin[d + 1] = ranks.size() - greater[d];
  std::array<std::size_t, kFan + 1> position = begin;
  for (const std::uint32_t rank : ranks)
    scratch[position[digit_of(rank)]++] = rank;
  for (std::size_t d = 0; d < kFan; ++d) {
    const std::size_t size = begin[d + 1] - begin[d];
    inversions +=
        count_below(scratch.subspan(begin[d], size), ranks.subspan(begin[d], size), shift);
  }
  return inversions;
}

}  // namespace

std::uint64_t ordered_bits(double value) noexcept {
  constexpr std::uint64_t kSign = std::uint64_t{1} << 63;
  const auto bits = std::bit_cast<std::uint64_t>(value + 0.0);  // −0 + 0 is 0
  return (bits & kSign) != 0 ? ~bits : bits | kSign;
}

std::vector<std::uint64_t> ordered_bits(std::span<const double> values, std::string_view caller) {
  std::vector<std::uint64_t> keys(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(values[i]))
      fail(ErrorCode::invalid_argument, "{}: value {} is NaN; expected a number", caller, i);
    keys[i] = ordered_bits(values[i]);
  }
  return keys;
}

Sorted sorted(std::span<const std::uint64_t> keys) {
  const unsigned shift = prefix_shift(keys);
  std::vector<Item> items(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i)
    items[i] = keys[i] >> shift << 32 | i;
  if (items.size() <= kFew) {
    std::ranges::sort(items);
  } else {
    radix_sort(items);
  }
  if (shift > 0) sort_within_prefixes(items, keys);

  Sorted result{.order = std::vector<std::uint32_t>(keys.size()),
                .ranks = std::vector<std::uint32_t>(keys.size())};
  std::uint32_t rank = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    result.order[i] = position_of(items[i]);
    // Keys are asked, at random places, only where prefixes leave it open.
    const bool greater =
        i > 0 && (prefix_of(items[i - 1]) != prefix_of(items[i]) ||
                  (shift > 0 && keys[result.order[i - 1]] != keys[result.order[i]]));
    rank += static_cast<std::uint32_t>(greater);
    result.ranks[i] = rank;
  }
  return result;
}

MeanRanks mean_ranks(std::span<const double> values, std::string_view caller) {
  const Sorted by_value = sorted(ordered_bits(values, caller));
  MeanRanks result{.ranks = std::vector<double>(values.size())};
  const auto equal = [&](std::size_t i, std::size_t j) {
    return by_value.ranks[i] == by_value.ranks[j];
  };
  for_each_run(values.size(), equal, [&](std::size_t begin, std::size_t end) {
    const auto tied = static_cast<double>(end - begin);
    result.tied_cubes += tied * (tied - 1) * (tied + 1);
    for (std::size_t i = begin; i < end; ++i)
      result.ranks[by_value.order[i]] = static_cast<double>(begin + end + 1) / 2;
  });
  return result;
}

std::uint64_t count_inversions(std::vector<std::uint32_t> ranks) {
  if (ranks.empty()) return 0;
  const std::uint32_t greatest = *std::ranges::max_element(ranks);
  std::vector<std::uint32_t> scratch(ranks.size());
  return count_below(ranks, scratch, static_cast<unsigned>(std::bit_width(greatest)));
}

}  // namespace ecnas::stats
