#include "ecnas/surrogate/fit.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <numeric>

#include "ecnas/core/error.hpp"
#include "ecnas/core/random.hpp"
#include "ecnas/space/canonical.hpp"
#include "ecnas/space/hash.hpp"
#include "ecnas/stats/summary.hpp"
#include "surrogate/calibration.hpp"
#include "surrogate/joined_sources.hpp"
#include "surrogate/members.hpp"

namespace ecnas::surrogate {
namespace {

/// The unit in which an output is learnt: value in the link's scale = mean + deviation × score.
struct Unit {
  double mean = 0;
  double deviation = 1;
};

/// Chosen rows as regressors learn from them: mean 0, deviation 1, far outliers drawn in.
struct Standardised {
  std::vector<space::Cell> cells;
  std::vector<float> values;
  std::vector<float> weights;
  std::vector<Unit> units;  // (budgets)
};

Standardised standardise(const Joined& joined, std::span<const std::size_t> rows,
                         std::size_t budgets) {
  constexpr double kFar = 6;  // robust deviations
  Standardised result;
  for (const std::size_t row : rows)
    result.cells.push_back(joined.cells[row]);
  result.values.assign(rows.size() * budgets, std::numeric_limits<float>::quiet_NaN());
  result.weights.assign(rows.size() * budgets, 1.0F);
  result.units.resize(budgets);
  for (std::size_t budget = 0; budget < budgets; ++budget) {
    std::vector<double> column;
    std::vector<std::size_t> places;
    double weights = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const double value = joined.linked[rows[i] * budgets + budget];
      if (std::isnan(value)) continue;
      column.push_back(value);
      places.push_back(i * budgets + budget);
      weights += joined.weights[rows[i] * budgets + budget];
    }
    if (column.size() < 2) continue;
    const double centre = stats::median(column);
    const double spread = stats::median_absolute_deviation(column);
    if (spread > 0) {
      for (double& value : column)
        value = std::clamp(value, centre - kFar * spread, centre + kFar * spread);
    }
    const double mean = stats::mean(column);
    const double deviation = std::max(stats::standard_deviation(column).value_or(1), 1e-9);
    result.units[budget] = {mean, deviation};
    for (std::size_t k = 0; k < column.size(); ++k) {
      result.values[places[k]] = static_cast<float>((column[k] - mean) / deviation);
      const double weight = joined.weights[rows[places[k] / budgets] * budgets + budget];
      result.weights[places[k]] =
          static_cast<float>(weight * static_cast<double>(column.size()) / weights);
    }
  }
  return result;
}

std::vector<Member> fit_members(const Standardised& data, std::size_t outputs,
                                std::span<const MemberOptions> chosen, std::uint64_t seed,
                                unsigned threads, const std::function<void(double)>& progress) {
  std::vector<Member> members;
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const auto share = [&](double done) {
      if (progress) progress((static_cast<double>(i) + done) / static_cast<double>(chosen.size()));
    };
    std::shared_ptr<const Regressor> regressor =
        fit_regressor(chosen[i].family, {data.cells, outputs, data.values, data.weights},
                      {.seed = seed,
                       .threads = threads,
                       .members = chosen[i].members,
                       .epochs = chosen[i].epochs,
                       .progress = share});
    members.push_back({std::move(regressor), chosen[i].weight});
  }
  return members;
}

/// The sources at the first one's budgets.
std::vector<Observations> aligned(std::span<const Observations> sources) {
  std::vector<Observations> result;
  for (const Observations& source : sources)
    result.push_back(at_budgets(source, sources.front().epochs));
  return result;
}

