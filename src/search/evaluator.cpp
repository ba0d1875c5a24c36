#include "search/evaluator.hpp"

#include <cmath>
#include <utility>

namespace ecnas::search {
namespace {

constexpr std::size_t kMaxRepeatsInARow = 1000;

template <typename Number>
bool reached(const std::optional<Number>& limit, Number value) {
  return limit && value >= *limit;
}

}  // namespace

Evaluator::Evaluator(const Problem& problem, const StopRule& rule,
                     std::optional<std::uint64_t> noise_seed, const std::stop_token& stop,
                     const std::function<void(std::size_t)>& observer)
    : problem_(problem),
      rule_(rule),
      noise_seed_(noise_seed),
      stop_(stop),
      observer_(observer),
      ledger_(problem.table(), problem.options().conversion, problem.options().repeat),
      stop_reason_(judge()) {}

Result<Measurement, moo::Failure> Evaluator::request(std::optional<Candidate> candidate) {
  ECNAS_ASSERT(!stop_reason_);
  std::optional<Measurement> measurement;
  if (candidate && problem_.contains(*candidate)) {
    measurement =
        noise_seed_ ? problem_.draw(*candidate, *noise_seed_) : problem_.measure(*candidate);
  }

  if (!candidate) {
    ledger_.book_invalid();
  } else if (!measurement) {
    ledger_.book_absent();
  } else {
    const std::size_t budget = problem_.table_budget(candidate->budget).value_or(0);
    if (ledger_.book(candidate->row, budget) == table::Ledger::Request::repeat) {
      ++repeats_in_a_row_;
    } else {
      repeats_in_a_row_ = 0;
      log(*candidate, *measurement);
    }
  }
  stop_reason_ = judge();
  if (!candidate) return moo::Failure::invalid;
  if (!measurement) return moo::Failure::absent;
  return *measurement;
}

moo::Objectives Evaluator::told(const Measurement& measurement) const {
  if (measurement.violation == 0) return measurement.objectives;
  std::vector<double> worse;
  for (const double largest : problem_.reference_point()) {
    const double scale = largest == 0 ? 1.0 : std::abs(largest);
    worse.push_back(largest + scale * (1 + measurement.violation));
  }
  return moo::Objectives(worse);
}

void Evaluator::log(Candidate candidate, const Measurement& measurement) {
  const bool is_feasible = measurement.violation == 0;
  evaluations_.push_back(
      {candidate, measurement.objectives, is_feasible, ledger_.requests(), ledger_.cost()});
  if (observer_) observer_(evaluations_.size());
}

std::optional<StopReason> Evaluator::judge() const {
  const table::Cost& cost = ledger_.cost();
  const std::size_t counted =
      rule_.counted == Count::requests ? ledger_.requests() : ledger_.evaluations();
  if (reached(rule_.count, counted)) return StopReason::count;
  if (reached(rule_.energy_kwh, cost.energy_kwh)) return StopReason::energy;
  if (reached(rule_.co2eq_g, cost.co2eq_g)) return StopReason::co2eq;
  if (reached(rule_.training_time_s, cost.training_time_s)) return StopReason::training_time;
  if (ledger_.evaluations() == problem_.domain_size()) return StopReason::domain_exhausted;
  if (repeats_in_a_row_ >= kMaxRepeatsInARow) return StopReason::repeats;
  if (stop_.stop_requested()) return StopReason::interrupted;
  return std::nullopt;
}

Trial Evaluator::finish(std::uint64_t seed) && {
  ECNAS_ASSERT(stop_reason_.has_value());
  Trial trial;
  trial.seed = seed;
  trial.evaluations = std::move(evaluations_);
  trial.front = front_of(trial.evaluations);
  trial.ledger = {.requests = ledger_.requests(),
                  .evaluations = ledger_.evaluations(),
                  .repeats = ledger_.repeats(),
                  .invalid = ledger_.invalid(),
                  .absent = ledger_.absent(),
                  .cost = ledger_.cost()};
  trial.stop_reason = *stop_reason_;
  return trial;
}

}  // namespace ecnas::search
