#include "ecnas/surrogate/active_study.hpp"

#include <algorithm>
#include <limits>
#include <mutex>
#include <numeric>

#include "ecnas/core/error.hpp"
#include "ecnas/core/parallel.hpp"
#include "ecnas/core/random.hpp"
#include "ecnas/surrogate/active_selection.hpp"
#include "ecnas/surrogate/learning_curve.hpp"
#include "surrogate/standardised_features.hpp"

namespace ecnas::surrogate {
namespace {

using Rows = std::vector<std::size_t>;

/// One repetition: what can be trained, in a random order, and what judges.
struct Division {
  Rows pool;
  Rows test;
  std::uint64_t seed = 0;
};

Division divide(const Observations& observations, std::uint64_t seed) {
  Division division{.pool = {}, .test = {}, .seed = seed};
  for (std::size_t i = 0; i < observations.cells.size(); ++i) {
    const bool held_out = fold_of(observations.cells[i], kTestShare, seed) == 0;
    (held_out ? division.test : division.pool).push_back(i);
  }
  Rng(seed).shuffle(std::span(division.pool));
  return division;
}

/// One chooser's way through one repetition. Cells of the pool have its numbers: the first
/// `start_cells` of them are the start.
class Course {
 public:
  Course(const Observations& observations, const ActiveStudyOptions& options,
         const Division& division, Chooser chooser)
      : observations_(observations),
        options_(options),
        division_(division),
        chooser_(chooser),
        judged_(at_rows(observations, division.test)) {
    for (const std::size_t row : division.pool)
      cells_.push_back(observations.cells[row]);
    is_trained_.assign(cells_.size(), 0);
    for (std::size_t i = 0; i < options.start_cells; ++i)
      train(i);
  }

  /// Chooses, trains, fits and judges, once an energy.
  void run(std::span<ActivePoint> points, const std::function<void()>& done_one) {
    Surrogate model = fit();
    for (ActivePoint& point : points) {
      for (const std::size_t i : choose(model, point.budget_kwh - spent_kwh_)) {
        if (spent_kwh_ + energy(i) <= point.budget_kwh) train(i);
      }
      model = fit();
      point.spent_kwh = spent_kwh_;
      point.cells = trained_.size();
      const auto predictions = predictions_for(judged_, model, 1);
      point.scores = evaluate(judged_, 0, predictions.front()).all;
      done_one();
    }
  }

 private:
  double energy(std::size_t i) const { return observations_.value(division_.pool[i], 0); }

  void train(std::size_t i) {
    is_trained_[i] = 1;
    trained_.push_back(i);
    spent_kwh_ += energy(i);
  }

  Surrogate fit() const {
    Rows rows;
    for (const std::size_t i : trained_)
      rows.push_back(division_.pool[i]);
    std::ranges::sort(rows);
    const Observations measured = at_rows(observations_, rows);
    SurrogateFitOptions options = options_.fit;
    options.threads = 1;
    options.progress = {};
    return fit_surrogate(std::span(&measured, 1), options).surrogate;
  }

  Rows open() const {
    Rows rows;
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      if (is_trained_[i] == 0) rows.push_back(i);
    }
    return rows;
  }

  /// Cells that are not trained yet, best first; at least as many as the energy allows.
  Rows choose(const Surrogate& model, double energy_kwh) const {
    switch (chooser_) {
      case Chooser::random:
        return open();  // the pool's order is random
      case Chooser::cheapest:
        return cheapest_first(model);
      case Chooser::spread:
        return farthest_first(energy_kwh);
      default:
        return selected(model, energy_kwh);
    }
  }

  Rows selected(const Surrogate& model, double energy_kwh) const {
    constexpr double kMore = 1.25;  // predictions may be too high
    SelectionOptions options{.budget_kwh = kMore * energy_kwh, .seed = division_.seed};
    options.per_kwh = chooser_ != Chooser::cost_blind;
    if (chooser_ == Chooser::one_by_one || chooser_ == Chooser::uncertainty) options.diversity = 0;
    if (chooser_ == Chooser::uncertainty) options.worth = Worth::own;
    const EnergyBelief belief = believe(model, cells_, observations_.epochs.front());
    Rows rows;
    for (const SelectedCell& chosen : select_cells(belief, open(), options))
      rows.push_back(chosen.cell);
    return rows;
  }

  Rows cheapest_first(const Surrogate& model) const {
    const std::vector<Prediction> predictions = model.predict(cells_, observations_.epochs.front());
    Rows rows = open();
    std::ranges::stable_sort(rows, {}, [&](std::size_t i) { return predictions[i].value; });
    return rows;
  }