/// Everything that a fit and a cross-validation share.
class Fitting {
 public:
  Fitting(std::span<const Observations> sources, const SurrogateFitOptions& options)
      : sources_(aligned(sources)),
        first_(sources_.front()),
        options_(options),
        members_(options.members.empty() ? default_members(first_.target) : options.members),
        joined_(join(sources_)) {
    for (const space::Cell& cell : joined_.cells)
      folds_.push_back(fold_of(cell, options.folds, options.seed));
    std::vector<std::size_t> all(joined_.cells.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    all_ = standardise(joined_, all, budgets());
  }

  /// Scores of every cell by regressors fitted without its fold, which learnt in that fold's unit:
  /// brought to the unit of all cells.
  void score_out_of_fold(double share_of_progress) {
    scores_.assign(joined_.cells.size() * budgets(), 0.0F);
    for (std::size_t fold = 0; fold < options_.folds; ++fold) {
      std::vector<std::size_t> rest;
      std::vector<std::size_t> left_out;
      for (std::size_t i = 0; i < folds_.size(); ++i)
        (folds_[i] == fold ? left_out : rest).push_back(i);
      if (left_out.empty()) continue;
      const auto progress = [&](double done) {
        report(share_of_progress * (static_cast<double>(fold) + done) /
               static_cast<double>(options_.folds));
      };
      const Standardised data = standardise(joined_, rest, budgets());
      const std::vector<Member> members = fit_members(
          data, budgets(), members_, options_.seed * 100 + fold, options_.threads, progress);
      std::vector<space::Cell> cells;
      for (const std::size_t i : left_out)
        cells.push_back(joined_.cells[i]);
      const std::vector<float> scores = mean_scores(members, cells, budgets(), options_.threads);
      for (std::size_t k = 0; k < left_out.size(); ++k) {
        for (std::size_t budget = 0; budget < budgets(); ++budget) {
          const Unit& from = data.units[budget];
          const Unit& to = all_.units[budget];
          const double linked = from.mean + from.deviation * scores[k * budgets() + budget];
          scores_[left_out[k] * budgets() + budget] =
              static_cast<float>((linked - to.mean) / to.deviation);
        }
      }
    }
  }

  /// One a source.
  std::vector<OutOfFold> out_of_fold() const {
    std::vector<OutOfFold> results;
    for (const Observations& source : sources_)
      results.push_back(out_of_fold(source));
    return results;
  }

  /// @param without  a fold whose cells say nothing; absent: all speak
  std::vector<Output> outputs(std::optional<std::size_t> without) const {
    std::vector<Output> outputs;
    for (std::size_t budget = 0; budget < budgets(); ++budget) {
      std::vector<CalibrationPoint> points;
      for (std::size_t i = 0; i < joined_.cells.size(); ++i) {
        if (joined_.of_first[i] < 0 || folds_[i] == without) continue;
        const double observed = linked_value(first_, row(i), budget);
        if (std::isnan(observed)) continue;
        points.push_back({static_cast<double>(scores_[i * budgets() + budget]), observed,
                          vertex_group(joined_.cells[i].vertices())});
      }
      outputs.push_back(calibrate(points, curve_kind()));
    }
    return outputs;
  }

  Surrogate fit_on_all(double progress_before) const {
    const auto progress = [&](double done) {
      report(progress_before + (1 - progress_before) * done);
    };
    std::vector<Member> members = fit_members(all_, budgets(), members_, options_.seed * 100 + 99,
                                              options_.threads, progress);
    SurrogateInfo described = info();
    if (!options_.scaled_epochs.empty()) {
      described.scaled_from = described.epochs.front();
      described.epochs.insert(described.epochs.end(), options_.scaled_epochs.begin(),
                              options_.scaled_epochs.end());
      std::sort(described.epochs.begin(), described.epochs.end());
      const auto repeated = std::unique(described.epochs.begin(), described.epochs.end());
      described.epochs.erase(repeated, described.epochs.end());
    }
    return {std::move(described), std::move(members), outputs(std::nullopt),
            fitted_range(joined_.cells)};
  }

  /// The model of means that belongs to one of samples.
  Surrogate of_means(const Surrogate& samples) const {
    const Observations& means = sources_[1];
    SurrogateInfo described = samples.info();
    described.kind = AccuracyKind::mean;
    std::vector<Output> outputs;
    for (std::size_t budget = 0; budget < budgets(); ++budget) {
      Output output = samples.outputs()[budget];
      shift_curve(output.curve, -shift_of(means, budget));
      outputs.push_back(with_widths(std::move(output), means, budget));
    }
    return {std::move(described),
            {samples.members().begin(), samples.members().end()},
            std::move(outputs),
            samples.range()};
  }

  /// The model of test accuracies that belongs to one of mean validation accuracies.
  Surrogate of_tests(const Surrogate& validation, const Observations& test_accuracies) const {
    const Observations& means = sources_[1];
    const Observations tests = at_budgets(test_accuracies, first_.epochs);
    SurrogateInfo described = validation.info();
    described.target = Target::test_accuracy;
    const RowOf rows = rows_of(means);
    std::vector<Output> outputs;
    for (std::size_t budget = 0; budget < budgets(); ++budget) {
      std::vector<CalibrationPoint> measured;
      for (std::size_t i = 0; i < tests.cells.size(); ++i) {
        const auto found = rows.find(space::canonical(tests.cells[i]));
        if (found == rows.end()) continue;
        const double from = linked_value(means, found->second, budget);
        const double to = linked_value(tests, i, budget);
        if (!std::isnan(from) && !std::isnan(to)) measured.push_back({from, to, 0});
      }
      if (measured.size() < kFewestShared) {
        fail(ErrorCode::invalid_data,
             "{}: {} of its cells have a validation accuracy; {} are needed", tests.source,
             measured.size(), kFewestShared);
      }
      const Curve to_test = fit_curve(measured, CurveKind::knots);
      Output output = validation.outputs()[budget];
      for (double& y : output.curve.y)
        y = to_test(y);
      outputs.push_back(with_widths(std::move(output), tests, budget));
    }
    return {std::move(described),
            {validation.members().begin(), validation.members().end()},
            std::move(outputs),
            validation.range()};
  }

 private:
  /// Each of a source's cells that joined, by its fold's regressors and the other folds'
  /// calibration, as the source would have measured it.
  OutOfFold out_of_fold(const Observations& source) const {
    OutOfFold result;
    constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();
    result.predictions.assign(
        budgets(),
        std::vector<Prediction>(source.cells.size(), {kNothing, kNothing, kNothing, false}));
    const RowOf rows = rows_of(source);
    const FittedRange range = fitted_range(joined_.cells);
    for (std::size_t fold = 0; fold < options_.folds; ++fold) {
      std::vector<Output> calibrated = outputs(fold);
      for (std::size_t budget = 0; budget < budgets(); ++budget)
        shift_curve(calibrated[budget].curve, -shift_of(source, budget));
      for (std::size_t i = 0; i < joined_.cells.size(); ++i) {
        const auto found = rows.find(joined_.cells[i]);
        if (folds_[i] != fold || found == rows.end()) continue;
        const auto scores = std::span(scores_).subspan(i * budgets(), budgets());
        for (std::size_t budget = 0; budget < budgets(); ++budget) {
          Prediction& prediction = result.predictions[budget][found->second];
          prediction =
              make_prediction(info(), calibrated, scores, joined_.cells[i].vertices(), budget);
          prediction.out_of_range = !range.contains(joined_.cells[i]);
        }
      }
    }
    return result;
  }

  static void shift_curve(Curve& curve, double by) {
    for (double& y : curve.y)
      y += by;
  }

  /// What is added to a source's values to make them the first's.
  double shift_of(const Observations& source, std::size_t budget) const {
    if (&source == &first_) return 0;
    return conversion(first_, rows_of(first_), source, budget);
  }

  /// The output with widths of a source's own residuals, where a group has enough of them.
  Output with_widths(Output output, const Observations& source, std::size_t budget) const {
    const RowOf rows = rows_of(source);
    std::vector<CalibrationPoint> points;
    for (std::size_t i = 0; i < joined_.cells.size(); ++i) {
      const auto found = rows.find(joined_.cells[i]);
      if (found == rows.end()) continue;
      const double observed = linked_value(source, found->second, budget);
      if (std::isnan(observed)) continue;
      points.push_back({static_cast<double>(scores_[i * budgets() + budget]), observed,
                        vertex_group(joined_.cells[i].vertices())});
    }
    widen(output, points);
    return output;
  }

  /// Of scores that were learnt as an order alone, only the order means something.
  CurveKind curve_kind() const {
    const bool ranks = std::ranges::any_of(
        members_, [](const MemberOptions& member) { return member.family == Family::graph; });
    return ranks ? CurveKind::knots : CurveKind::line;
  }

  std::size_t budgets() const { return first_.epochs.size(); }
  std::size_t row(std::size_t i) const { return static_cast<std::size_t>(joined_.of_first[i]); }
  void report(double done) const {
    if (options_.progress) options_.progress(done);
  }
  SurrogateInfo info() const {
    return {.target = first_.target,
            .name = options_.name,
            .description = options_.description,
            .pue = first_.pue,
            .devices = options_.devices,
            .kind = first_.kind,
            .epochs = first_.epochs,
            .cells = joined_.cells.size()};
  }

  std::vector<Observations> sources_;
  const Observations& first_;
  const SurrogateFitOptions& options_;
  std::vector<MemberOptions> members_;
  Joined joined_;
  Standardised all_;
  std::vector<std::size_t> folds_;
  std::vector<float> scores_;  // (n, budgets)
};

void validate(std::span<const Observations> sources, const SurrogateFitOptions& options) {
  if (sources.empty()) fail(ErrorCode::invalid_argument, "fitting a surrogate: no observations");
  if (options.folds < 2 || options.folds > 20) {
    fail(ErrorCode::invalid_argument, "fitting a surrogate: {} folds; 2 to 20 are possible",
         options.folds);
  }
  if (!options.scaled_epochs.empty() && sources.front().epochs.size() != 1) {
    fail(ErrorCode::invalid_argument,
         "fitting a surrogate: scaling to further budgets takes observations of one budget, not {}",
         sources.front().epochs.size());
  }
  for (const Observations& source : sources) {
    expect_fittable(source);
    if (source.target != sources.front().target) {
      fail(ErrorCode::invalid_argument, "{}: holds {}, not {} as {}", source.source,
           name(source.target), name(sources.front().target), sources.front().source);
    }
  }
}

}  // namespace

