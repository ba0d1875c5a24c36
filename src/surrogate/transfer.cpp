#include "ecnas/surrogate/transfer.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "ecnas/core/error.hpp"
#include "ecnas/stats/conformal.hpp"
#include "ecnas/stats/correlation.hpp"
#include "ecnas/stats/summary.hpp"

namespace ecnas::surrogate {
namespace {

constexpr double kTukey = 4.685;  // 95 % efficiency on normal residuals
constexpr double kDeviationPerMedian = 1.4826;
constexpr double kLeastDeviation = 0.04;  // two trainings of a cell differ by half of that
constexpr double kSlopeDeviation = 0.05;  // of slopes about 1, from device to device
constexpr double kLeastSlope = 0.2;       // what rises more slowly is no energy of these cells
constexpr std::size_t kMostSteps = 100;
// The slope is pulled to 1, so a few readings that fall would pass for rising. Where predictions
// lie further apart than devices differ, energies of these cells agree with their order.
constexpr std::size_t kEnoughForOrder = 5;
constexpr double kSpreadForOrder = 0.2;  // of logarithms
constexpr double kLeastOrder = 0.1;      // Kendall's τ; true energies have 0.8

constexpr double kCoverage = 0.9;
constexpr double kNormal90 = 1.6449;       // half-width of a normal 90 % interval, in deviations
constexpr double kDeviceDeviation = 0.06;  // of cells about a device's correction, where few tell
constexpr std::size_t kEnoughForWidths = 20;

void validate(std::span<const double> predicted_log, std::span<const double> measured_log) {
  const auto finite = [](double value) { return std::isfinite(value); };
  if (predicted_log.size() != measured_log.size() || !std::ranges::all_of(predicted_log, finite) ||
      !std::ranges::all_of(measured_log, finite)) {
    fail(ErrorCode::invalid_argument,
         "correction: {} predicted and {} measured logarithms; there must be one each, all finite",
         predicted_log.size(), measured_log.size());
  }
  if (predicted_log.size() < table::kFewestMeasured) {
    fail(ErrorCode::invalid_data, "{} measured cells; a correction needs {} at least",
         predicted_log.size(), table::kFewestMeasured);
  }
}

void expect_rising(std::span<const double> predicted_log, std::span<const double> measured_log) {
  if (predicted_log.size() < kEnoughForOrder ||
      stats::standard_deviation(predicted_log).value_or(0) < kSpreadForOrder)
    return;
  const double order = stats::kendall_tau_b(predicted_log, measured_log).value_or(0);
  if (order < kLeastOrder) {
    fail(ErrorCode::invalid_data,
         "the order of the measured energies and that of the predicted ones agree to a Kendall τ "
         "of {:.2f}; expected about 0.8: are they energies of these cells?",
         order);
  }
}

/// Mean of the most crowded half: where an estimate starts that bad readings should not move. Half
/// rounded up, so that as many good ones as bad suffice where the good ones are closer together.
double shortest_half_mean(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t half = (values.size() + 1) / 2;
  std::size_t best = 0;
  for (std::size_t first = 1; first + half <= values.size(); ++first) {
    if (values[first + half - 1] - values[first] < values[best + half - 1] - values[best])
      best = first;
  }
  return stats::mean(std::span(values).subspan(best, half));
}

/// Weighted least squares of a line whose slope is pulled to 0: the matrix of its equations.
struct Equations {
  double weight = 0;  // Σw
  double first = 0;   // Σwx
  double second = 0;  // Σwx² + penalty

  [[nodiscard]] double determinant() const { return weight * second - first * first; }
  /// Influence of an observation of weight 1 at x on the line's value there.
  [[nodiscard]] double leverage(double x) const {
    return (second - 2 * x * first + x * x * weight) / determinant();
  }
};

/// The iteration: predicted logarithms about their mean, and what devices differ by.
struct Fit {
  std::vector<double> x;           // predicted − centre
  std::vector<double> difference;  // measured − predicted
  double shift = 0;
  double tilt = 0;  // slope − 1
  double deviation = 0;
  std::vector<double> weights;
  Equations equations;

