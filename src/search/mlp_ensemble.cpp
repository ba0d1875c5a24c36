#include "search/mlp_ensemble.hpp"

#include <algorithm>
#include <numeric>
#include <span>

#include "ecnas/core/error.hpp"

namespace ecnas::search {
namespace {

using RowMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

std::span<const float> values_of(const RowMajor& matrix) {
  return {matrix.data(), static_cast<std::size_t>(matrix.size())};
}

/// `count` of the first n whole numbers, or all, in random order.
std::vector<Eigen::Index> drawn(Eigen::Index n, std::size_t count, Rng& rng) {
  std::vector<Eigen::Index> all(static_cast<std::size_t>(n));
  std::iota(all.begin(), all.end(), Eigen::Index{0});
  rng.shuffle(std::span(all));
  all.resize(std::min(count, all.size()));
  return all;
}

}  // namespace

void MlpEnsemble::fit(const Eigen::MatrixXd& inputs, const Eigen::MatrixXd& values, Rng& rng) {
  ECNAS_ASSERT(inputs.rows() > 0 && inputs.rows() == values.rows() && values.cols() > 0);
  mean_ = values.colwise().mean();
  const Eigen::MatrixXd centred = values.rowwise() - mean_;
  scale_ = (centred.colwise().squaredNorm() / static_cast<double>(values.rows())).cwiseSqrt();
  scale_ = (scale_.array() > 0).select(scale_, 1.0);
  const Eigen::MatrixXd standardised = centred.array().rowwise() / scale_.array();
  const auto width = static_cast<std::size_t>(inputs.cols());
  const auto outputs = static_cast<std::size_t>(values.cols());
  networks_.clear();
  for (std::size_t network = 0; network < options_.networks; ++network) {
    const std::vector<Eigen::Index> seen = drawn(inputs.rows(), options_.training, rng);
    const RowMajor rows = inputs(seen, Eigen::all).cast<float>();
    const RowMajor targets = standardised(seen, Eigen::all).cast<float>();
    networks_.push_back(surrogate::fit_mlp(
        {width, options_.hidden, outputs}, values_of(rows), values_of(targets),
        {.epochs = options_.epochs, .learning_rate = options_.learning_rate, .seed = rng.next()}));
  }
}

Eigen::MatrixXd MlpEnsemble::predict(std::size_t network, const Eigen::MatrixXd& inputs) const {
  const RowMajor rows = inputs.cast<float>();
  RowMajor predicted(inputs.rows(), mean_.size());
  networks_[network].predict(values_of(rows),
                             {predicted.data(), static_cast<std::size_t>(predicted.size())});
  return (predicted.cast<double>().array().rowwise() * scale_.array()).matrix().rowwise() + mean_;
}

}  // namespace ecnas::search
