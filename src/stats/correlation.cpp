#include "ecnas/stats/correlation.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "stats/check.hpp"
#include "stats/ranking.hpp"

namespace ecnas::stats {
namespace {

std::uint64_t pairs_of(std::uint64_t n) {
  return n * (n - 1) / 2;  // 0 for 0: the wrapped factor is multiplied by 0
}

/// Number of pairs within runs of equal neighbours.
template <typename Equal>
std::uint64_t tied_pairs(std::size_t places, Equal equal) {
  std::uint64_t tied = 0;
  for_each_run(places, equal,
               [&](std::size_t begin, std::size_t end) { tied += pairs_of(end - begin); });
  return tied;
}

std::uint64_t tied_pairs(std::span<const std::uint32_t> ranks) {
  return tied_pairs(ranks.size(),
                    [&](std::size_t i, std::size_t j) { return ranks[i] == ranks[j]; });
}

/// The same for pairs that are tied in both, from the ranks in order of both.
std::uint64_t tied_pairs(std::span<const std::uint32_t> x_ranks,
                         std::span<const std::uint32_t> y_ranks) {
  return tied_pairs(x_ranks.size(), [&](std::size_t i, std::size_t j) {
    return x_ranks[i] == x_ranks[j] && y_ranks[i] == y_ranks[j];
  });
}

/// values[order[0]], values[order[1]], …
template <typename T>
std::vector<T> in_order(const std::vector<T>& values, std::span<const std::uint32_t> order) {
  std::vector<T> result(order.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    result[i] = values[order[i]];
  return result;
}

void require_pairs(std::span<const double> x, std::span<const double> y, std::string_view caller) {
  require_same_size(x, y, caller);
  require_countable(x.size(), caller);
}

/// Ranks less their mean, twice, so that they are whole; equal values share theirs. In the order in
/// which the values were given.
std::vector<double> centred_ranks(std::span<const double> values) {
  std::vector<double> centred = mean_ranks(values, "spearman_rho").ranks;
  const double twice_the_mean = static_cast<double>(values.size()) + 1;
  for (double& rank : centred)
    rank = 2 * rank - twice_the_mean;
  return centred;
}

/// Cosine of the angle between two vectors; none if one is 0.
std::optional<double> cosine(std::span<const double> a, std::span<const double> b) {
  double aa = 0, bb = 0, ab = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    aa += a[i] * a[i];
    bb += b[i] * b[i];
    ab += a[i] * b[i];
  }
  if (aa == 0 || bb == 0) return std::nullopt;
  return std::clamp(ab / std::sqrt(aa * bb), -1.0, 1.0);
}

/// The values less their mean, in units of the largest magnitude, so that no square over- or
/// underflows. Equal values are ±1 in that unit, so they give exactly 0.
std::vector<double> centred(std::span<const double> values) {
  double scale = 0;
  for (const double value : values)
    scale = std::max(scale, std::abs(value));
  std::vector<double> result(values.size(), 0.0);
  if (scale == 0) return result;
  double sum = 0;
  for (const double value : values)
    sum += value / scale;
  const double mean = sum / static_cast<double>(values.size());
  std::ranges::transform(values, result.begin(),
                         [&](double value) { return value / scale - mean; });
  return result;
}

}  // namespace

std::optional<double> kendall_tau_b(std::span<const double> x, std::span<const double> y) {
  require_pairs(x, y, "kendall_tau_b");
  const std::vector<std::uint64_t> x_keys = ordered_bits(x, "kendall_tau_b");
  // By y first; the order by x keeps it among equal x, so that these add no inversions.
  const Sorted by_y = sorted(ordered_bits(y, "kendall_tau_b"));
  const Sorted by_x = sorted(in_order(x_keys, by_y.order));

  const std::uint64_t pairs = pairs_of(x.size());
  const std::uint64_t tied_in_y = tied_pairs(by_y.ranks);
  const std::uint64_t untied_in_x = pairs - tied_pairs(by_x.ranks);
  const std::uint64_t untied_in_y = pairs - tied_in_y;
  if (untied_in_x == 0 || untied_in_y == 0) return std::nullopt;

  std::vector<std::uint32_t> y_ranks = in_order(by_y.ranks, by_x.order);
  const std::uint64_t untied = untied_in_x - tied_in_y + tied_pairs(by_x.ranks, y_ranks);
  const std::uint64_t discordant = count_inversions(std::move(y_ranks));
  const auto concordant = static_cast<std::int64_t>(untied - discordant);
  return static_cast<double>(concordant - static_cast<std::int64_t>(discordant)) /
         std::sqrt(static_cast<double>(untied_in_x) * static_cast<double>(untied_in_y));
}

std::optional<double> spearman_rho(std::span<const double> x, std::span<const double> y) {
  require_pairs(x, y, "spearman_rho");
  return cosine(centred_ranks(x), centred_ranks(y));
}

std::optional<double> pearson(std::span<const double> x, std::span<const double> y) {
  require_same_size(x, y, "pearson");
  require_finite(x, "pearson");
  require_finite(y, "pearson");
  if (x.size() < 2) return std::nullopt;
  return cosine(centred(x), centred(y));
}

}  // namespace ecnas::stats