  [[nodiscard]] double residual(std::size_t i) const { return difference[i] - shift - tilt * x[i]; }

  /// Tukey's weights about the line, in deviations that the better half of the readings shows.
  void weigh() {
    std::vector<double> sizes(x.size());
    for (std::size_t i = 0; i < x.size(); ++i)
      sizes[i] = std::abs(residual(i));
    std::ranges::sort(sizes);
    deviation = std::max(kDeviationPerMedian * sizes[(sizes.size() - 1) / 2], kLeastDeviation);
    weights.resize(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double u = residual(i) / (kTukey * deviation);
      weights[i] = std::abs(u) < 1 ? (1 - u * u) * (1 - u * u) : 0;
    }
  }

  /// The better half of the weights is about 1: there is always a solution.
  /// @return how far the line moved
  double solve() {
    const double pull = deviation / kSlopeDeviation;
    equations = {.second = pull * pull};
    double sum = 0;
    double moment = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double weight = weights[i];
      equations.weight += weight;
      equations.first += weight * x[i];
      equations.second += weight * x[i] * x[i];
      sum += weight * difference[i];
      moment += weight * difference[i] * x[i];
    }
    const double determinant = equations.determinant();
    const double old_shift = shift;
    const double old_tilt = tilt;
    shift = (equations.second * sum - equations.first * moment) / determinant;
    tilt = (equations.weight * moment - equations.first * sum) / determinant;
    return std::abs(shift - old_shift) + std::abs(tilt - old_tilt);
  }
};

Fit start(std::span<const double> predicted_log, std::span<const double> measured_log,
          double centre) {
  Fit fit;
  for (std::size_t i = 0; i < predicted_log.size(); ++i) {
    fit.x.push_back(predicted_log[i] - centre);
    fit.difference.push_back(measured_log[i] - predicted_log[i]);
  }
  fit.shift = shortest_half_mean(fit.difference);
  return fit;
}

FittedCorrection finished(const Fit& fit, double centre) {
  FittedCorrection result{.correction = {.centre = centre,
                                         .shift = fit.shift,
                                         .slope = 1 + fit.tilt,
                                         .deviation = fit.deviation},
                          .weights = fit.weights};
  for (std::size_t i = 0; i < fit.x.size(); ++i) {
    const double residual = fit.residual(i);
    const double own = fit.weights[i] * fit.equations.leverage(fit.x[i]);
    result.residuals.push_back(residual);
    result.held_out.push_back(residual / std::max(1 - own, 0.1));
  }
  return result;
}

// --- The adapted model ---------------------------------------------------------------------------

/// A curve after the correction. Energies of `ratio` times as many epochs as were measured are
/// corrected as those of the epochs measured, `log_ratio` higher.
Curve corrected(const Curve& curve, const Correction& correction, double log_ratio) {
  Curve result{curve.x, {}};
  for (const double y : curve.y)
    result.y.push_back(correction(y - log_ratio) + log_ratio);
  return result;
}

/// Held-out residuals of trusted readings, of all of them and by group of vertices.
struct Residuals {
  std::vector<double> all;
  std::array<std::vector<double>, kVertexGroups> by_group;
};

Residuals trusted_residuals(const FittedCorrection& fitted, std::span<const space::Cell> cells) {
  Residuals residuals;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (!fitted.trusts(i)) continue;
    const double size = std::abs(fitted.held_out[i]);
    residuals.all.push_back(size);
    residuals.by_group[vertex_group(cells[i].vertices())].push_back(size);
  }
  return residuals;
}

/// A group's width: of its own readings where they are enough; else not below that of all readings;
/// where these are few too, the model's and what devices usually differ by, added as errors are.
double new_width(double model_width, const Correction& correction, const Residuals& residuals,
                 std::size_t group) {
  const std::vector<double>& own = residuals.by_group[group];
  const double inherited = correction.slope * model_width;
  if (own.size() >= kEnoughForWidths) return stats::conformal_half_width(own, kCoverage);
  if (residuals.all.size() >= kEnoughForWidths)
    return std::max(inherited, stats::conformal_half_width(residuals.all, kCoverage));
  const double of_device = kNormal90 * std::max(correction.deviation, kDeviceDeviation);
  const auto count = static_cast<double>(residuals.all.size());
  return std::hypot(inherited, of_device * std::sqrt(1 + 1 / count));
}

