#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <utility>

#include "ecnas/core/random.hpp"
#include "ecnas/stats/summary.hpp"
#include "surrogate/cholesky.hpp"
#include "surrogate/gaussian_process.hpp"
#include "surrogate/lbfgs.hpp"

namespace ecnas::surrogate {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

VectorXd rounded(const VectorXd& values) {
  return values.cast<float>().cast<double>();
}

/// What a model file can hold, so that a process is the same before and after.
Hyperparameters rounded(const Hyperparameters& parameters) {
  return Hyperparameters::split(rounded(parameters.joined()));
}

/// The covariance of the means' observations, factorised. Where rounding leaves it indefinite, the
/// noise is raised.
struct Conditioned {
  MatrixXd factor;
  VectorXd noise;
};
Conditioned factorise_with_noise(const MatrixXd& prior, const VectorXd& noise) {
  constexpr double kFirstRaise = 1e-9;  // of the prior variance
  double raise = 0;
  while (true) {
    Conditioned result{prior, rounded(noise.array() + raise)};
    result.factor.diagonal() += result.noise;
    if (factorise(result.factor)) return result;
    raise = std::max(10 * raise, kFirstRaise * prior.diagonal().mean());
  }
}

/// [RasWil06], Eq. 5.12, for observations of which several may be at a point: what the others at a
/// point say is the point's posterior without the one observation.
LeftOut leave_out(const ProcessData& data, const VectorXd& weights, double noise_variance,
                  const CollapsedData& collapsed, const VectorXd& duals,
                  const Conditioned& conditioned) {
  constexpr double kLeastVariance = 1e-9;
  constexpr double kLeastPrecision = 1e-6;
  const VectorXd inverse_diagonal =
      inverse_of_factor(conditioned.factor).colwise().squaredNorm().transpose();
  const VectorXd means = collapsed.means - conditioned.noise.cwiseProduct(duals);
  const VectorXd variances =
      (conditioned.noise.array() - conditioned.noise.array().square() * inverse_diagonal.array())
          .max(kLeastVariance);
  LeftOut left_out{VectorXd(data.values.size()), VectorXd(data.values.size())};
  for (Index i = 0; i < data.values.size(); ++i) {
    const Index group = data.group[static_cast<std::size_t>(i)];
    const double own = weights[i] / noise_variance;
    const double precision = std::max(1 / variances[group] - own, kLeastPrecision);
    const double mean = (means[group] / variances[group] - data.values[i] * own) / precision;
    left_out.residuals[i] = data.values[i] - mean;
    left_out.variances[i] = 1 / precision;
  }
  return left_out;
}

/// Weights as given, less those of observations far from what all others say: the square of how
/// much further than `far` robust deviations an observation is divides its weight.
VectorXd doubted(const ProcessData& data, const LeftOut& left_out, double noise_variance,
                 double far) {
  constexpr double kLeastScale = 0.3;
  const VectorXd standardised =
      left_out.residuals.array() /
      (left_out.variances.array() + noise_variance / data.weights.array()).sqrt();
  std::vector<double> sizes(static_cast<std::size_t>(standardised.size()));
  VectorXd::Map(sizes.data(), standardised.size()) = standardised.cwiseAbs();
  constexpr double kNormal = 1.4826;  // of a normal deviation to the median of its size
  const double scale = std::max(kNormal * stats::median(sizes), kLeastScale);
  return data.weights.array() / (standardised.array() / (far * scale)).square().max(1.0);
}

/// Some of the points, with their observations; all where there are no more than `most`.
ProcessData drawn(const ProcessData& data, std::size_t most, std::uint64_t seed) {
  const auto groups = static_cast<std::size_t>(data.inputs.smooth.rows());
  if (groups <= most) return data;
  std::vector<Index> chosen(groups);
  std::iota(chosen.begin(), chosen.end(), 0);
  Rng(seed).shuffle(std::span(chosen));
  chosen.resize(most);
  std::sort(chosen.begin(), chosen.end());
  std::vector<std::int64_t> places(groups, -1);
  for (std::size_t i = 0; i < chosen.size(); ++i)
    places[static_cast<std::size_t>(chosen[i])] = static_cast<std::int64_t>(i);
  ProcessData part{
      {data.inputs.smooth(chosen, Eigen::all), data.inputs.linear(chosen, Eigen::all)}, {}, {}, {}};
  std::vector<Index> observations;
  for (std::size_t i = 0; i < data.group.size(); ++i) {
    if (places[data.group[i]] < 0) continue;
    part.group.push_back(static_cast<std::uint32_t>(places[data.group[i]]));
    observations.push_back(static_cast<Index>(i));
  }
  part.values = data.values(observations);
  part.weights = data.weights(observations);
  return part;
}

Hyperparameters optimised(const ProcessData& data, const Hyperparameters& from,
                          std::size_t iterations) {
  const CollapsedData collapsed = collapse(data, data.weights);
  VectorXd at = from.joined();
  minimise(
      [&](const VectorXd& joined, VectorXd& gradient) {
        return negative_log_posterior(data.inputs, collapsed, Hyperparameters::split(joined),
                                      gradient);
      },
      at, {.iterations = iterations});
  return rounded(Hyperparameters::split(at));
}

}  // namespace

GaussianProcess condition(const ProcessData& data, const VectorXd& weights,
                          const Hyperparameters& parameters, LeftOut* left_out) {
  const CollapsedData collapsed = collapse(data, weights);
  const double noise_variance = parameters.noise_variance();
  const Conditioned conditioned = factorise_with_noise(
      covariance(data.inputs, parameters), noise_variance / collapsed.precision.array());
  const VectorXd duals = solve(conditioned.factor, collapsed.means);
  if (left_out != nullptr)
    *left_out = leave_out(data, weights, noise_variance, collapsed, duals, conditioned);
  // To twice a float's digits: they cancel in sums.
  const VectorXd coarse = rounded(duals);
  return {data.inputs, parameters, coarse + rounded(duals - coarse), conditioned.noise};
}

GaussianProcess fit_gaussian_process(const ProcessData& data, const ProcessFitOptions& options) {
  ProcessData doubting = data;
  Hyperparameters parameters = Hyperparameters::typical(data.inputs.smooth.cols());
  for (std::size_t round = 0; round < options.rounds; ++round) {
    if (round == 0 || round == options.rounds / 2) {
      parameters = optimised(drawn(doubting, options.groups, options.seed), parameters,
                             round == 0 ? options.iterations : options.iterations / 4);
    }
    LeftOut left_out;
    static_cast<void>(condition(data, doubting.weights, parameters, &left_out));
    doubting.weights = doubted(data, left_out, parameters.noise_variance(), options.far);
  }
  parameters = optimised(drawn(doubting, options.groups, options.seed), parameters,
                         options.rounds == 0 ? options.iterations : options.iterations / 4);
  return condition(data, doubting.weights, parameters);
}

}  // namespace ecnas::surrogate