std::vector<MemberOptions> default_members(Target target) {
  switch (target) {
    case Target::energy_kwh:
      return {{.family = Family::gaussian_process}};
    case Target::training_time_s:
      return {{.family = Family::trees}};
    default:
      return {{.family = Family::graph, .members = 7}};
  }
}

std::size_t fold_of(const space::Cell& cell, std::size_t folds, std::uint64_t seed) {
  const space::Hash hash = space::hash_of(cell);
  std::uint64_t bits = 0;
  std::memcpy(&bits, hash.bytes.data(), sizeof bits);
  return Rng::stream(seed, bits).below(folds);
}

FittedSurrogate fit_surrogate(std::span<const Observations> sources,
                              const SurrogateFitOptions& options,
                              const Observations* test_accuracies) {
  validate(sources, options);
  const bool has_means = is_accuracy(sources.front().target) && sources.size() > 1 &&
                         sources.front().kind == AccuracyKind::sample &&
                         sources[1].kind == AccuracyKind::mean;
  if (test_accuracies != nullptr && !has_means) {
    fail(ErrorCode::invalid_argument,
         "{}: predicting test accuracies takes validation accuracies of the same cells as a "
         "further source",
         test_accuracies->source);
  }
  Fitting fitting(sources, options);
  const double share = static_cast<double>(options.folds) / static_cast<double>(options.folds + 1);
  fitting.score_out_of_fold(share);
  FittedSurrogate fitted{fitting.fit_on_all(share), fitting.out_of_fold(), {}};
  if (has_means) fitted.derived.push_back(fitting.of_means(fitted.surrogate));
  if (test_accuracies != nullptr)
    fitted.derived.push_back(fitting.of_tests(fitted.derived.front(), *test_accuracies));
  return fitted;
}

std::vector<OutOfFold> cross_validate(std::span<const Observations> sources,
                                      const SurrogateFitOptions& options) {
  validate(sources, options);
  Fitting fitting(sources, options);
  fitting.score_out_of_fold(1);
  return fitting.out_of_fold();
}

}  // namespace ecnas::surrogate
