#include "search/cell_encoding.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
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

EncodedCells::EncodedCells(const SearchSpace& space)
    : space_(space), encoding_(CellEncoding::shared(space.max_vertices())) {
  const std::span<const std::int32_t> epochs = space.budgets();
  budgets_.resize(static_cast<Eigen::Index>(epochs.size()));
  for (std::size_t i = 0; i < epochs.size(); ++i)
    budgets_[static_cast<Eigen::Index>(i)] = std::log(std::max(1, epochs[i]));
  budgets_.array() -= budgets_.mean();
  const double variance = budgets_.squaredNorm() / static_cast<double>(budgets_.size());
  if (variance > 0) budgets_ /= std::sqrt(variance);
}

void EncodedCells::encode_unmet(std::span<const Candidate> candidates) {
  std::vector<space::Cell> unmet;
  for (const Candidate& candidate : candidates) {
    const auto next = static_cast<std::uint32_t>(index_.size());
    if (index_.emplace(candidate.row, next).second) unmet.push_back(space_.cell(candidate.row));
  }
  if (unmet.empty()) return;
  const Eigen::MatrixXd encoded = encoding_.encode(unmet);
  for (Eigen::Index i = 0; i < encoded.rows(); ++i) {
    for (Eigen::Index k = 0; k < encoded.cols(); ++k)
      values_.push_back(encoded(i, k));
  }
}

ResponseInputs EncodedCells::inputs(std::span<const Candidate> candidates) {
  encode_unmet(candidates);
  ResponseInputs result;
  result.budgets = budgets_;
  std::unordered_map<table::Row, Eigen::Index> place;
  std::vector<const double*> encodings;
  const auto width = static_cast<std::size_t>(encoding_.dimensions());
  for (const Candidate& candidate : candidates) {
    const auto [found, is_new] =
        place.emplace(candidate.row, static_cast<Eigen::Index>(encodings.size()));
    if (is_new) encodings.push_back(values_.data() + index_.at(candidate.row) * width);
    result.cell_of.push_back(found->second);
    result.budget_of.push_back(candidate.budget);
  }
  result.cells.resize(static_cast<Eigen::Index>(encodings.size()), encoding_.dimensions());
  for (std::size_t i = 0; i < encodings.size(); ++i) {
    for (std::size_t k = 0; k < width; ++k)
      result.cells(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(k)) = encodings[i][k];
  }
  return result;
}

}  // namespace ecnas::search
