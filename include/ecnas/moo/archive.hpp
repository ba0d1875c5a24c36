#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <utility>
#include <vector>

#include "ecnas/core/error.hpp"
#include "ecnas/moo/algorithm.hpp"
#include "ecnas/moo/objectives.hpp"
#include "ecnas/moo/ranking.hpp"
#include "ecnas/moo/staircase.hpp"

namespace ecnas::moo {

/// An unbounded set of mutually non-dominated solutions. Of solutions with equal objectives the
/// first stays. All have one number of objectives, which the first insertion decides.
///
/// Two objectives: O(log n) to reject, O(log n) and a short move to insert, in order of the first
/// objective (`Staircase`). Any other number: one pass over the members, in order of insertion.
/// A value; not thread safe while written. A removed payload is destroyed or, with two objectives,
/// overwritten by a later member.
template <typename Payload>
class Archive {
 public:
  class Iterator;
  using const_iterator = Iterator;

  /// @return false, with nothing changed, if a member dominates or equals the solution.
  /// @throws Error{invalid_argument} for another number of objectives than the members have.
  bool insert(const Objectives& objectives, Payload payload) {
    check(objectives);
    const bool accepted = planar(objectives) ? insert_planar(objectives, std::move(payload))
                                             : insert_general(objectives, std::move(payload));
    if (accepted) dimension_ = objectives.size();
    return accepted;
  }

  /// Would `insert` change the set?
  /// @throws Error{invalid_argument} as `insert`
  [[nodiscard]] bool would_accept(const Objectives& objectives) const {
    check(objectives);
    if (planar(objectives)) return !order_.attains({objectives[0], objectives[1]});
    return std::ranges::none_of(slots_, [&](const Solution<Payload>& member) {
      const Dominance dominance = compare(member.objectives, objectives);
      return dominance == Dominance::dominates || dominance == Dominance::equal;
    });
  }

  [[nodiscard]] std::size_t size() const { return dimension_ == 2 ? order_.size() : slots_.size(); }
  [[nodiscard]] bool empty() const { return size() == 0; }

  /// Members in order of the first objective (two objectives) or of insertion.
  [[nodiscard]] Iterator begin() const { return {this, order_.begin(), 0}; }
  [[nodiscard]] Iterator end() const {
    return {this, order_.end(), dimension_ == 2 ? 0 : slots_.size()};
  }

  /// The members' objectives, in order of iteration. @return (n)
  [[nodiscard]] std::vector<Objectives> objectives() const {
    std::vector<Objectives> points;
    points.reserve(size());
    for (const Solution<Payload>& member : *this)
      points.push_back(member.objectives);
    return points;
  }

  /// Hypervolume contribution of each member, in order of iteration; infinite for extremes
  /// (`front_contributions`). O(n) for two objectives. @return (n)
  [[nodiscard]] std::vector<double> contributions() const {
    return dimension_ == 2 ? order_.contributions() : front_contributions(objectives());
  }

 private:
  [[nodiscard]] static bool planar(const Objectives& objectives) { return objectives.size() == 2; }

  void check(const Objectives& objectives) const {
    if (objectives.size() == 0 || (dimension_ != 0 && objectives.size() != dimension_)) {
      fail(ErrorCode::invalid_argument, "archive: a solution of {} objectives; expected {}",
           objectives.size(), dimension_ == 0 ? "at least 1" : fmt::format("{}", dimension_));
    }
  }

  bool insert_planar(const Objectives& objectives, Payload payload) {
    const auto slot = free_.empty() ? static_cast<std::uint32_t>(slots_.size()) : free_.back();
    if (!order_.insert({objectives[0], objectives[1], slot}, removed_)) return false;
    if (free_.empty()) {
      slots_.push_back({objectives, std::move(payload)});
    } else {
      slots_[slot] = {objectives, std::move(payload)};
      free_.pop_back();
    }
    free_.insert(free_.end(), removed_.begin(), removed_.end());
    removed_.clear();
    return true;
  }

  bool insert_general(const Objectives& objectives, Payload payload) {
    if (!would_accept(objectives)) return false;
    std::erase_if(slots_, [&](const Solution<Payload>& member) {
      return compare(objectives, member.objectives) == Dominance::dominates;
    });
    slots_.push_back({objectives, std::move(payload)});
    return true;
  }

  std::size_t dimension_ = 0;
  std::vector<Solution<Payload>> slots_;  // two objectives: by id, with holes; else the members
  std::vector<std::uint32_t> free_;       // the holes
  std::vector<std::uint32_t> removed_;    // scratch of insert_planar
  Staircase order_;                       // two objectives only
};

template <typename Payload>
class Archive<Payload>::Iterator {
 public:
  using iterator_category = std::forward_iterator_tag;
  using value_type = Solution<Payload>;
  using difference_type = std::ptrdiff_t;
  using pointer = const value_type*;
  using reference = const value_type&;

  Iterator() = default;
  reference operator*() const {
    return archive_->slots_[archive_->dimension_ == 2 ? step_->id : index_];
  }
  pointer operator->() const { return &**this; }
  Iterator& operator++() {
    if (archive_->dimension_ == 2) {
      ++step_;
    } else {
      ++index_;
    }
    return *this;
  }
  Iterator operator++(int) {
    const Iterator before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const Iterator& a, const Iterator& b) {
    return a.step_ == b.step_ && a.index_ == b.index_;
  }

 private:
  friend class Archive;
  Iterator(const Archive* archive, Staircase::Iterator step, std::size_t index)
      : archive_(archive), step_(step), index_(index) {}

  const Archive* archive_ = nullptr;
  Staircase::Iterator step_;
  std::size_t index_ = 0;
};

}  // namespace ecnas::moo
