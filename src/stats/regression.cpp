#include "ecnas/stats/regression.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "ecnas/stats/correlation.hpp"
#include "ecnas/stats/summary.hpp"
#include "stats/check.hpp"

namespace ecnas::stats {
namespace {

void require_comparable(std::span<const double> truth, std::span<const double> predicted,
                        std::string_view caller) {
  require_same_size(truth, predicted, caller);
  require_finite(truth, caller);
  require_finite(predicted, caller);
}

void require_any(std::span<const double> truth, std::string_view caller) {
  if (truth.empty())
    fail(ErrorCode::invalid_argument, "{}: no values; expected at least one", caller);
}

double sum_of_squared_errors(std::span<const double> truth, std::span<const double> predicted) {
  double sum = 0;
  for (std::size_t i = 0; i < truth.size(); ++i)
    sum += (truth[i] - predicted[i]) * (truth[i] - predicted[i]);
  return sum;
}

}  // namespace

std::optional<double> r2(std::span<const double> truth, std::span<const double> predicted) {
  require_comparable(truth, predicted, "r2");
  if (truth.size() < 2) return std::nullopt;
  const auto [least, greatest] = std::ranges::minmax(truth);
  if (least == greatest) return std::nullopt;
  const double centre = mean(truth);
  double total = 0;
  for (const double value : truth)
    total += (value - centre) * (value - centre);
  return 1 - sum_of_squared_errors(truth, predicted) / total;
}

double mean_absolute_error(std::span<const double> truth, std::span<const double> predicted) {
  require_comparable(truth, predicted, "mean_absolute_error");
  require_any(truth, "mean_absolute_error");
  double sum = 0;
  for (std::size_t i = 0; i < truth.size(); ++i)
    sum += std::abs(truth[i] - predicted[i]);
  return sum / static_cast<double>(truth.size());
}

double root_mean_square_error(std::span<const double> truth, std::span<const double> predicted) {
  require_comparable(truth, predicted, "root_mean_square_error");
  require_any(truth, "root_mean_square_error");
  return std::sqrt(sum_of_squared_errors(truth, predicted) / static_cast<double>(truth.size()));
}

RegressionScores regression_scores(std::span<const double> truth,
                                   std::span<const double> predicted) {
  const double mae = mean_absolute_error(truth, predicted);
  return {.kendall_tau = kendall_tau_b(truth, predicted),
          .spearman = spearman_rho(truth, predicted),
          .r2 = r2(truth, predicted),
          .mae = mae,
          .rmse = root_mean_square_error(truth, predicted),
          .n = truth.size()};
}

}  // namespace ecnas::stats
