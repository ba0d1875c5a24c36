#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <vector>

namespace ecnas::moo {

/// A point with two objectives, for the flat fast paths.
struct Point2 {
  double x;
  double y;
  friend bool operator==(const Point2&, const Point2&) = default;
};

/// Mutually non-dominated points in the plane in order of x (so y falls), each with an id of the
/// caller's: what the archive, the incremental hypervolume and the 3-D sweep have in common.
///
/// Stored as sorted blocks under a small sorted index, not as a tree: a search touches the index,
/// which stays in the first cache, and one block; an insertion moves at most one block's tail.
/// Cost: O(log n) to search, O(log n + block + n / block) to insert with a tiny constant.
/// A value; not thread safe while written.
class Staircase {
 public:
  struct Step {
    double x;
    double y;
    std::uint32_t id;
  };
  class Iterator;
  using const_iterator = Iterator;

  /// Does some step dominate or equal the point?
  [[nodiscard]] bool attains(Point2 point) const {
    const Position position = after(point.x);
    return position.offset > 0 && step(position.block, position.offset - 1).y <= point.y;
  }

  /// Adds a step unless its point is attained; the steps it dominates go and their ids are appended
  /// to `removed`. Invalidates iterators.
  bool insert(Step added, std::vector<std::uint32_t>& removed);

  /// Area that `point` would add to what the steps dominate within `reference`; all terms of the
  /// sum are positive, so nothing cancels.
  /// @pre every step and the point are strictly below the reference
  [[nodiscard]] double gain(Point2 point, Point2 reference) const;

  /// Exclusive area of each step, in order; infinite for the first and the last. @return (n)
  [[nodiscard]] std::vector<double> contributions() const;

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] Iterator begin() const;
  [[nodiscard]] Iterator end() const;

 private:
  static constexpr std::size_t kBlockCapacity = 64;

  struct Block {
    std::array<Step, kBlockCapacity> steps;
    std::size_t size = 0;
  };
  struct IndexEntry {
    double first_x;
    std::uint32_t block;  // index into blocks_
  };
  struct Position {
    std::size_t block;  // index into index_
    std::size_t offset;
  };

  [[nodiscard]] const Block& block(std::size_t i) const { return blocks_[index_[i].block]; }
  [[nodiscard]] Block& block(std::size_t i) { return blocks_[index_[i].block]; }
  [[nodiscard]] const Step& step(std::size_t i, std::size_t offset) const {
    return block(i).steps[offset];
  }

  [[nodiscard]] Position after(double x) const;
  [[nodiscard]] Iterator at(Position position) const;
  void erase_attained(Position from, double y, std::vector<std::uint32_t>& removed);
  void erase_run(std::size_t i, std::size_t offset, double y, std::vector<std::uint32_t>& removed);
  void put(Position position, const Step& added);
  void split(std::size_t i);
  std::uint32_t new_block();

  std::vector<Block> blocks_;        // in no order
  std::vector<IndexEntry> index_;    // blocks in order of x, none empty
  std::vector<std::uint32_t> free_;  // blocks not in use
  std::size_t size_ = 0;
};

/// Steps in order of x.
class Staircase::Iterator {
 public:
  using iterator_category = std::forward_iterator_tag;
  using value_type = Step;
  using difference_type = std::ptrdiff_t;
  using pointer = const Step*;
  using reference = const Step&;

  Iterator() = default;
  reference operator*() const { return staircase_->step(position_.block, position_.offset); }
  pointer operator->() const { return &**this; }
  Iterator& operator++() {
    if (++position_.offset == staircase_->block(position_.block).size) {
      position_ = {position_.block + 1, 0};
    }
    return *this;
  }
  Iterator operator++(int) {
    const Iterator before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const Iterator& a, const Iterator& b) {
    return a.position_.block == b.position_.block && a.position_.offset == b.position_.offset;
  }

 private:
  friend class Staircase;
  Iterator(const Staircase* staircase, Position position)
      : staircase_(staircase), position_(position) {}

  const Staircase* staircase_ = nullptr;
  Position position_{0, 0};
};

inline Staircase::Iterator Staircase::at(Position position) const {
  const bool past = position.block < index_.size() && position.offset == block(position.block).size;
  return {this, past ? Position{position.block + 1, 0} : position};
}
inline Staircase::Iterator Staircase::begin() const {
  return {this, {0, 0}};
}
inline Staircase::Iterator Staircase::end() const {
  return {this, {index_.size(), 0}};
}

}  // namespace ecnas::moo
