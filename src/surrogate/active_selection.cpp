#include "ecnas/surrogate/active_selection.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>

#include "ecnas/core/error.hpp"
#include "ecnas/core/parallel.hpp"
#include "ecnas/core/random.hpp"
#include "surrogate/count_process.hpp"

namespace ecnas::surrogate {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;

bool is_positive(double value) {
  return std::isfinite(value) && value > 0;
}

void validate(const EnergyBelief& belief) {
  const std::size_t points = belief.points();
  if (points == 0 || belief.covariance.size() != points * points) {
    fail(ErrorCode::invalid_argument, "choosing cells: {} covariances of {} points",
         belief.covariance.size(), points);
  }
  if (!is_positive(belief.noise_variance)) {
    fail(ErrorCode::invalid_argument, "choosing cells: a noise variance of {}; expected above 0",
         belief.noise_variance);
  }
  for (std::size_t at = 0; at < points; ++at) {
    const double variance = belief.covariance[at * points + at];
    if (!is_positive(belief.predicted_kwh[at]) || !(variance >= 0)) {
      fail(ErrorCode::invalid_argument,
           "choosing cells: point {} has an energy of {} kWh and a variance of {}; expected a "
           "positive number, and one from 0",
           at, belief.predicted_kwh[at], variance);
    }
  }
  if (!std::ranges::all_of(belief.covariance, [](double value) { return std::isfinite(value); }))
    fail(ErrorCode::invalid_argument, "choosing cells: a covariance is not finite");
  if (std::ranges::any_of(belief.point, [&](std::uint32_t point) { return point >= points; }))
    fail(ErrorCode::invalid_argument, "choosing cells: a cell is at none of {} points", points);
}

void validate(const SelectionOptions& options) {
  if (!(options.budget_kwh > 0)) {
    fail(ErrorCode::invalid_argument, "choosing cells: a budget of {} kWh; expected above 0",
         options.budget_kwh);
  }
  if (!(options.diversity >= 0 && options.diversity <= 1)) {
    fail(ErrorCode::invalid_argument, "choosing cells: a diversity of {}; expected 0 to 1",
         options.diversity);
  }
}

/// What is believed while cells are chosen.
class Selection {
 public:
  Selection(const EnergyBelief& belief, std::span<const std::size_t> open,
            const SelectionOptions& options)
      : belief_(belief),
        options_(options),
        covariance_(MatrixXd::Map(belief.covariance.data(), static_cast<Index>(belief.points()),
                                  static_cast<Index>(belief.points()))),
        energy_of_cells_(belief.points()),
        open_(belief.points()),
        scores_(belief.points()) {
    for (const std::uint32_t point : belief.point)
      energy_of_cells_[point] += belief.predicted_kwh[point];
    std::vector<std::size_t> order(open.begin(), open.end());
    Rng(options.seed).shuffle(std::span(order));
    for (const std::size_t cell : order)
      open_[belief.point[cell]].push_back(cell);
  }

  /// The next cell; none where none is left that the budget allows.
  std::optional<SelectedCell> choose() {
    constexpr std::size_t kAtOnce = 64;
    const std::size_t points = belief_.points();
    parallel_for((points + kAtOnce - 1) / kAtOnce, points < kFewPoints ? 1 : options_.threads,
                 [&](std::size_t block) {
                   for (std::size_t at = block * kAtOnce;
                        at < std::min(points, (block + 1) * kAtOnce); ++at)
                     scores_[at] = is_possible(at) ? score(at) : kNever;
                 });
    const auto best = std::ranges::max_element(scores_);  // of equal ones the first
    if (*best == kNever) return std::nullopt;
    const auto point = static_cast<std::size_t>(best - scores_.begin());
    const double energy = belief_.predicted_kwh[point];
    spent_kwh_ += energy;
    const SelectedCell chosen{.cell = open_[point].back(),
                              .predicted_kwh = energy,
                              .deviation_kwh = energy * std::sqrt(variance(point)),
                              .score = *best,
                              .cumulative_kwh = spent_kwh_};
    open_[point].pop_back();
    condition(static_cast<Index>(point));
    return chosen;
  }

 private:
  static constexpr double kNever = -1;            // below all scores
  static constexpr std::size_t kFewPoints = 500;  // threads cost more than they save

  double variance(std::size_t point) const {
    return covariance_(static_cast<Index>(point), static_cast<Index>(point));
  }

  bool is_possible(std::size_t point) const {
    return !open_[point].empty() &&
           spent_kwh_ + belief_.predicted_kwh[point] <= options_.budget_kwh;
  }