Surrogate adapted(const Surrogate& model, const FittedCorrection& fitted,
                  std::span<const space::Cell> cells, const TransferOptions& options) {
  SurrogateInfo info = model.info();
  const Residuals residuals = trusted_residuals(fitted, cells);
  std::vector<Output> outputs;
  for (std::size_t i = 0; i < model.outputs().size(); ++i) {
    const Output& before = model.outputs()[i];
    const auto epochs = static_cast<double>(info.scaled_from.value_or(info.epochs[i]));
    Output after{.curve =
                     corrected(before.curve, fitted.correction, std::log(epochs / options.epochs))};
    for (std::size_t group = 0; group < kVertexGroups; ++group) {
      after.lower_width[group] =
          new_width(before.lower_width[group], fitted.correction, residuals, group);
      after.upper_width[group] =
          new_width(before.upper_width[group], fitted.correction, residuals, group);
    }
    outputs.push_back(std::move(after));
  }
  info.description += fmt::format("; transferred to {} by {} cells at {} epochs", options.device,
                                  cells.size(), options.epochs);
  info.name += " on " + options.device;
  info.devices = {options.device};
  info.pue = options.pue;
  Surrogate result(std::move(info), {model.members().begin(), model.members().end()},
                   std::move(outputs), model.range());
  if (model.score_table()) result.keep(model.score_table());
  return result;
}

}  // namespace

std::size_t FittedCorrection::trusted() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(weights, [](double weight) { return weight > kTrusted; }));
}

FittedCorrection fit_correction(std::span<const double> predicted_log,
                                std::span<const double> measured_log) {
  validate(predicted_log, measured_log);
  const double centre = stats::mean(predicted_log);
  Fit fit = start(predicted_log, measured_log, centre);
  for (std::size_t step = 0; step < kMostSteps; ++step) {
    fit.weigh();
    if (fit.solve() < 1e-12) break;
  }
  if (1 + fit.tilt < kLeastSlope) {
    fail(ErrorCode::invalid_data,
         "the measured energies go with the power {:.2f} of the predicted ones; expected about 1: "
         "are they energies of these cells?",
         1 + fit.tilt);
  }
  return finished(fit, centre);
}

std::vector<std::size_t> recommend_cells(std::span<const double> predicted_log, std::size_t k) {
  std::vector<std::size_t> order(predicted_log.size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return predicted_log[i]; });
  const std::size_t count = std::min(k, order.size());
  std::vector<std::size_t> chosen;
  for (std::size_t group = 0; group < count; ++group)
    chosen.push_back(order[(2 * group + 1) * order.size() / (2 * count)]);
  return chosen;
}

Transfer transfer(const Surrogate& model, const table::Measurements& measured,
                  const TransferOptions& options) {
  if (model.info().target != Target::energy_kwh) {
    fail(ErrorCode::invalid_argument, "model {} predicts {}; only energies are transferred",
         model.info().name, name(model.info().target));
  }
  if (options.pue && !(std::isfinite(*options.pue) && *options.pue >= 1))
    fail(ErrorCode::invalid_argument, "PUE {}: expected a number from 1", *options.pue);
  const std::vector<Prediction> predictions =
      model.predict(measured.cells, options.epochs, options.threads);
  std::vector<double> predicted_kwh;
  std::vector<double> predicted_log;
  std::vector<double> measured_log;
  for (std::size_t i = 0; i < predictions.size(); ++i) {
    predicted_kwh.push_back(predictions[i].value);
    predicted_log.push_back(std::log(predictions[i].value));
    measured_log.push_back(std::log(measured.energies_kwh[i]));
  }
  FittedCorrection fitted = fit_correction(predicted_log, measured_log);
  expect_rising(predicted_log, measured_log);
  Surrogate surrogate = adapted(model, fitted, measured.cells, options);
  return {std::move(fitted), std::move(predicted_kwh), std::move(surrogate)};
}

}  // namespace ecnas::surrogate
