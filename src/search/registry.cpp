#include "search/registry.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/moo/local_search.hpp"
#include "ecnas/moo/moead.hpp"
#include "ecnas/moo/nsga2.hpp"
#include "ecnas/moo/nsga3.hpp"
#include "ecnas/moo/random_search.hpp"
#include "ecnas/moo/regularised_evolution.hpp"
#include "ecnas/moo/semoa.hpp"
#include "ecnas/moo/sms_emoa.hpp"
#include "search/exhaustive.hpp"
#include "search/keen.hpp"
#include "search/mo_asha.hpp"
#include "search/mo_bohb.hpp"
#include "search/mo_sh_bananas.hpp"
#include "search/ms_ehvi.hpp"
#include "search/parego.hpp"
#include "search/sh_emoa.hpp"

namespace ecnas::search {
namespace {

constexpr std::string_view kPublishedSemoa = "semoa-published";

/// Algorithms of `moo`, which need nothing but variation.
template <template <typename> typename Method>
struct OfVariation {
  template <typename Options>
  AlgorithmPointer operator()(const AlgorithmContext& context, const Options& options) const {
    return std::make_unique<Method<Genotype>>(context.variation, options);
  }
};

/// Algorithms of this module.
template <typename Method>
struct OfContext {
  template <typename Options>
  AlgorithmPointer operator()(const AlgorithmContext& context, const Options& options) const {
    return std::make_unique<Method>(context, options);
  }
};

std::vector<AlgorithmEntry> make_register() {
  using enum Algorithm;
  using enum BudgetPolicy;
  std::vector<AlgorithmEntry> entries;
  entries.push_back(
      entry<KeenOptions>({keen,
                          "keen",
                          "KEEN",
                          "known-energy expected hypervolume improvement over neighbourhoods",
                          "",
                          own,
                          {}},
                         keen_fields(), OfContext<Keen>{}));
  entries.push_back(entry<moo::SemoaOptions>(
      {semoa,
       "semoa",
       "SEMOA",
       "simple evolutionary multi-objective algorithm (EC-NAS's)",
       "Krause16",
       in_turn,
       {}},
      {{"offspring", &moo::SemoaOptions::offspring, "children a step"},
       {"initial", &moo::SemoaOptions::initial, "samples of the first step"},
       {"eta_plus", &moo::SemoaOptions::eta_plus, "how often the best is drawn, on average"},
       {"eta_minus", &moo::SemoaOptions::eta_minus, "and the worst; together 2"}},
      OfVariation<moo::Semoa>{}));
  entries.push_back(entry<moo::RandomSearchOptions>(
      {random, "random", "random search", "independent samples, nothing learned", "", drawn, {}},
      {{"batch", &moo::RandomSearchOptions::batch, "samples a step"}},
      OfVariation<moo::RandomSearch>{}));
  entries.push_back(entry<moo::Nsga2Options>(
      {nsga2,
       "nsga2",
       "NSGA-II",
       "ranks of dominance, then crowding distance",
       "Deb02",
       in_turn,
       {}},
      {{"population", &moo::Nsga2Options::population, "parents kept, and children a step"},
       {"crossover_probability", &moo::Nsga2Options::crossover_probability,
        "that a child has two parents"}},
      OfVariation<moo::Nsga2>{}));
  entries.push_back(entry<moo::Nsga3Options>(
      {nsga3,
       "nsga3",
       "NSGA-III",
       "ranks of dominance, then niches by direction",
       "DebJai14",
       in_turn,
       {}},
      {{"population", &moo::Nsga3Options::population, "parents kept, and children a step"},
       {"divisions", &moo::Nsga3Options::divisions,
        "of the lattice of directions; 0: as many as fit the population"},
       {"crossover_probability", &moo::Nsga3Options::crossover_probability,
        "that a child has two parents"}},
      OfVariation<moo::Nsga3>{}));
  entries.push_back(entry<moo::SmsEmoaOptions>(
      {sms_emoa,
       "sms-emoa",
       "SMS-EMOA",
       "discards what adds least hypervolume",
       "Beume07",
       in_turn,
       {}},
      {{"population", &moo::SmsEmoaOptions::population, "solutions kept"},
       {"crossover_probability", &moo::SmsEmoaOptions::crossover_probability,
        "that a child has two parents"}},
      OfVariation<moo::SmsEmoa>{}));
  entries.push_back(entry<moo::MoeadOptions>(
      {moead,
       "moead",
       "MOEA/D",
       "decomposition into weighted Tchebycheff problems",
       "ZhaLi07",
       in_turn,
       {}},
      {{"population", &moo::MoeadOptions::population, "subproblems, at most"},
       {"neighbours", &moo::MoeadOptions::neighbours, "subproblems that breed together"},
       {"crossover_probability", &moo::MoeadOptions::crossover_probability,
        "that a child has two parents"}},
      OfVariation<moo::Moead>{}));
  entries.push_back(entry<moo::RegularisedEvolutionOptions>(
      {regularised_evolution,
       "regularised-evolution",
       "regularised evolution",
       "tournaments among the young; the oldest dies",
       "Real19",
       in_turn,
       {}},
      {{"population", &moo::RegularisedEvolutionOptions::population, "solutions that live"},
       {"sample", &moo::RegularisedEvolutionOptions::sample, "of which the best is a parent"}},
      OfVariation<moo::RegularisedEvolution>{}));
  entries.push_back(
      entry<moo::LocalSearchOptions>({local_search,
                                      "local-search",
                                      "Pareto local search",
                                      "all one-edit neighbours of the archive's members",
                                      "Paquete04",
                                      own,
                                      {}},
                                     {{"initial", &moo::LocalSearchOptions::initial,
                                       "samples of the first step and of every restart"}},
                                     OfVariation<moo::LocalSearch>{}));
  entries.push_back(entry<ParEgoOptions>({parego,
                                          "parego",
                                          "ParEGO",
                                          "expected improvement of one scalarised objective a step",
                                          "Knowles06",
                                          own,
                                          {}},
                                         parego_fields(), OfContext<ParEgo>{}));
  entries.push_back(
      entry<MsEhviOptions>({ms_ehvi,
                            "ms-ehvi",
                            "MS-EHVI",
                            "expected hypervolume improvement; what the cell decides is exact",
                            "Izquierdo21",
                            own,
                            {}},
                           ms_ehvi_fields(), OfContext<MsEhvi>{}));
  entries.push_back(entry<ExhaustiveOptions>(
      {exhaustive, "exhaustive", "exhaustive search", "every entry, cell after cell", "", own, {}},
      exhaustive_fields(), OfContext<Exhaustive>{}));
  entries.push_back(entry<ShEmoaOptions>({sh_emoa,
                                          "sh-emoa",
                                          "SH-EMOA",
                                          "SMS-EMOA whose population climbs from budget to budget",
                                          "Izquierdo21",
                                          own,
                                          {}},
                                         sh_emoa_fields(), OfContext<ShEmoa>{}));
  entries.push_back(entry<MoShBananasOptions>(
      {mo_sh_bananas,
       "mo-sh-bananas",
       "MO-SH-BANANAS",
       "mutants chosen by an ensemble of perceptrons, then successive halving",
       "Izquierdo21",
       own,
       {}},
      mo_sh_bananas_fields(), OfContext<MoShBananas>{}));
  entries.push_back(entry<MoBohbOptions>({mo_bohb,
                                          "mo-bohb",
                                          "MO-BOHB",
                                          "Hyperband with candidates from where the good ones lie",
                                          "Izquierdo21",
                                          own,
                                          {}},
                                         mo_bohb_fields(), OfContext<MoBohb>{}));
  entries.push_back(entry<MoAshaOptions>({mo_asha,
                                          "mo-asha",
                                          "MO-ASHA",
                                          "asynchronous successive halving by dominance and spread",
                                          "Schmucker21",
                                          own,
                                          {}},
                                         mo_asha_fields(), OfContext<MoAsha>{}));
  return entries;
}

const std::vector<AlgorithmEntry>& entries() {
  static const std::vector<AlgorithmEntry> all = make_register();
  return all;
}

const AlgorithmInfo& published_info() {
  static const AlgorithmInfo info = {Algorithm::semoa_published,
                                     kPublishedSemoa,
                                     "SEMOA as published",
                                     "as EC-NAS's code behaves, for comparison",
                                     "Bakhtiarifard24",
                                     BudgetPolicy::in_turn,
                                     {}};
  return info;
}

const AlgorithmOption& find_option(const AlgorithmInfo& algorithm, std::string_view name) {
  std::vector<std::string_view> names;
  for (const AlgorithmOption& option : algorithm.options) {
    if (option.name == name) return option;
    names.push_back(option.name);
  }
  const auto guess = closest(name, names);
  fail(ErrorCode::invalid_argument, "{}: no option {}; {}", algorithm.name, quoted(name),
       names.empty() ? "it has none"
       : guess       ? fmt::format("did you mean '{}'?", *guess)
                     : fmt::format("it has {}", fmt::join(names, ", ")));
}

}  // namespace

const AlgorithmEntry& entry_of(Algorithm algorithm) {
  const auto found = std::ranges::find(entries(), algorithm,
                                       [](const AlgorithmEntry& e) { return e.info.algorithm; });
  ECNAS_ASSERT(found != entries().end());
  return *found;
}

std::string_view name(BudgetPolicy policy) {
  constexpr std::array<std::string_view, 3> kNames = {"drawn", "in turn", "own"};
  return kNames[static_cast<std::size_t>(policy)];
}

std::span<const AlgorithmInfo> algorithms() {
  static const std::vector<AlgorithmInfo> infos = [] {
    std::vector<AlgorithmInfo> all;
    for (const AlgorithmEntry& entry : entries())
      all.push_back(entry.info);
    return all;
  }();
  return infos;
}

const AlgorithmInfo& info(Algorithm algorithm) {
  return algorithm == Algorithm::semoa_published ? published_info() : entry_of(algorithm).info;
}

std::string_view name(Algorithm algorithm) {
  return info(algorithm).name;
}

Algorithm parse_algorithm(std::string_view text) {
  if (text == "auto") return kRecommended;
  if (text == kPublishedSemoa) return Algorithm::semoa_published;
  std::vector<std::string_view> names{"auto"};
  for (const AlgorithmInfo& candidate : algorithms()) {
    if (text == candidate.name) return candidate.algorithm;
    names.push_back(candidate.name);
  }
  const auto guess = closest(text, names);
  fail(ErrorCode::invalid_argument, "algorithm {}: unknown; {} {}", quoted(text),
       guess ? "did you mean" : "choose from",
       guess ? fmt::format("'{}'?", *guess) : fmt::format("{}", fmt::join(names, ", ")));
}

OptionValues parse_options(Algorithm algorithm, std::span<const std::string> assignments) {
  const AlgorithmInfo& description = info(algorithm);
  OptionValues values;
  for (const std::string& assignment : assignments) {
    const std::size_t equals = assignment.find('=');
    if (equals == std::string::npos) {
      fail(ErrorCode::invalid_argument, "option {}: expected NAME=VALUE",
           ecnas::quoted(assignment));
    }
    const AlgorithmOption& option =
        find_option(description, std::string_view(assignment).substr(0, equals));
    const std::string_view text = std::string_view(assignment).substr(equals + 1);
    const std::optional<double> value = parse_real(text);
    if (!value) {
      fail(ErrorCode::invalid_argument, "{}: option {} is {}; expected a number", description.name,
           option.name, quoted(text));
    }
    values.insert_or_assign(std::string(option.name), *value);
  }
  validate(algorithm, values);
  return values;
}

void validate(Algorithm algorithm, const OptionValues& values) {
  constexpr double kMaxCount = 1e9;
  const AlgorithmInfo& description = info(algorithm);
  for (const auto& [key, value] : values) {
    const AlgorithmOption& option = find_option(description, key);
    const bool is_count = value >= 0 && value <= kMaxCount && value == std::floor(value);
    if (!std::isfinite(value) || (option.is_whole && !is_count)) {
      fail(ErrorCode::invalid_argument, "{}: option {} is {}; expected {}", description.name, key,
           value, option.is_whole ? "a whole number from 0" : "a number");
    }
  }
  if (algorithm != Algorithm::semoa_published) entry_of(algorithm).validate(values);
}

std::vector<std::pair<std::string_view, double>> all_options(Algorithm algorithm,
                                                             const OptionValues& values) {
  std::vector<std::pair<std::string_view, double>> all;
  for (const AlgorithmOption& option : info(algorithm).options) {
    const auto given = values.find(option.name);
    all.emplace_back(option.name, given == values.end() ? option.default_value : given->second);
  }
  return all;
}

}  // namespace ecnas::search
