#include "ecnas/moo/expected_improvement.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <limits>
#include <numbers>
#include <utility>

#include "moo/check.hpp"

namespace ecnas::moo {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

constexpr double kCertain = 8.5;  // the distribution is 1 from here on, in all its digits

double normal_density(double z) {
  return std::exp(-0.5 * z * z) * std::numbers::inv_sqrtpi / std::numbers::sqrt2;
}

double normal_distribution(double z) {
  return 0.5 * std::erfc(-z / std::numbers::sqrt2);
}

std::vector<double> distinct_levels(std::span<const Objectives> front, const Objectives& reference,
                                    std::size_t objective) {
  std::vector<double> levels{-kInfinity, reference[objective]};
  for (const Objectives& point : front)
    levels.push_back(point[objective]);
  std::ranges::sort(levels);
  levels.erase(std::unique(levels.begin(), levels.end()), levels.end());
  return levels;
}

std::uint32_t level_of(std::span<const double> levels, double value) {
  return static_cast<std::uint32_t>(std::ranges::lower_bound(levels, value) - levels.begin());
}

}  // namespace

double Belief::expected_shortfall(double bound) const {
  if (bound == -kInfinity || (is_log_ && bound <= 0)) return 0;
  if (deviation_ == 0) return std::max(0.0, bound - mean_);
  if (is_log_) {
    const double z = (std::log(bound / mean_)) / deviation_ + 0.5 * deviation_;
    if (z - deviation_ > kCertain) return bound - mean_;
    return std::max(0.0,
                    bound * normal_distribution(z) - mean_ * normal_distribution(z - deviation_));
  }
  const double z = (bound - mean_) / deviation_;
  if (z > kCertain) return bound - mean_;
  return std::max(0.0, deviation_ * (z * normal_distribution(z) + normal_density(z)));
}

double Belief::probability_within(double bound) const {
  if (is_log_ && bound <= 0) return 0;
  if (deviation_ == 0) return mean_ <= bound ? 1 : 0;
  return normal_distribution(is_log_ ? std::log(bound / mean_) / deviation_ + 0.5 * deviation_
                                     : (bound - mean_) / deviation_);
}

ExpectedImprovement::ExpectedImprovement(std::span<const Objectives> front,
                                         const Objectives& reference) {
  if (reference.size() == 0) {
    fail(ErrorCode::invalid_argument,
         "ExpectedImprovement: reference has no objectives; expected 1 to {}", kMaxObjectives);
  }
  require_size(front, reference.size(), "ExpectedImprovement");
  std::vector<Objectives> inside;
  std::ranges::copy_if(front, std::back_inserter(inside), [&](const Objectives& point) {
    return std::ranges::equal(point, reference, std::less{});
  });
  std::vector<Objectives> members;
  for (const std::size_t i : non_dominated(inside))
    members.push_back(inside[i]);
  for (std::size_t k = 0; k < reference.size(); ++k)
    levels_.push_back(distinct_levels(members, reference, k));
  std::vector<std::uint32_t> box(2 * reference.size());
  slice(std::move(members), reference.size() - 1, box);
}

/// Cuts the region that no member dominates along one objective, the later ones being cut already:
/// from one floor to the next, the same members dominate something.
/// @pre members are distinct and mutually non-dominated in the objectives up to this one
void ExpectedImprovement::slice(std::vector<Objectives> members, std::size_t objective,
                                std::vector<std::uint32_t>& box) {
  const std::vector<double>& levels = levels_[objective];
  std::uint32_t floor = 0;
  if (objective == 0) {  // open as far as the best member
    double least = levels.back();
    for (const Objectives& member : members)
      least = std::min(least, member[0]);
    box[0] = floor;
    box[1] = level_of(levels, least);
    corners_.insert(corners_.end(), box.begin(), box.end());
    return;
  }
  std::vector<Objectives> below;  // no higher than the floor, non-dominated in what comes before
  const auto cut = [&](std::uint32_t ceiling) {
    if (ceiling == floor) return;
    box[2 * objective] = floor;
    box[2 * objective + 1] = ceiling;
    slice(below, objective - 1, box);
    floor = ceiling;
  };
  std::ranges::stable_sort(members, {},
                           [&](const Objectives& member) { return member[objective]; });
  for (const Objectives& member : members) {
    cut(level_of(levels, member[objective]));
    std::erase_if(below, [&](const Objectives& other) {
      return std::equal(member.begin(), member.begin() + objective, other.begin(),
                        std::less_equal{});
    });
    below.push_back(member);
  }
  cut(static_cast<std::uint32_t>(levels.size() - 1));
}

double ExpectedImprovement::operator()(std::span<const Belief> beliefs) const {
  const std::size_t objectives = levels_.size();
  ECNAS_ASSERT(beliefs.size() == objectives);
  // Boxes share their sides' levels: one shortfall a level is enough.
  thread_local std::vector<std::vector<double>> shortfalls;
  shortfalls.resize(std::max(shortfalls.size(), objectives));
  for (std::size_t k = 0; k < objectives; ++k) {
    shortfalls[k].clear();
    for (const double level : levels_[k])
      shortfalls[k].push_back(beliefs[k].expected_shortfall(level));
  }
  double sum = 0;
  for (std::size_t box = 0; box < corners_.size(); box += 2 * objectives) {
    double product = 1;
    for (std::size_t k = 0; k < objectives; ++k) {
      const double upper = shortfalls[k][corners_[box + 2 * k + 1]];
      product *= std::max(0.0, upper - shortfalls[k][corners_[box + 2 * k]]);
    }
    sum += product;
  }
  return sum;
}

}  // namespace ecnas::moo
