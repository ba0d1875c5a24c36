#include "search/cell_density.hpp"

#include <bit>
#include <cmath>
#include <utility>

#include "ecnas/core/error.hpp"

namespace ecnas::search {
namespace {

constexpr unsigned kChoices = space::kOperationCount;

/// Operations are two bits each.
unsigned different_operations(std::uint16_t a, std::uint16_t b) {
  const unsigned bits = static_cast<unsigned>(a) ^ static_cast<unsigned>(b);
  return static_cast<unsigned>(std::popcount((bits | bits >> 1U) & 0x5555U));
}

/// Products over `count` places of which 0, 1, … differ.
std::vector<double> products(unsigned count, double same, double other) {
  std::vector<double> by_differences;
  for (unsigned differ = 0; differ <= count; ++differ)
    by_differences.push_back(std::pow(same, count - differ) * std::pow(other, differ));
  return by_differences;
}

}  // namespace

CellDensity::CellDensity(std::vector<space::Specification> centres, unsigned vertices, double stays)
    : centres_(std::move(centres)),
      vertices_(vertices),
      stays_(stays),
      edge_kernel_(products(edges(), stays, 1 - stays)),
      operation_kernel_(products(operations(), stays, (1 - stays) / (kChoices - 1))),
      uniform_(std::pow(0.5, edges()) * std::pow(1.0 / kChoices, operations())) {
  ECNAS_ASSERT(stays > 0 && stays < 1);
}

double CellDensity::operator()(const space::Specification& specification) const {
  double sum = uniform_;
  for (const space::Specification& centre : centres_) {
    const int edges_differ = std::popcount(centre.adjacency ^ specification.adjacency);
    sum += edge_kernel_[static_cast<std::size_t>(edges_differ)] *
           operation_kernel_[different_operations(centre.operations, specification.operations)];
  }
  return sum / static_cast<double>(centres_.size() + 1);
}

space::Specification CellDensity::draw(Rng& rng) const {
  const std::uint64_t part = rng.below(centres_.size() + 1);
  const bool is_uniform = part == centres_.size();
  space::Specification drawn = {.vertices = static_cast<std::uint8_t>(vertices_)};
  if (!is_uniform) drawn = centres_[part];
  const double edge_flips = is_uniform ? 0.5 : 1 - stays_;
  const double operation_changes = is_uniform ? 1 - 1.0 / kChoices : 1 - stays_;
  for (unsigned target = 1; target < vertices_; ++target) {
    for (unsigned source = 0; source < target; ++source) {
      if (rng.chance(edge_flips)) drawn.flip_edge(source, target);
    }
  }
  for (unsigned vertex = 1; vertex + 1 < vertices_; ++vertex) {
    if (!rng.chance(operation_changes)) continue;
    const auto shift = static_cast<unsigned>(1 + rng.below(kChoices - 1));
    const auto current = static_cast<unsigned>(drawn.operation(vertex));
    drawn.set_operation(vertex, static_cast<space::Operation>((current + shift) % kChoices));
  }
  return drawn;
}

}  // namespace ecnas::search
