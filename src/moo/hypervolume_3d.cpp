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

struct Step {
  double x;
  double y;
};

/// The staircase, in the first two objectives, of the points met so far. All points are known
/// beforehand, so a step is a rank in order of x and the staircase a set of ranks; the corners of
/// the reference are the first and the last rank and always members.
class RankedStaircase {
 public:
  /// @param points  in the order in which they will come
  RankedStaircase(std::span<const Point3> points, const Point3& reference)
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
    members_.insert(last());
  }

  /// The rank of the point at a position of the constructor's.
  [[nodiscard]] std::size_t rank(std::size_t position) const { return ranks_[position]; }
  [[nodiscard]] const Step& operator[](std::size_t rank) const { return steps_[rank]; }
  [[nodiscard]] std::size_t last() const { return steps_.size() - 1; }

  /// The member to the left of a rank. @pre it is not the first
  [[nodiscard]] std::size_t left_of(std::size_t rank) const { return members_.before(rank); }

  /// Makes a rank that no member attains a member, and calls `leaves(rank)` for those that it
  /// dominates, from left to right, before they are none. @return the member to its right
  template <typename Leaves>
  std::size_t insert(std::size_t rank, Leaves leaves) {
    std::size_t next = members_.after(rank);
    for (; steps_[next].y >= steps_[rank].y; next = members_.after(next)) {
      leaves(next);
      members_.erase(next);
    }
    members_.insert(rank);
    return next;
  }

 private:
  struct Keyed {
    double x;
    std::uint32_t position;
  };

  std::vector<Step> steps_;  // by rank
  std::vector<std::uint32_t> ranks_;
  NumberSet members_;
};

/// The area that a point of the staircase's adds to it.
double gain(RankedStaircase& staircase, std::size_t position) {
  const std::size_t rank = staircase.rank(position);
  const Step added = staircase[rank];
  double height = staircase[staircase.left_of(rank)].y;
  if (height <= added.y) return 0;
  double left = added.x;
  double gained = 0;
  const auto add_until = [&](std::size_t next) {
    gained += (staircase[next].x - left) * (height - added.y);
    left = staircase[next].x;
    height = staircase[next].y;
  };
  const std::size_t right = staircase.insert(rank, add_until);
  return gained + (staircase[right].x - left) * (height - added.y);
}

/// What each step of the staircase alone dominates, as points come in order of z. A point takes
/// something away from its two neighbours, or from the step beside it that attains it; what two
/// steps dominate is in neither's shadow.
class ExclusiveVolumes {
 public:
  ExclusiveVolumes(std::span<const Point3> points, const Point3& reference)
      : points_(points),
        reference_(reference),
        staircase_(points, reference),
        owned_(points.size() + 2) {}

  /// @return by position
  std::vector<double> compute() && {
    for (std::size_t i = 0; i < points_.size(); ++i)
      add(i);
    std::vector<double> volumes;
    volumes.reserve(points_.size());
    for (std::size_t i = 0; i < points_.size(); ++i) {
      Owned& owned = owned_[staircase_.rank(i)];
      grow(owned, reference_.z);
      volumes.push_back(owned.volume);
    }
    return volumes;
  }

 private:
  struct Owned {
    Shadow shadow;    // what is left at the height z
    double area = 0;  // of it
    double z = 0;
    double volume = 0;  // up to z
  };

  void add(std::size_t position) {
    const Point3& point = points_[position];
    const std::size_t rank = staircase_.rank(position);
    const std::size_t left = staircase_.left_of(rank);
    const double top = staircase_[left].y;
    if (top <= point.y) return take(left, point);
    const auto leaves = [&](std::size_t member) {
      grow(owned_[member], point.z);
      owned_[member].area = 0;
      covered_.push_back({staircase_[member].x, staircase_[member].y, point.z});
    };
    const std::size_t right = staircase_.insert(rank, leaves);
    if (left != 0) take(left, point);
    if (right != staircase_.last()) take(right, point);
    Owned& owned = owned_[rank];
    owned.z = point.z;
    owned.shadow.begin(point, {staircase_[right].x, top, point.z});
    for (const Point3& covered : covered_) {
      if (owned.shadow.reaches(covered)) owned.shadow.cover(covered);
    }
    covered_.clear();
    owned.area = owned.shadow.area();
  }

  void take(std::size_t member, const Point3& point) {
    Owned& owned = owned_[member];
    if (!owned.shadow.reaches(point)) return;
    grow(owned, point.z);
    owned.shadow.cover(point);
    owned.area = owned.shadow.area();
  }

  static void grow(Owned& owned, double z) {
    owned.volume += owned.area * (z - owned.z);
    owned.z = z;
  }

  std::span<const Point3> points_;
  Point3 reference_;
  RankedStaircase staircase_;
  std::vector<Owned> owned_;     // by rank
  std::vector<Point3> covered_;  // by the point being added
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
  RankedStaircase staircase(sorted, corner);
  double volume = 0;
  for (std::size_t i = 0; i < sorted.size(); ++i)
    volume += gain(staircase, i) * (corner.z - sorted[i].z);
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
  const std::vector<double> volumes = ExclusiveVolumes(sorted, corner).compute();
  std::vector<double> contributions(points.size(), 0.0);
  for (std::size_t i = 0; i < order.size(); ++i)
    contributions[order[i]] = volumes[i];
  return contributions;
}

}  // namespace ecnas::moo
