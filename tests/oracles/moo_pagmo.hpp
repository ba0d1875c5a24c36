#pragma once
/// pagmo as a peer of moo, behind plain types: its headers are slow to compile, so only
/// moo_pagmo.cpp includes them.

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "ecnas/moo/objectives.hpp"

namespace ecnas::moo::oracle {

/// Points in pagmo's own form, so that a benchmark need not time the conversion.
class PagmoPoints {
 public:
  explicit PagmoPoints(std::span<const Objectives> points);
  ~PagmoPoints();
  PagmoPoints(const PagmoPoints&) = delete;
  PagmoPoints& operator=(const PagmoPoints&) = delete;

  /// @pre every point is strictly below the reference
  [[nodiscard]] double hypervolume(const Objectives& reference) const;
  [[nodiscard]] std::vector<double> contributions(const Objectives& reference) const;
  [[nodiscard]] std::vector<std::size_t> ranks() const;
  /// @pre a front of at least two distinct points
  [[nodiscard]] std::vector<double> crowding_distances() const;
  [[nodiscard]] Objectives ideal() const;
  /// Of the non-dominated ones.
  [[nodiscard]] Objectives nadir() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The lattice of so many weights, in pagmo's order. @pre there is one
[[nodiscard]] std::vector<std::vector<double>> pagmo_lattice(std::size_t objectives,
                                                             std::size_t count);

[[nodiscard]] double pagmo_tchebycheff(const Objectives& point, std::span<const double> weights,
                                       const Objectives& ideal);

}  // namespace ecnas::moo::oracle
