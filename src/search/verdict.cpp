#include "search/verdict.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <string_view>

namespace ecnas::search {
namespace {

constexpr auto kShare = static_cast<std::size_t>(Indicator::hypervolume_share);

const PairTest& test_of(const Comparison& comparison, std::size_t a, std::size_t b) {
  return *std::ranges::find_if(comparison.tests, [&](const PairTest& test) {
    return (test.first == a && test.second == b) || (test.first == b && test.second == a);
  });
}

/// "a, b and c"
std::string listed(const std::vector<std::string>& names) {
  if (names.size() < 2) return names.empty() ? std::string() : names.front();
  const std::vector<std::string> but_last(names.begin(), names.end() - 1);
  return fmt::format("{} and {}", fmt::join(but_last, ", "), names.back());
}

/// To so many digits that it is not 0.
/// @param relation  "=", or "≤" for the largest of several
std::string p_text(double p, std::string_view relation = "=") {
  return p < 1e-4 ? "p < 0.0001" : fmt::format("p {} {:.2g}", relation, p);
}

std::string leader_text(const Comparison& comparison) {
  const std::size_t leader = comparison.order.front();
  const Summary& share = comparison.results[leader].indicators[kShare];
  std::string text = fmt::format("{} has the largest mean share of the exact hypervolume, {:.4f}",
                                 comparison.contenders[leader].name, share.mean.value_or(0));
  if (share.interval) {
    text += fmt::format(" (95 % interval {:.4f} to {:.4f}, {} trials)", share.interval->first,
                        share.interval->second, comparison.trials);
  }
  return text + ".";
}

/// Of the pairs that the leader is in: what is shown, and what is not.
void add_leaders_tests(const Comparison& comparison, const ComparisonOptions& options,
                       std::vector<std::string>& sentences) {
  const std::size_t leader = comparison.order.front();
  std::vector<std::string> beaten;
  std::vector<std::string> level;
  double largest_p = 0;
  for (const std::size_t other : comparison.order) {
    if (other == leader) continue;
    const PairTest& test = test_of(comparison, leader, other);
    const std::string& name = comparison.contenders[other].name;
    const double ahead = test.first == leader ? test.mean_difference : -test.mean_difference;
    if (test.is_significant && ahead > 0) {
      beaten.push_back(name);
      largest_p = std::max(largest_p, test.wilcoxon_adjusted);
    } else {
      level.push_back(fmt::format("{} ({})", name, p_text(test.wilcoxon_adjusted)));
    }
  }
  const std::string_view pairs = comparison.tests.size() == 1 ? "pair" : "pairs";
  if (!beaten.empty()) {
    sentences.push_back(fmt::format(
        "It is better than {}: Wilcoxon's signed-rank test over common seeds, Holm-corrected for "
        "{} {}, {}.",
        listed(beaten), comparison.tests.size(), pairs,
        p_text(largest_p, beaten.size() > 1 ? "≤" : "=")));
  }
  if (!level.empty()) {
    sentences.push_back(fmt::format("It is not shown to be better than {}, at a level of {:g}.",
                                    listed(level), options.level));
  }
}

/// The other pairs, and all of them at once.
void add_all_pairs(const Comparison& comparison, std::vector<std::string>& sentences) {
  if (comparison.contenders.size() < 3) return;
  const auto told_apart = std::ranges::count_if(
      comparison.tests, [](const PairTest& test) { return test.is_significant; });
  sentences.push_back(
      fmt::format("Of all {} pairs, {} are told apart.", comparison.tests.size(), told_apart));
  const Ranking& ranking = *comparison.ranking;
  sentences.push_back(fmt::format(
      "Friedman's test over the trials: {}; mean ranks closer than {:.2f} (Nemenyi) are not told "
      "apart.",
      p_text(ranking.friedman.p_value), ranking.critical_difference));
}

/// Trials without which no result of theirs could be significant: each pair of n trials has a p
/// value of at least 2¹⁻ⁿ, which the correction multiplies by the number of pairs.
std::size_t least_trials(std::size_t pairs, double level) {
  std::size_t trials = 2;
  while (static_cast<double>(pairs) * std::exp2(1 - static_cast<double>(trials)) > level)
    ++trials;
  return trials;
}

std::string what_holds(const Comparison& comparison) {
  return fmt::format(
      "This holds for this table, these objectives and this budget{}; nothing is said of others.",
      comparison.trials > 1 ? ", over what seeds change" : "");
}

}  // namespace

std::vector<std::string> verdict_of(const Comparison& comparison,
                                    const ComparisonOptions& options) {
  std::vector<std::string> sentences = {leader_text(comparison)};
  const std::size_t contenders = comparison.contenders.size();
  const std::size_t needed = least_trials(contenders * (contenders - 1) / 2, options.level);
  if (comparison.trials < 2) {
    sentences.push_back(fmt::format(
        "One trial each tells nothing of chance: no test is made; {} trials are the least with "
        "which one could find a difference.",
        needed));
  } else {
    if (comparison.trials < needed) {
      sentences.push_back(fmt::format(
          "With {} trials no pair could be told apart after correction, whatever they found; {} "
          "are the least.",
          comparison.trials, needed));
    } else {
      add_leaders_tests(comparison, options, sentences);
    }
    add_all_pairs(comparison, sentences);
  }
  if (!comparison.reference_is_reached) {
    sentences.emplace_back(
        "No solution is better than the reference point in every objective, so every hypervolume "
        "is 0; shares have a reference of their own.");
  }
  sentences.push_back(what_holds(comparison));
  return sentences;
}

}  // namespace ecnas::search
