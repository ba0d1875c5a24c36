#include "ecnas/energy/projection.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "ecnas/core/error.hpp"
#include "ecnas/stats/student_t.hpp"
#include "ecnas/stats/summary.hpp"

namespace ecnas::energy {
namespace {

constexpr double kUpperShare = 0.95;  // below the upper end of a 90 % interval

void require_amount(double value, const char* what) {
  if (!(value >= 0) || std::isinf(value)) {
    fail(ErrorCode::invalid_argument, "project_epochs: {} of {}; expected a finite number from 0",
         what, value);
  }
}

void require_sense(double start_up, std::span<const double> measured, std::size_t epochs) {
  require_amount(start_up, "a start-up");
  for (const double value : measured)
    require_amount(value, "an epoch");
  if (measured.empty())
    fail(ErrorCode::invalid_argument, "project_epochs: no epoch was measured; expected at least 1");
  if (epochs < measured.size()) {
    fail(ErrorCode::invalid_argument,
         "project_epochs: to {} epochs, of which {} were measured; expected as many or more",
         epochs, measured.size());
  }
}

}  // namespace

Projection project_epochs(double start_up, std::span<const double> measured, std::size_t epochs) {
  require_sense(start_up, measured, epochs);
  const auto k = static_cast<double>(measured.size());
  const double m = static_cast<double>(epochs) - k;  // epochs to come
  const double so_far = start_up + std::reduce(measured.begin(), measured.end());
  Projection result{.start_up = start_up, .per_epoch = stats::mean(measured)};
  result.total = so_far + m * result.per_epoch;
  require_amount(result.total, "a total");
  if (const std::optional<double> deviation = stats::standard_deviation(measured)) {
    const double reach = stats::student_t_quantile(kUpperShare, measured.size() - 1) * *deviation *
                         std::sqrt(m + m * m / k);
    result.low = std::max(so_far, result.total - reach);  // no epoch gives energy back
    result.high = result.total + reach;
  }
  return result;
}

}  // namespace ecnas::energy
