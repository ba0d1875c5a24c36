#include "ecnas/search/study.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <ctime>
#include <set>

#include "ecnas/core/error.hpp"
#include "ecnas/core/parallel.hpp"
#include "ecnas/core/text.hpp"
#include "search/fingerprint.hpp"

namespace ecnas::search {
namespace {

constexpr std::size_t kLongestName = 60;

void check(const Problem& problem, const StudyOptions& options) {
  if (options.contenders.empty()) fail(ErrorCode::invalid_argument, "study: no contenders");
  std::set<std::string> names;
  for (const Contender& contender : options.contenders) {
    const bool is_name = !contender.name.empty() && contender.name.size() <= kLongestName &&
                         std::ranges::all_of(contender.name, [](char c) {
                           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                  (c >= '0' && c <= '9') || c == '-' || c == '_';
                         });
    if (!is_name) {
      fail(ErrorCode::invalid_argument,
           "contender {}: a name is 1 to {} letters, digits, '-' and '_'",
           ecnas::quoted(contender.name), kLongestName);
    }
    if (!names.insert(contender.name).second)
      fail(ErrorCode::invalid_argument, "contender {}: named twice", contender.name);
    validate(contender.algorithm, contender.options);
  }
  const StopRule& rule = options.common.stop;
  if (!rule.count && !rule.energy_kwh && !rule.co2eq_g && !rule.training_time_s) {
    fail(
        ErrorCode::invalid_argument,
        "study: no limit given; say how many evaluations, kWh, gCO2eq or seconds a trial may take");
  }
  if (options.common.trials == 0)
    fail(ErrorCode::invalid_argument, "study: 0 trials; expected at least 1");
  if (options.common.is_noisy && !problem.has_noise()) {
    fail(ErrorCode::not_found, "{}: no noise model of any objective; compare without noise",
         problem.table().name());
  }
}

template <typename Number>
std::string or_none(const std::optional<Number>& value) {
  return value ? fmt::format("{}", *value) : "none";
}

std::string contender_text(const Contender& contender) {
  std::string text(name(contender.algorithm));
  for (const auto& [option, value] : all_options(contender.algorithm, contender.options))
    text += fmt::format(" {}={}", option, shortest(value));
  return text;
}

/// Of every cell of the domain with all that a search may see of it.
std::string problem_fingerprint(const Problem& problem) {
  Fingerprint fingerprint;
  for (std::uint32_t budget = 0; budget < problem.budgets().size(); ++budget) {
    fingerprint.add(static_cast<std::uint64_t>(problem.budgets()[budget]));
    for (const table::Row row : problem.domain(budget)) {
      fingerprint.add(std::uint64_t{row});
      const Measurement measurement = problem.measure({row, budget});
      for (const double value : measurement.objectives)
        fingerprint.add(value);
      for (const double value : measurement.constrained)
        fingerprint.add(value);
    }
  }
  for (const space::Hash& hash : problem.table().hashes())
    fingerprint.add(std::uint64_t{hash.bytes[0]} << 8 | hash.bytes[1]);
  return fmt::format("{:016x}", fingerprint.value());
}

double thread_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// One run of a study.
class Run {
 public:
  Run(const Problem& problem, const StudyOptions& options, const StudyStore* store,
      const StudyObserver& observer, const std::stop_token& stop)
      : problem_(problem), options_(options), store_(store), observer_(observer), stop_(stop) {}

  /// Every contender's first trial comes before any one's second.
  [[nodiscard]] Study all() {
    const std::size_t contenders = options_.contenders.size();
    const std::size_t trials = options_.common.trials;
    std::vector<std::optional<StudyTrial>> finished(contenders * trials);
    std::atomic<std::size_t> count{0};
    parallel_for(finished.size(), options_.common.threads, [&](std::size_t task) {
      finished[task] = one(task % contenders, task / contenders);
      if (finished[task]) ++count;
    });
    if (count < finished.size()) {
      fail(ErrorCode::interrupted, "study interrupted: {} of {} trials are done", count.load(),
           finished.size());
    }
    Study study{options_.contenders, std::vector<std::vector<StudyTrial>>(contenders)};
    for (std::size_t task = 0; task < finished.size(); ++task)
      study.trials[task % contenders].push_back(std::move(*finished[task]));
    return study;
  }

