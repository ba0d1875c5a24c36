#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "ecnas/surrogate/features.hpp"
#include "search/response_model.hpp"
#include "search/search_space.hpp"

namespace ecnas::search {

/// Cells as points, for models of distances: standardised over the space and rotated to their few
/// leading principal components. No value of any table plays a part. Immutable and thread safe.
class CellEncoding {
 public:
  enum class Kind : std::uint8_t {
    features,   ///< those of `surrogate` that no relabelling changes
    adjacency,  ///< edges and operations of the representative, as written
  };

  /// One a space and kind, made on first use and kept.
  [[nodiscard]] static const CellEncoding& shared(unsigned max_vertices,
                                                  Kind kind = Kind::features);

  [[nodiscard]] Eigen::Index dimensions() const { return components_.cols(); }

  /// @return (n, dimensions())
  [[nodiscard]] Eigen::MatrixXd encode(std::span<const space::Cell> cells) const;

  CellEncoding(unsigned max_vertices, Kind kind);

 private:
  [[nodiscard]] Eigen::MatrixXd numbers(std::span<const space::Cell> cells) const;
  [[nodiscard]] Eigen::MatrixXd standardised(std::span<const space::Cell> cells) const;

  Kind kind_;
  surrogate::FeatureExtractor extractor_;
  Eigen::RowVectorXd mean_;
  Eigen::RowVectorXd inverse_deviation_;
  Eigen::MatrixXd components_;  // (numbers, dimensions)
};

/// Candidates as inputs of response models. Cells that a trial has met are encoded once.
class EncodedCells {
 public:
  explicit EncodedCells(const SearchSpace& space,
                        CellEncoding::Kind kind = CellEncoding::Kind::features);

  /// Points in the order of the candidates.
  [[nodiscard]] ResponseInputs inputs(std::span<const Candidate> candidates);

 private:
  void encode_unmet(std::span<const Candidate> candidates);

  const SearchSpace& space_;
  const CellEncoding& encoding_;
  Eigen::VectorXd budgets_;
  std::unordered_map<table::Row, std::uint32_t> index_;
  std::vector<double> values_;  // (met, dimensions)
};

}  // namespace ecnas::search
