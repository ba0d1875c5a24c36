#include "moo/hypervolume_3d.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <iterator>
#include <limits>
#include <ranges>
#include <tuple>

namespace ecnas::moo {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Point3 solid(const Objectives& point) {
  return {point[0], point[1], point[2]};
}

bool strictly_below(const Point3& point, const Point3& reference) {
  return point.x < reference.x && point.y < reference.y && point.z < reference.z;
}

bool in_order_of_z(const Point3& a, const Point3& b) {
  return a.z != b.z ? a.z < b.z : std::tie(a.x, a.y) < std::tie(b.x, b.y);
}

/// Some of the numbers 0 to size − 1, as bits, with a bit more for every word that is not 0: the
/// neighbours of a number are found in a few instructions.
class NumberSet {
 public:
  explicit NumberSet(std::size_t size)
      : words_((size + kBits - 1) / kBits), summary_((words_.size() + kBits - 1) / kBits) {}

  void insert(std::size_t number) {
    words_[number / kBits] |= bit(number);
    summary_[number / kBits / kBits] |= bit(number / kBits);
  }

  void erase(std::size_t number) {
    std::uint64_t& word = words_[number / kBits];
    word &= ~bit(number);
    if (word == 0) summary_[number / kBits / kBits] &= ~bit(number / kBits);
  }

  /// The least member above. @pre there is one
  [[nodiscard]] std::size_t after(std::size_t number) const {
    if (const std::uint64_t word = words_[number / kBits] & above(number)) {
      return number / kBits * kBits + lowest(word);
    }
    std::size_t block = number / kBits;
    std::uint64_t blocks = summary_[block / kBits] & above(block);
    for (block /= kBits; blocks == 0;)
      blocks = summary_[++block];
    block = block * kBits + lowest(blocks);
    return block * kBits + lowest(words_[block]);
  }

  /// The greatest member below. @pre there is one
  [[nodiscard]] std::size_t before(std::size_t number) const {
    if (const std::uint64_t word = words_[number / kBits] & below(number)) {
      return number / kBits * kBits + highest(word);
    }
    std::size_t block = number / kBits;
    std::uint64_t blocks = summary_[block / kBits] & below(block);
    for (block /= kBits; blocks == 0;)
      blocks = summary_[--block];
    block = block * kBits + highest(blocks);
    return block * kBits + highest(words_[block]);
  }

 private:
  static constexpr std::size_t kBits = 64;

  static std::uint64_t bit(std::size_t number) { return std::uint64_t{1} << (number % kBits); }
  static std::uint64_t below(std::size_t number) { return bit(number) - 1; }
  static std::uint64_t above(std::size_t number) { return ~below(number) ^ bit(number); }
  static std::size_t lowest(std::uint64_t word) {
    return static_cast<std::size_t>(std::countr_zero(word));
  }
  static std::size_t highest(std::uint64_t word) {
    return static_cast<std::size_t>(std::bit_width(word) - 1);
  }

  std::vector<std::uint64_t> words_;
  std::vector<std::uint64_t> summary_;
};

/// The staircase, in the first two objectives, of the points met so far. All points are known
/// beforehand, so a step is a rank in order of x and the staircase a set of ranks; the corners of
/// the reference are the first and the last rank and always members.
class Staircase3d {
 public:
  /// @param points  in the order in which they will come
  Staircase3d(std::span<const Point3> points, const Point3& reference)
      : steps_(points.size() + 2), ranks_(points.size()), members_(points.size() + 2) {
    std::vector<Keyed> order(points.size());
    for (std::uint32_t i = 0; i < points.size(); ++i)
      order[i] = {points[i].x, i};
    // Of equal points the later is to the right, where the earlier one is seen to attain it.
    std::ranges::sort(order, [&](const Keyed& a, const Keyed& b) {
      if (a.x != b.x) return a.x < b.x;
      return std::tie(points[a.position].y, a.position) <
             std::tie(points[b.position].y, b.position);
    });
    steps_.front() = {-kInfinity, reference.y};
    steps_.back() = {reference.x, -kInfinity};
    for (std::uint32_t i = 0; i < points.size(); ++i) {
      ranks_[order[i].position] = i + 1;
      steps_[i + 1] = {order[i].x, points[order[i].position].y};
    }
    members_.insert(0);
    members_.insert(steps_.size() - 1);
  }

