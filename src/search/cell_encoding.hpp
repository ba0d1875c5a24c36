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

/// Cells as points, for models of distances: the features of `surrogate` that no relabelling
/// changes, standardised over the space and rotated to their few leading principal components.
/// No value of any table plays a part. Immutable and thread safe.
class CellEncoding {
 public:
  /// One a space, made on first use and kept.
  [[nodiscard]] static const CellEncoding& shared(unsigned max_vertices);

  [[nodiscard]] Eigen::Index dimensions() const { return components_.cols(); }

  /// @return (n, dimensions())
  [[nodiscard]] Eigen::MatrixXd encode(std::span<const space::Cell> cells) const;

  explicit CellEncoding(unsigned max_vertices);

 private:
  [[nodiscard]] Eigen::MatrixXd features(std::span<const space::Cell> cells) const;

  surrogate::FeatureExtractor extractor_;
  Eigen::RowVectorXd mean_;
  Eigen::RowVectorXd inverse_deviation_;
  Eigen::MatrixXd components_;  // (features, dimensions)
};

/// Candidates as inputs of response models. Cells that a trial has met are encoded once.
class EncodedCells {
 public:
  explicit EncodedCells(const SearchSpace& space);

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
