#include "ecnas/moo/staircase.hpp"

#include <algorithm>
#include <limits>

namespace ecnas::moo {

namespace {

/// How many of sorted entries are at most `x`: a binary search without branches, because every
/// comparison is a toss-up.
template <typename Entry>
std::size_t count_at_most(const Entry* entries, std::size_t count, double x, double Entry::*key) {
  const Entry* base = entries;
  while (count > 1) {
    const std::size_t half = count / 2;
    base = base[half].*key <= x ? base + half : base;
    count -= half;
  }
  const bool at_most = count == 1 && base->*key <= x;
  return static_cast<std::size_t>(base - entries) + static_cast<std::size_t>(at_most);
}

}  // namespace

/// Where a step at `x` would go: after all steps with at most this x. Its left neighbour, if any,
/// is in the same block.
Staircase::Position Staircase::after(double x) const {
  if (index_.empty()) return {0, 0};
  const std::size_t blocks = count_at_most(index_.data(), index_.size(), x, &IndexEntry::first_x);
  const std::size_t i = blocks == 0 ? 0 : blocks - 1;
  const Block& found = block(i);
  return {i, count_at_most(found.steps.data(), found.size, x, &Step::x)};
}

bool Staircase::insert(Step added, std::vector<std::uint32_t>& removed) {
  Position position = after(added.x);
  if (position.offset > 0) {
    const Step& left = step(position.block, position.offset - 1);
    if (left.y <= added.y) return false;
    if (left.x == added.x) --position.offset;
  }
  if (index_.empty()) {
    index_.push_back({added.x, new_block()});
  } else {
    erase_attained(position, added.y, removed);
  }
  put(position, added);
  return true;
}

/// Erases the steps from a position on that are not below `y`. The block of the position stays,
/// even if emptied: a step is about to be put there.
void Staircase::erase_attained(Position from, double y, std::vector<std::uint32_t>& removed) {
  erase_run(from.block, from.offset, y, removed);
  if (block(from.block).size > from.offset) return;
  const std::size_t next = from.block + 1;
  std::size_t kept = next;
  while (kept < index_.size()) {
    erase_run(kept, 0, y, removed);
    if (block(kept).size > 0) break;
    free_.push_back(index_[kept].block);
    ++kept;
  }
  if (kept < index_.size()) index_[kept].first_x = step(kept, 0).x;
  index_.erase(index_.begin() + static_cast<std::ptrdiff_t>(next),
               index_.begin() + static_cast<std::ptrdiff_t>(kept));
}

/// The part of `erase_attained` in one block.
void Staircase::erase_run(std::size_t i, std::size_t offset, double y,
                          std::vector<std::uint32_t>& removed) {
  Block& from = block(i);
  std::size_t end = offset;
  for (; end < from.size && from.steps[end].y >= y; ++end)
    removed.push_back(from.steps[end].id);
  if (end == offset) return;
  const auto first = from.steps.begin();
  std::copy(first + static_cast<std::ptrdiff_t>(end),
            first + static_cast<std::ptrdiff_t>(from.size),
            first + static_cast<std::ptrdiff_t>(offset));
  from.size -= end - offset;
  size_ -= end - offset;
}

void Staircase::put(Position position, const Step& added) {
  if (block(position.block).size == kBlockCapacity) {
    split(position.block);
    const std::size_t lower = block(position.block).size;
    if (position.offset > lower) position = {position.block + 1, position.offset - lower};
  }
  Block& into = block(position.block);
  const auto first = into.steps.begin();
  std::copy_backward(first + static_cast<std::ptrdiff_t>(position.offset),
                     first + static_cast<std::ptrdiff_t>(into.size),
                     first + static_cast<std::ptrdiff_t>(into.size + 1));
  into.steps[position.offset] = added;
  ++into.size;
  ++size_;
  if (position.offset == 0) index_[position.block].first_x = added.x;
}

/// Moves the upper half of a full block into a new one after it.
void Staircase::split(std::size_t i) {
  constexpr std::size_t kHalf = kBlockCapacity / 2;
  const std::uint32_t added = new_block();
  Block& lower = block(i);
  Block& upper = blocks_[added];
  std::copy(lower.steps.begin() + kHalf, lower.steps.end(), upper.steps.begin());
  upper.size = kBlockCapacity - kHalf;
  lower.size = kHalf;
  index_.insert(index_.begin() + static_cast<std::ptrdiff_t>(i + 1), {upper.steps[0].x, added});
}

/// An empty block that is in use. References to blocks are invalid afterwards.
std::uint32_t Staircase::new_block() {
  if (free_.empty()) {
    blocks_.emplace_back();
    return static_cast<std::uint32_t>(blocks_.size() - 1);
  }
  const std::uint32_t reused = free_.back();
  free_.pop_back();
  return reused;
}

double Staircase::gain(Point2 point, Point2 reference) const {
  const Position position = after(point.x);
  double height = reference.y;  // of the boundary to the right of `left`
  double left = point.x;
  if (position.offset > 0) height = step(position.block, position.offset - 1).y;
  if (height <= point.y) return 0;
  double area = 0;
  for (Iterator next = at(position); next != end(); ++next) {
    area += (next->x - left) * (height - point.y);
    if (next->y <= point.y) return area;
    left = next->x;
    height = next->y;
  }
  return area + (reference.x - left) * (height - point.y);
}

std::vector<double> Staircase::contributions() const {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  std::vector<double> areas;
  areas.reserve(size_);
  const Step* previous = nullptr;
  const Step* current = nullptr;
  for (const Step& next : *this) {
    if (previous != nullptr) {
      areas.push_back((next.x - current->x) * (previous->y - current->y));
    } else if (current != nullptr) {
      areas.push_back(kInfinity);
    }
    previous = current;
    current = &next;
  }
  if (current != nullptr) areas.push_back(kInfinity);
  return areas;
}

}  // namespace ecnas::moo
