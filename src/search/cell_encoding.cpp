#include "search/cell_encoding.hpp"

#include <Eigen/Eigenvalues>
#include <array>
#include <cmath>

#include "ecnas/core/lazy.hpp"
#include "ecnas/space/edit.hpp"

namespace ecnas::search {
namespace {

using surrogate::FeatureGroup;

constexpr std::size_t kSample = 4000;     // cells that mean, deviation and components are taken over
constexpr Eigen::Index kComponents = 40;  // hold nine tenths of the variance and more
constexpr std::uint64_t kSampleSeed = 101;

}  // namespace

CellEncoding::CellEncoding(unsigned max_vertices)
    : extractor_(FeatureGroup::physical | FeatureGroup::structural | FeatureGroup::operation_pairs) {
  const space::Space& space = space::Space::shared(max_vertices);
  std::vector<space::Cell> cells;
  if (space.size() <= kSample) {
    cells.assign(space.cells().begin(), space.cells().end());
  } else {
    Rng rng(kSampleSeed);
    for (std::size_t i = 0; i < kSample; ++i)
      cells.push_back(space::sample_uniform(space, rng));
  }
  mean_ = Eigen::RowVectorXd::Zero(static_cast<Eigen::Index>(extractor_.count()));
  inverse_deviation_ = Eigen::RowVectorXd::Ones(mean_.size());
  Eigen::MatrixXd sample = features(cells);
  const auto count = static_cast<double>(sample.rows());
  mean_ = sample.colwise().mean();
  sample.rowwise() -= mean_;
  for (Eigen::Index k = 0; k < sample.cols(); ++k) {
    const double deviation = std::sqrt(sample.col(k).squaredNorm() / count);
    inverse_deviation_[k] = deviation > 1e-9 ? 1 / deviation : 0.0;
    sample.col(k) *= inverse_deviation_[k];
  }
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(sample.transpose() * sample / count);
  const Eigen::Index kept = std::min(kComponents, sample.cols());
  components_ = solver.eigenvectors().rightCols(kept);
  // Squared lengths average to the number of dimensions, whatever the space.
  const double variance = solver.eigenvalues().tail(kept).sum();
  components_ *= std::sqrt(static_cast<double>(kept) / std::max(variance, 1e-12));
}

const CellEncoding& CellEncoding::shared(unsigned max_vertices) {
  static std::array<Lazy<CellEncoding>, space::kMaxVertices + 1> encodings;
  return encodings.at(max_vertices).get([&] { return CellEncoding(max_vertices); });
}

Eigen::MatrixXd CellEncoding::features(std::span<const space::Cell> cells) const {
  std::vector<float> rows(cells.size() * extractor_.count());
  extractor_.extract(cells, rows);
  const Eigen::Map<const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>> raw(
      rows.data(), static_cast<Eigen::Index>(cells.size()),
      static_cast<Eigen::Index>(extractor_.count()));
  Eigen::MatrixXd logarithms = raw.cast<double>().array().log1p();
  logarithms.rowwise() -= mean_;
  return logarithms.array().rowwise() * inverse_deviation_.array();
}

Eigen::MatrixXd CellEncoding::encode(std::span<const space::Cell> cells) const {
  return features(cells) * components_;
}

Eigen::MatrixXd EncodedCells::of(std::span<const table::Row> rows) {
  const auto width = static_cast<std::size_t>(encoding_.dimensions());
  std::vector<space::Cell> unmet;
  for (const table::Row row : rows) {
    const auto next = static_cast<std::uint32_t>(index_.size());
    if (index_.emplace(row, next).second) unmet.push_back(space_.cell(row));
  }
  if (!unmet.empty()) {
    const Eigen::MatrixXd encoded = encoding_.encode(unmet);
    for (Eigen::Index i = 0; i < encoded.rows(); ++i) {
      for (Eigen::Index k = 0; k < encoded.cols(); ++k)
        values_.push_back(encoded(i, k));
    }
  }
  Eigen::MatrixXd result(static_cast<Eigen::Index>(rows.size()), encoding_.dimensions());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const double* first = values_.data() + index_.at(rows[i]) * width;
    for (std::size_t k = 0; k < width; ++k)
      result(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(k)) = first[k];
  }
  return result;
}

}  // namespace ecnas::search
