#include <cstddef>
#include <string_view>

#include "ecnas/core/error.hpp"
#include "ecnas/moo/local_search.hpp"
#include "ecnas/moo/moead.hpp"
#include "ecnas/moo/nsga2.hpp"
#include "ecnas/moo/nsga3.hpp"
#include "ecnas/moo/random_search.hpp"
#include "ecnas/moo/ranking.hpp"
#include "ecnas/moo/regularised_evolution.hpp"
#include "ecnas/moo/semoa.hpp"
#include "ecnas/moo/sms_emoa.hpp"

namespace ecnas::moo {
namespace {

void require_some(std::size_t value, std::string_view option) {
  if (value == 0) fail(ErrorCode::invalid_argument, "{}: 0; expected at least 1", option);
}

void require_probability(double value, std::string_view option) {
  if (!(value >= 0 && value <= 1)) {
    fail(ErrorCode::invalid_argument, "{}: {}; expected a probability, 0 to 1", option, value);
  }
}

}  // namespace

void validate(const RandomSearchOptions& options) {
  require_some(options.batch, "random search: batch");
}

void validate(const SemoaOptions& options) {
  require_some(options.offspring, "SEMOA: offspring");
  require_some(options.initial, "SEMOA: initial");
  static_cast<void>(LinearRanking(options.eta_plus, options.eta_minus));
}

void validate(const Nsga2Options& options) {
  require_some(options.population, "NSGA-II: population");
  require_probability(options.crossover_probability, "NSGA-II: crossover_probability");
}

void validate(const SmsEmoaOptions& options) {
  require_some(options.population, "SMS-EMOA: population");
  require_probability(options.crossover_probability, "SMS-EMOA: crossover_probability");
}

void validate(const Nsga3Options& options) {
  require_some(options.population, "NSGA-III: population");
  require_probability(options.crossover_probability, "NSGA-III: crossover_probability");
}

void validate(const MoeadOptions& options) {
  require_some(options.population, "MOEA/D: population");
  require_some(options.neighbours, "MOEA/D: neighbours");
  require_probability(options.crossover_probability, "MOEA/D: crossover_probability");
}

void validate(const RegularisedEvolutionOptions& options) {
  require_some(options.population, "regularised evolution: population");
  require_some(options.sample, "regularised evolution: sample");
}

void validate(const LocalSearchOptions& options) {
  require_some(options.initial, "local search: initial");
}

}  // namespace ecnas::moo
