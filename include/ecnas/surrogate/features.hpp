#pragma once
/// What a model sees of a cell: numbers that no relabelling changes. docs/algorithms/features.md
/// documents each.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "ecnas/space/cell.hpp"
#include "ecnas/space/skeleton.hpp"

namespace ecnas::surrogate {

enum class FeatureGroup : std::uint8_t {
  physical = 1,         ///< parameters, FLOPs, memory traffic, kernel launches of the network
  structural = 2,       ///< counts, depths, widths, degrees of the cell's graph
  operation_pairs = 4,  ///< edges and two-edge walks by the operations at their vertices
  paths = 8,            ///< input→output paths by their sequence of operations
};

/// `physical`, `structural`, `operation_pairs`, `paths`.
[[nodiscard]] std::string_view name(FeatureGroup group);

/// The groups that a model takes, at least one: `FeatureGroup::physical | FeatureGroup::paths`.
class FeatureGroups {
 public:
  // Implicit, so that one group is a set of groups.
  // NOLINTNEXTLINE(google-explicit-constructor)
  constexpr FeatureGroups(FeatureGroup group) : bits_(static_cast<unsigned>(group)) {}

  [[nodiscard]] static constexpr FeatureGroups all() { return FeatureGroups(15U); }

  [[nodiscard]] constexpr bool contains(FeatureGroup group) const {
    return (bits_ & static_cast<unsigned>(group)) != 0;
  }
  [[nodiscard]] constexpr FeatureGroups with(FeatureGroups others) const {
    return FeatureGroups(bits_ | others.bits_);
  }
  friend constexpr bool operator==(FeatureGroups, FeatureGroups) = default;

 private:
  explicit constexpr FeatureGroups(unsigned bits) : bits_(bits) {}
  unsigned bits_;
};

/// The union. @{
[[nodiscard]] constexpr FeatureGroups operator|(FeatureGroups a, FeatureGroups b) {
  return a.with(b);
}
[[nodiscard]] constexpr FeatureGroups operator|(FeatureGroup a, FeatureGroup b) {
  return FeatureGroups(a).with(b);
}
/// @}

struct FeatureInfo {
  std::string name;  ///< as in `conv3x3_flops_stage2`; unique
  FeatureGroup group;
  std::string_view unit;    ///< `1` for counts and ratios
  std::string description;  ///< one line
};

/// Computes the features of cells, as float32. All labellings of an architecture have the same
/// features bit for bit, for they are computed on its representative; they are the same on every
/// machine and thread count, alone or among others. Counts are exact before they are rounded to
/// float32 as long as they are below 2⁵³. Immutable and thread safe.
class FeatureExtractor {
 public:
  /// @param groups    which features there are, in the order of the groups
  /// @param skeleton  the network around the cell; the features by stage are its stacks'
  /// @throws Error{invalid_argument} unless the skeleton is valid (`space::validate`)
  explicit FeatureExtractor(FeatureGroups groups, const space::Skeleton& skeleton = {});
  FeatureExtractor(FeatureExtractor&&) noexcept;
  FeatureExtractor& operator=(FeatureExtractor&&) noexcept;
  ~FeatureExtractor();

  [[nodiscard]] FeatureGroups groups() const;
  [[nodiscard]] const space::Skeleton& skeleton() const;

  /// Number of features: for three stacks 51 physical, 50 structural, 64 operation pairs, 364
  /// paths.
  [[nodiscard]] std::size_t count() const { return features().size(); }

  /// What each column is. They live as long as the extractor.
  [[nodiscard]] std::span<const FeatureInfo> features() const;

  /// @param features  (count()), written
  /// @throws Error{invalid_argument} if `features` is of another size
  /// @complexity some microseconds: what cells of one graph share is computed for this one
  void extract(const space::Cell& cell, std::span<float> features) const;

  /// Many cells, in any order and any labelling.
  /// @param cells     (n), n < 2³²
  /// @param features  (n, count()) row-major, written
  /// @param threads   0: one per core
  /// @throws Error{invalid_argument} if `features` is of another size
  /// @complexity some hundred nanoseconds a cell if there are many of each graph, as in
  /// `Space::cells()`
  void extract(std::span<const space::Cell> cells, std::span<float> features,
               unsigned threads = 1) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ecnas::surrogate
