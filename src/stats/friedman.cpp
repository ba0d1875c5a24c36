#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string_view>

#include "ecnas/core/error.hpp"
#include "ecnas/stats/comparison.hpp"
#include "stats/check.hpp"
#include "stats/chi_square.hpp"
#include "stats/ranking.hpp"
#include "stats/studentized_range.hpp"

namespace ecnas::stats {
namespace {

void require_design(std::size_t treatments, std::size_t blocks, std::string_view caller) {
  if (treatments < 2 || blocks == 0) {
    fail(ErrorCode::invalid_argument,
         "{}: {} treatments on {} blocks; expected at least two on one", caller, treatments,
         blocks);
  }
}

void require_same_treatments(std::span<const std::vector<double>> blocks) {
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    if (blocks[i].size() != blocks[0].size()) {
      fail(ErrorCode::invalid_argument,
           "friedman: block {} has {} values, block 0 has {}; expected as many", i,
           blocks[i].size(), blocks[0].size());
    }
  }
}

/// Of block `index`, from 1, the best.
std::vector<double> ranks_of(std::vector<double> block, std::size_t index, Better better) {
  if (better == Better::greater) std::ranges::transform(block, block.begin(), std::negate{});
  return mean_ranks(block, fmt::format("friedman, block {}", index)).ranks;
}

}  // namespace

FriedmanResult friedman(std::span<const std::vector<double>> blocks, Better better) {
  const std::size_t treatments = blocks.empty() ? 0 : blocks[0].size();
  require_design(treatments, blocks.size(), "friedman");
  require_same_treatments(blocks);

  const double centre = (static_cast<double>(treatments) + 1) / 2;
  std::vector<double> sums(treatments, 0.0);  // of ranks less their mean: multiples of ½
  double squares = 0;                         // ties lessen them, which is the correction
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const std::vector<double> ranks = ranks_of(blocks[i], i, better);
    for (std::size_t j = 0; j < treatments; ++j) {
      sums[j] += ranks[j] - centre;
      squares += (ranks[j] - centre) * (ranks[j] - centre);
    }
  }

  const auto n = static_cast<double>(blocks.size());
  FriedmanResult result{.blocks = blocks.size()};
  double between = 0;
  for (const double sum : sums) {
    result.mean_ranks.push_back(centre + sum / n);
    between += sum * sum;
  }
  if (squares > 0) result.statistic = static_cast<double>(treatments - 1) * between / squares;
  result.p_value = chi_square_share_above(result.statistic, treatments - 1);
  return result;
}

double nemenyi_critical_difference(std::size_t treatments, std::size_t blocks) {
  constexpr double kLevel = 0.05;
  require_design(treatments, blocks, "nemenyi_critical_difference");
  const auto k = static_cast<double>(treatments);
  const auto n = static_cast<double>(blocks);
  // q / √2 · √(k (k + 1) / (6 n))
  return studentized_range_quantile(1 - kLevel, treatments) * std::sqrt(k * (k + 1) / (12 * n));
}

std::vector<std::pair<std::size_t, std::size_t>> indistinguishable_groups(
    std::span<const double> mean_ranks, double critical_difference) {
  require_values(mean_ranks, "indistinguishable_groups");
  if (!(critical_difference > 0 && std::isfinite(critical_difference))) {
    fail(ErrorCode::invalid_argument,
         "indistinguishable_groups: critical difference {}; expected a positive finite number",
         critical_difference);
  }
  std::vector<double> ranks(mean_ranks.begin(), mean_ranks.end());
  std::ranges::sort(ranks);
  std::vector<std::pair<std::size_t, std::size_t>> groups;
  std::size_t end = 0;  // of the run from `first`; it never falls as `first` grows
  for (std::size_t first = 0; first < ranks.size(); ++first) {
    const std::size_t reached = end;
    while (end < ranks.size() && ranks[end] - ranks[first] < critical_difference)
      ++end;
    if (end > reached && end - first >= 2) groups.emplace_back(first, end - 1);
  }
  return groups;
}

}  // namespace ecnas::stats