  /// Adds the point at a position of the constructor's. @return the area gained
  double add(std::size_t position) {
    const std::size_t rank = ranks_[position];
    const Step added = steps_[rank];
    double height = steps_[members_.before(rank)].y;
    if (height <= added.y) return 0;
    double left = added.x;
    double gained = 0;
    for (std::size_t next = members_.after(rank);; next = members_.after(next)) {
      gained += (steps_[next].x - left) * (height - added.y);
      if (steps_[next].y < added.y) break;
      left = steps_[next].x;
      height = steps_[next].y;
      members_.erase(next);
    }
    members_.insert(rank);
    return gained;
  }

 private:
  struct Keyed {
    double x;
    std::uint32_t position;
  };
  struct Step {
    double x;
    double y;
  };

  std::vector<Step> steps_;  // by rank
  std::vector<std::uint32_t> ranks_;
  NumberSet members_;
};

}  // namespace

double volume_3d(std::span<const Objectives> points, const Objectives& reference) {
  const Point3 corner = solid(reference);
  std::vector<Point3> sorted;
  sorted.reserve(points.size());
  for (const Objectives& point : points) {
    if (strictly_below(solid(point), corner)) sorted.push_back(solid(point));
  }
  std::ranges::sort(sorted, in_order_of_z);
  Staircase3d staircase(sorted, corner);
  double volume = 0;
  for (std::size_t i = 0; i < sorted.size(); ++i)
    volume += staircase.add(i) * (corner.z - sorted[i].z);
  return volume;
}

void Shadow::begin(const Point3& corner, const Point3& reference) {
  steps_.assign({{corner.x, reference.y}, {reference.x, corner.y}});
}

void Shadow::cover(const Point3& point) {
  const Step added{std::max(point.x, steps_.front().x), std::max(point.y, steps_.back().y)};
  const auto at = std::ranges::lower_bound(steps_, added.x, {}, &Step::x);
  if (at != steps_.begin() && std::prev(at)->y <= added.y) return;
  const auto kept = std::find_if(at, steps_.end(), [&](const Step& s) { return s.y < added.y; });
  if (kept == at) {
    if (at->x != added.x) steps_.insert(at, added);
    return;
  }
  *at = added;
  steps_.erase(std::next(at), kept);
}

double Shadow::area() const {
  double area = 0;
  for (std::size_t i = 0; i + 1 < steps_.size(); ++i)
    area += (steps_[i + 1].x - steps_[i].x) * (steps_[i].y - steps_.back().y);
  return area;
}

Exclusive exclusive_3d(const Point3& point, std::span<const Point3> below,
                       std::span<const Point3> above, const Point3& reference, Shadow& shadow) {
  shadow.begin(point, reference);
  for (const Point3& other : std::views::reverse(below)) {  // the nearest take most away
    if (!shadow.reaches(other)) continue;
    shadow.cover(other);
    if (shadow.is_empty()) return {0, 0, true};
  }
  Exclusive result;
  double area = shadow.area();
  double z = point.z;
  for (; result.walked < above.size() && !shadow.is_empty(); ++result.walked) {
    const Point3& other = above[result.walked];
    if (!shadow.reaches(other)) continue;
    result.volume += area * (other.z - z);
    z = other.z;
    shadow.cover(other);
    area = shadow.area();
  }
  result.is_attained = shadow.is_empty() && z == point.z;
  result.volume += area * (reference.z - z);
  return result;
}

std::vector<double> contributions_3d(std::span<const Objectives> points,
                                     const Objectives& reference) {
  const Point3 corner = solid(reference);
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (strictly_below(solid(points[i]), corner)) order.push_back(i);
  }
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
    return in_order_of_z(solid(points[a]), solid(points[b]));
  });
  std::vector<Point3> sorted;
  for (const std::size_t i : order)
    sorted.push_back(solid(points[i]));
  const std::span<const Point3> all(sorted);
  std::vector<double> contributions(points.size(), 0.0);
  Shadow shadow;
  for (std::size_t i = 0; i < all.size(); ++i) {
    contributions[order[i]] =
        exclusive_3d(all[i], all.first(i), all.subspan(i + 1), corner, shadow).volume;
  }
  return contributions;
}

}  // namespace ecnas::moo