 private:
  /// @return absent if it was interrupted
  std::optional<StudyTrial> one(std::size_t contender, std::size_t trial) {
    const std::uint64_t seed = trial_seed(options_.common.seed, trial);
    std::optional<StudyTrial> finished = kept(contender, trial, seed);
    const bool was_kept = finished.has_value();
    if (!was_kept) {
      if (stop_.stop_requested()) return std::nullopt;
      finished = run(contender, trial, seed);
      if (finished->trial.stop_reason == StopReason::interrupted) return std::nullopt;
      if (store_ != nullptr)
        store_->write(problem_, options_.contenders[contender], trial, *finished);
    }
    if (observer_.finished) observer_.finished(contender, trial, was_kept);
    return finished;
  }

  std::optional<StudyTrial> kept(std::size_t contender, std::size_t trial, std::uint64_t seed) {
    if (store_ == nullptr) return std::nullopt;
    try {
      return store_->read(problem_, options_.contenders[contender], trial, seed);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::invalid_data) throw;
      if (observer_.damaged) observer_.damaged(error.what());
      return std::nullopt;
    }
  }

  StudyTrial run(std::size_t contender, std::size_t trial, std::uint64_t seed) {
    SearchOptions options = options_.common;
    options.algorithm = options_.contenders[contender].algorithm;
    options.algorithm_options = options_.contenders[contender].options;
    std::function<void(std::size_t)> evaluated;
    if (observer_.evaluated) {
      evaluated = [&](std::size_t count) { observer_.evaluated(contender, trial, count); };
    }
    std::function<std::optional<double>()> metered;
    if (observer_.meter) metered = observer_.meter();
    const double begin = thread_seconds();
    StudyTrial result{run_trial(problem_, options, seed, stop_, evaluated), {}, {}};
    result.own_seconds = thread_seconds() - begin;
    if (metered) result.own_energy_kwh = metered();
    return result;
  }

  const Problem& problem_;
  const StudyOptions& options_;
  const StudyStore* store_;
  const StudyObserver& observer_;
  const std::stop_token& stop_;
};

}  // namespace

StudyParameters parameters_of(const Problem& problem, const StudyOptions& options) {
  check(problem, options);
  const SearchOptions& common = options.common;
  const ProblemOptions& reading = problem.options();
  std::vector<std::string> objectives;
  for (const Objective objective : problem.objectives())
    objectives.emplace_back(info(objective).name);
  std::vector<std::string> constraints;
  for (const Constraint& constraint : reading.constraints)
    constraints.push_back(
        fmt::format("{}<={}", info(constraint.objective).name, shortest(constraint.at_most)));
  StudyParameters parameters;
  for (const Contender& contender : options.contenders)
    parameters.emplace_back("contender " + contender.name, contender_text(contender));
  const bool counts_requests = common.stop.counted == Count::requests;
  const StudyParameters others = {
      {"trials", fmt::format("{}", common.trials)},
      {"seed", fmt::format("{}", common.seed)},
      {"count", counts_requests ? "requests" : "evaluations"},
      {"evaluations", or_none(common.stop.count)},
      {"max_energy_kwh", or_none(common.stop.energy_kwh)},
      {"max_co2eq_g", or_none(common.stop.co2eq_g)},
      {"max_training_time_s", or_none(common.stop.training_time_s)},
      {"noise", common.is_noisy ? "drawn" : "none"},
      {"sampling", common.sampling == space::Sampling::uniform ? "uniform" : "published"},
      {"objectives", fmt::format("{}", fmt::join(objectives, ","))},
      {"constraints",
       constraints.empty() ? "none" : fmt::format("{}", fmt::join(constraints, ","))},
      {"epochs", fmt::format("{}", fmt::join(problem.budgets(), ","))},
      {"repeat", reading.repeat.is_mean() ? "mean" : fmt::format("{}", reading.repeat.index() + 1)},
      {"pue", or_none(reading.conversion.pue)},
      {"carbon_intensity_g_per_kwh", or_none(reading.conversion.carbon_intensity_g_per_kwh)},
      {"cells and values", problem_fingerprint(problem)}};
  parameters.insert(parameters.end(), others.begin(), others.end());
  parameters.insert(parameters.end(), options.remarks.begin(), options.remarks.end());
  return parameters;
}

Study run_study(const Problem& problem, const StudyOptions& options, const StudyStore* store,
                const StudyObserver& observer, const std::stop_token& stop) {
  check(problem, options);
  return Run(problem, options, store, observer, stop).all();
}

}  // namespace ecnas::search
