#include "search/cell_encoding.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <array>
#include <cmath>

#include "ecnas/core/lazy.hpp"
#include "ecnas/space/canonical.hpp"
#include "ecnas/space/edit.hpp"

namespace ecnas::search {
namespace {

using surrogate::FeatureGroup;

constexpr std::size_t kSample = 4000;  // cells that mean, deviation and components are taken over
constexpr Eigen::Index kComponents = 40;  // hold nine tenths of the variance and more
constexpr std::uint64_t kSampleSeed = 101;
constexpr double kLeastDeviation = 1e-9;        // below, a number does not vary
constexpr Eigen::Index kAdjacencyNumbers = 36;  // 21 edges, 5 vertices of 3 operations

}  // namespace

CellEncoding::CellEncoding(unsigned max_vertices, Kind kind)
    : kind_(kind),
      extractor_(FeatureGroup::physical | FeatureGroup::structural |
                 FeatureGroup::operation_pairs) {
  const space::Space& space = space::Space::shared(max_vertices);
  std::vector<space::Cell> cells;
  if (space.size() <= kSample) {
    cells.assign(space.cells().begin(), space.cells().end());
  } else {
    Rng rng(kSampleSeed);
    for (std::size_t i = 0; i < kSample; ++i)
      cells.push_back(space::sample_uniform(space, rng));
  }
  Eigen::MatrixXd sample = numbers(cells);
  const auto count = static_cast<double>(sample.rows());
  mean_ = sample.colwise().mean();
  sample.rowwise() -= mean_;
  inverse_deviation_.resize(sample.cols());
  for (Eigen::Index k = 0; k < sample.cols(); ++k) {
    const double deviation = std::sqrt(sample.col(k).squaredNorm() / count);
    inverse_deviation_[k] = deviation > kLeastDeviation ? 1 / deviation : 0.0;
    sample.col(k) *= inverse_deviation_[k];
  }
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(sample.transpose() * sample / count);
  const Eigen::Index kept = std::min(kComponents, sample.cols());
  components_ = solver.eigenvectors().rightCols(kept);
  // Squared lengths average to the number of dimensions, whatever the space.
  const double variance = solver.eigenvalues().tail(kept).sum();
  components_ *= std::sqrt(static_cast<double>(kept) / std::max(variance, kLeastDeviation));
}

const CellEncoding& CellEncoding::shared(unsigned max_vertices, Kind kind) {
  static std::array<std::array<Lazy<CellEncoding>, space::kMaxVertices + 1>, 2> encodings;
  return encodings.at(static_cast<std::size_t>(kind)).at(max_vertices).get([&] {
    return CellEncoding(max_vertices, kind);
  });
}

/// @return (n, k): logarithms of features, or a number an edge and an operation
Eigen::MatrixXd CellEncoding::numbers(std::span<const space::Cell> cells) const {
  const auto count = static_cast<Eigen::Index>(cells.size());
  if (kind_ == Kind::features) {
    std::vector<float> rows(cells.size() * extractor_.count());
    extractor_.extract(cells, rows);
    using RowMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    const Eigen::Map<const RowMajor> raw(rows.data(), count,
                                         static_cast<Eigen::Index>(extractor_.count()));
    return raw.cast<double>().array().log1p();
  }
  constexpr unsigned kVertices = space::kMaxVertices;
  Eigen::MatrixXd written = Eigen::MatrixXd::Zero(count, kAdjacencyNumbers);
  for (Eigen::Index i = 0; i < count; ++i) {
    const space::Cell cell = space::canonical(cells[static_cast<std::size_t>(i)]);
    Eigen::Index column = 0;
    for (unsigned target = 1; target < kVertices; ++target) {
      for (unsigned source = 0; source < target; ++source, ++column) {
        if (target < cell.vertices() && cell.has_edge(source, target)) written(i, column) = 1;
      }
    }
    for (unsigned vertex = 1; vertex + 1 < cell.vertices(); ++vertex) {
      written(i, column + Eigen::Index{space::kOperationCount} * (vertex - 1) +
                     static_cast<Eigen::Index>(cell.operation(vertex))) = 1;
    }
  }
  return written;
}

Eigen::MatrixXd CellEncoding::standardised(std::span<const space::Cell> cells) const {
  Eigen::MatrixXd result = numbers(cells);
  result.rowwise() -= mean_;
  return result.array().rowwise() * inverse_deviation_.array();
}

Eigen::MatrixXd CellEncoding::encode(std::span<const space::Cell> cells) const {
  return standardised(cells) * components_;
}

EncodedCells::EncodedCells(const SearchSpace& space, CellEncoding::Kind kind)
    : space_(space), encoding_(CellEncoding::shared(space.max_vertices(), kind)) {
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