  /// Greedy k-centre: [SenSav18].
  Rows farthest_first(double energy_kwh) const {
    const StandardisedFeatures features(FeatureGroup::physical | FeatureGroup::structural, cells_);
    std::vector<float> numbers;
    features.extract(cells_, numbers);
    const std::size_t width = features.count();
    std::vector<double> nearest(cells_.size(), std::numeric_limits<double>::infinity());
    const auto approach = [&](std::size_t to) {
      for (std::size_t i = 0; i < cells_.size(); ++i) {
        double squares = 0;
        for (std::size_t f = 0; f < width; ++f) {
          const auto apart = static_cast<double>(numbers[i * width + f] - numbers[to * width + f]);
          squares += apart * apart;
        }
        nearest[i] = std::min(nearest[i], squares);
      }
      nearest[to] = -1;  // never again
    };
    for (const std::size_t i : trained_)
      approach(i);
    Rows rows;
    double sum_kwh = 0;
    while (sum_kwh < energy_kwh) {
      const auto farthest = std::ranges::max_element(nearest);
      if (*farthest < 0) break;
      rows.push_back(static_cast<std::size_t>(farthest - nearest.begin()));
      sum_kwh += energy(rows.back());
      approach(rows.back());
    }
    return rows;
  }

  const Observations& observations_;
  const ActiveStudyOptions& options_;
  const Division& division_;
  Chooser chooser_;
  Observations judged_;
  std::vector<space::Cell> cells_;  // of the pool
  std::vector<std::uint8_t> is_trained_;
  Rows trained_;
  double spent_kwh_ = 0;
};

void validate(const Observations& observations, const ActiveStudyOptions& options) {
  constexpr std::size_t kFewest = 20;  // that a model is fitted on
  expect_fittable(observations);
  const std::string& source = observations.source;
  if (observations.target != Target::energy_kwh || observations.epochs.size() != 1) {
    fail(ErrorCode::invalid_argument,
         "{}: choosing by energy takes energy_kwh at one budget, not {} at {}", source,
         name(observations.target), observations.epochs.size());
  }
  if (options.start_cells < kFewest || options.repetitions == 0 || options.energies_kwh.empty()) {
    fail(ErrorCode::invalid_argument,
         "choosing by energy: {} cells to start with, {} repetitions and {} energies; expected {} "
         "cells at least, and some of the others",
         options.start_cells, options.repetitions, options.energies_kwh.size(), kFewest);
  }
}

/// Each repetition's start must cost less than the first energy, and its pool more than the last.
void validate(const Observations& observations, const ActiveStudyOptions& options,
              const Division& division) {
  double start_kwh = 0;
  double pool_kwh = 0;
  for (std::size_t i = 0; i < division.pool.size(); ++i) {
    pool_kwh += observations.value(division.pool[i], 0);
    if (i < options.start_cells) start_kwh = pool_kwh;
  }
  double last = start_kwh;
  for (const double energy : options.energies_kwh) {
    if (!(energy > last)) {
      fail(ErrorCode::invalid_argument,
           "choosing by energy: {} kWh after {:.4g}; energies must ascend from above what the {} "
           "cells of the start take",
           energy, last, options.start_cells);
    }
    last = energy;
  }
  if (division.pool.size() < options.start_cells || last >= pool_kwh || division.test.empty()) {
    fail(ErrorCode::invalid_argument,
         "{}: {} cells can be trained, for {:.4g} kWh; there is no choice in {:.4g} kWh",
         observations.source, division.pool.size(), pool_kwh, last);
  }
}

}  // namespace

std::string_view name(Chooser chooser) {
  switch (chooser) {
    case Chooser::active:
      return "active";
    case Chooser::random:
      return "random";
    case Chooser::cost_blind:
      return "cost-blind";
    case Chooser::one_by_one:
      return "one-by-one";
    case Chooser::uncertainty:
      return "uncertainty";
    case Chooser::spread:
      return "spread";
    case Chooser::cheapest:
      return "cheapest";
  }
  ECNAS_ASSERT(false);
  return {};
}

std::vector<ActivePoint> study_active_selection(const Observations& observations,
                                                const ActiveStudyOptions& options) {
  validate(observations, options);
  std::vector<Division> divisions;
  for (std::size_t repetition = 0; repetition < options.repetitions; ++repetition) {
    divisions.push_back(divide(observations, options.seed + repetition));
    validate(observations, options, divisions.back());
  }
  const std::size_t energies = options.energies_kwh.size();
  std::vector<ActivePoint> points;
  for (const Chooser chooser : options.choosers) {
    for (std::size_t repetition = 0; repetition < options.repetitions; ++repetition) {
      for (const double energy : options.energies_kwh)
        points.push_back({.chooser = chooser, .repetition = repetition, .budget_kwh = energy});
    }
  }
  std::mutex mutex;
  std::size_t done = 0;
  const auto done_one = [&] {
    const std::lock_guard lock(mutex);
    ++done;
    if (options.progress)
      options.progress(static_cast<double>(done) / static_cast<double>(points.size()));
  };
  parallel_for(points.size() / energies, options.fit.threads, [&](std::size_t course) {
    const auto own = std::span(points).subspan(course * energies, energies);
    const Division& division = divisions[own.front().repetition];
    Course(observations, options, division, own.front().chooser).run(own, done_one);
  });
  return points;
}

}  // namespace ecnas::surrogate