  double score(std::size_t point) const {
    const double energy = belief_.predicted_kwh[point];
    const double worth =
        options_.worth == Worth::own ? energy * std::sqrt(variance(point)) : fall_of_errors(point);
    return options_.per_kwh ? worth / energy : worth;
  }

  /// By how much a training at this point lets the expected absolute errors of all cells fall. The
  /// error of energy E, in logarithms normal of variance v + noise, is E √(2/π) √(v + noise).
  double fall_of_errors(std::size_t trained) const {
    const double noise = belief_.noise_variance;
    const double told = 1 / (variance(trained) + noise);
    const auto column = covariance_.col(static_cast<Index>(trained));
    double sum = 0;
    for (std::size_t at = 0; at < belief_.points(); ++at) {
      const double before = variance(at) + noise;
      const double shared = column[static_cast<Index>(at)];
      const double after = std::max(before - told * shared * shared, noise);
      sum += energy_of_cells_[at] * (std::sqrt(before) - std::sqrt(after));
    }
    return std::sqrt(2 / std::numbers::pi) * sum;
  }

  /// Believes what a training at this point will tell, or a share of it.
  void condition(Index trained) {
    if (options_.diversity == 0) return;
    const Eigen::VectorXd column = covariance_.col(trained);
    const double told = options_.diversity / (column[trained] + belief_.noise_variance);
    for (Index j = 0; j < column.size(); ++j)
      covariance_.col(j) -= told * column[j] * column;
    covariance_.diagonal() = covariance_.diagonal().cwiseMax(0.0);
  }

  const EnergyBelief& belief_;
  const SelectionOptions& options_;
  MatrixXd covariance_;
  std::vector<double> energy_of_cells_;         // (p): summed over the point's cells
  std::vector<std::vector<std::size_t>> open_;  // (p): cells that can be chosen, next one last
  std::vector<double> scores_;                  // (p)
  double spent_kwh_ = 0;
};

}  // namespace

double EnergyBelief::deviation_kwh(std::size_t cell) const {
  const std::size_t at = point[cell];
  return predicted_kwh[at] * std::sqrt(covariance[at * points() + at]);
}

EnergyBelief believe(const Surrogate& model, std::span<const space::Cell> cells,
                     std::int32_t epochs, unsigned threads) {
  const SurrogateInfo& info = model.info();
  const CountProcess* process = nullptr;
  if (info.target == Target::energy_kwh && model.members().size() == 1)
    process = count_process(*model.members().front().regressor, 0);
  if (process == nullptr || model.outputs().size() != 1) {
    fail(ErrorCode::invalid_argument,
         "model {}: choosing cells takes a Gaussian process alone, of energy_kwh at one budget",
         info.name);
  }
  std::vector<std::uint32_t> keys;
  for (const space::Cell& cell : cells)
    keys.push_back(key_of(count(cell)));
  std::vector<std::uint32_t> distinct = keys;
  std::ranges::sort(distinct);
  distinct.erase(std::ranges::unique(distinct).begin(), distinct.end());
  EnergyBelief belief;
  belief.predicted_kwh.resize(distinct.size());
  const std::vector<Prediction> predictions = model.predict(cells, epochs, threads);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto place = std::ranges::lower_bound(distinct, keys[i]) - distinct.begin();
    belief.point.push_back(static_cast<std::uint32_t>(place));
    belief.predicted_kwh[belief.point.back()] = predictions[i].value;
  }
  // From the unit in which the process learnt to logarithms: the curve of a process is a line.
  const Curve& curve = model.outputs().front().curve;
  const double slope = (curve.y.back() - curve.y.front()) / (curve.x.back() - curve.x.front());
  const MatrixXd covariance =
      slope * slope * process->process.covariances(process->inputs.of(distinct));
  belief.covariance.assign(covariance.data(), covariance.data() + covariance.size());
  belief.noise_variance = slope * slope * process->process.parameters().noise_variance();
  return belief;
}

std::vector<SelectedCell> select_cells(const EnergyBelief& belief,
                                       std::span<const std::size_t> open,
                                       const SelectionOptions& options) {
  validate(belief);
  validate(options);
  std::vector<std::uint8_t> is_open(belief.point.size());
  for (const std::size_t cell : open) {
    if (cell >= is_open.size() || is_open[cell] != 0) {
      fail(ErrorCode::invalid_argument, "choosing cells: {} is no cell of {}, or given twice", cell,
           is_open.size());
    }
    is_open[cell] = 1;
  }
  Selection selection(belief, open, options);
  std::vector<SelectedCell> chosen;
  while (chosen.size() < options.cells) {
    const std::optional<SelectedCell> next = selection.choose();
    if (!next) break;
    chosen.push_back(*next);
  }
  return chosen;
}

}  // namespace ecnas::surrogate
