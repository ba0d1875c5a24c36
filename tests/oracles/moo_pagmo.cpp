#include "oracles/moo_pagmo.hpp"

#include <pagmo/types.hpp>
#include <pagmo/utils/hypervolume.hpp>
#include <pagmo/utils/multi_objective.hpp>
#include <random>

namespace ecnas::moo::oracle {

struct PagmoPoints::Impl {
  std::vector<pagmo::vector_double> points;
};

PagmoPoints::PagmoPoints(std::span<const Objectives> points) : impl_(std::make_unique<Impl>()) {
  for (const Objectives& point : points)
    impl_->points.emplace_back(point.begin(), point.end());
}

PagmoPoints::~PagmoPoints() = default;

double PagmoPoints::hypervolume(const Objectives& reference) const {
  return pagmo::hypervolume(impl_->points, false).compute({reference.begin(), reference.end()});
}

std::vector<double> PagmoPoints::contributions(const Objectives& reference) const {
  return pagmo::hypervolume(impl_->points, false)
      .contributions({reference.begin(), reference.end()});
}

std::vector<std::size_t> PagmoPoints::ranks() const {
  const auto ranks = std::get<3>(pagmo::fast_non_dominated_sorting(impl_->points));
  return {ranks.begin(), ranks.end()};
}

std::vector<double> PagmoPoints::crowding_distances() const {
  return pagmo::crowding_distance(impl_->points);
}

Objectives PagmoPoints::ideal() const {
  return Objectives(std::span<const double>(pagmo::ideal(impl_->points)));
}

Objectives PagmoPoints::nadir() const {
  return Objectives(std::span<const double>(pagmo::nadir(impl_->points)));
}

std::vector<std::vector<double>> pagmo_lattice(std::size_t objectives, std::size_t count) {
  std::mt19937 unused;
  return pagmo::decomposition_weights(objectives, count, "grid", unused);
}

double pagmo_tchebycheff(const Objectives& point, std::span<const double> weights,
                         const Objectives& ideal) {
  return pagmo::decompose_objectives({point.begin(), point.end()}, {weights.begin(), weights.end()},
                                     {ideal.begin(), ideal.end()}, "tchebycheff")[0];
}

}  // namespace ecnas::moo::oracle
