#include "search_arguments.hpp"

#include <fmt/format.h>

#include <memory>

#include "ecnas/core/error.hpp"
#include "ecnas/surrogate/shipped.hpp"
#include "terminal.hpp"

namespace ecnas::app {
namespace {

template <typename Number>
void require_positive(const std::optional<Number>& value, std::string_view option) {
  if (value && !(*value > 0)) {
    fail(ErrorCode::invalid_argument, "{}: {} given; expected a positive number", option, *value);
  }
}

void check_limits(const search::StopRule& rule, const table::Table& table) {
  require_positive(rule.count, "--evaluations");
  require_positive(rule.energy_kwh, "--max-energy");
  require_positive(rule.co2eq_g, "--max-co2eq");
  require_positive(rule.training_time_s, "--max-time");
  const auto require = [&](bool limited, std::string_view metric, std::string_view option) {
    if (limited && table.column(metric) == nullptr) {
      fail(ErrorCode::not_found, "{}: no metric '{}', so {} cannot be kept; use --evaluations",
           table.name(), metric, option);
    }
  };
  require(rule.energy_kwh.has_value(), "energy_kwh", "--max-energy");
  require(rule.co2eq_g.has_value(), "co2eq_g", "--max-co2eq");
  require(rule.training_time_s.has_value(), "training_time_s", "--max-time");
}

search::Prior prior_of(const std::string& name) {
  if (name == "none") return {};
  if (name != "energy") {
    fail(ErrorCode::invalid_argument, "--prior {}: unknown; choose from energy, none",
         ecnas::quoted(name));
  }
  return search::energy_prior(std::make_shared<const surrogate::Surrogate>(
      surrogate::shipped_model().surrogate(surrogate::Target::energy_kwh)));
}

}  // namespace

void SearchArguments::add_to(CLI::App& command, const std::string& count_note) {
  command.add_option("--evaluations", stop.count, "End a trial after N evaluations" + count_note)
      ->type_name("N");
  command.add_option("--max-energy", stop.energy_kwh, "End a trial at this simulated energy")
      ->type_name("KWH");
  command.add_option("--max-co2eq", stop.co2eq_g, "End a trial at these simulated emissions")
      ->type_name("G");
  command.add_option("--max-time", stop.training_time_s, "End a trial at this simulated time")
      ->type_name("S");
  command
      .add_option("--prior", prior,
                  "What algorithms that use it know beforehand: energy (as the shipped model "
                  "predicts it) or none")
      ->type_name("NAME")
      ->capture_default_str();
  command.add_flag("--noise", is_noisy,
                   "Draw evaluations as new trainings would measure them, from the table's noise "
                   "model; what is found is judged by means");
  command.add_option("--seed", seed, "Same seed, same bytes; trial i has the same seed in all")
      ->type_name("S")
      ->check(seed_range())
      ->capture_default_str();
}

void SearchArguments::apply_to(search::SearchOptions& options, const table::Table& table) const {
  check_limits(stop, table);
  options.stop = stop;
  options.prior = prior_of(prior);
  options.is_noisy = is_noisy;
  options.seed = seed;
}

bool SearchArguments::has_limit() const {
  return stop.count || stop.energy_kwh || stop.co2eq_g || stop.training_time_s;
}

std::string SearchArguments::text() const {
  std::string text;
  const auto add = [&](std::string_view option, const auto& limit) {
    if (limit) text += fmt::format(" {} {}", option, *limit);
  };
  add("--evaluations", stop.count);
  add("--max-energy", stop.energy_kwh);
  add("--max-co2eq", stop.co2eq_g);
  add("--max-time", stop.training_time_s);
  if (prior != SearchArguments().prior) text += " --prior " + prior;
  if (is_noisy) text += " --noise";
  return text + fmt::format(" --seed {}", seed);
}

std::string prior_text(const std::string& prior) {
  if (prior == "none") return prior;
  return fmt::format("{} of {} {}", prior, surrogate::kShippedModel,
                     surrogate::shipped_model_digest());
}

std::string algorithm_names() {
  std::string names = "auto";
  for (const auto& algorithm : search::algorithms())
    names += fmt::format(", {}", algorithm.name);
  return names;
}

void warn_of_reference(const moo::Objectives& reference_point) {
  message(fmt::format(
      "ecnas: no solution is better than the reference point {} in every objective; every "
      "hypervolume is 0",
      point_text(reference_point)));
}

}  // namespace ecnas::app
