#include "comparison_output.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "ecnas/core/text.hpp"
#include "ecnas/stats/comparison.hpp"
#include "terminal.hpp"

namespace ecnas::app {
namespace {

using search::Comparison;
using search::ContenderResult;
using search::Indicator;
using search::Summary;

template <typename Value>
Json or_null(const std::optional<Value>& value) {
  return value ? Json(*value) : Json(nullptr);
}

const Summary& of(const ContenderResult& result, Indicator indicator) {
  return result.indicators[static_cast<std::size_t>(indicator)];
}

Json options_json(const search::Contender& contender) {
  Json options = Json::object();
  for (const auto& [option, value] : search::all_options(contender.algorithm, contender.options))
    options[std::string(option)] = value;
  return options;
}

Json areas_json(const ContenderResult& result) {
  Json areas = Json::object();
  for (const search::AnytimeCurve& curve : result.curves) {
    areas[std::string(search::info(curve.resource).name)]
         [std::string(search::info(curve.indicator).name)] = to_json(curve.area);
  }
  return areas;
}

Json cost_json(const ContenderResult& result) {
  return {{"evaluations", result.mean_evaluations},
          {"epochs", result.mean_cost.epochs},
          {"training_time_s", result.mean_cost.training_time_s},
          {"energy_kwh", result.mean_cost.energy_kwh},
          {"co2eq_g", result.mean_cost.co2eq_g}};
}

Json knees_json(const ContenderResult& result) {
  Json knees = Json::object();
  for (const search::KneeReport& knee : result.knees) {
    knees[std::string(moo::name(knee.definition))] = {{"trials", knee.trials},
                                                      {"scatter", or_null(knee.scatter)},
                                                      {"offset", or_null(knee.offset)},
                                                      {"agreeing_trials", knee.agreeing_trials}};
  }
  return knees;
}

Json test_json(const std::optional<search::TestReport>& test) {
  if (!test) return nullptr;
  return {{"hypervolume_share", to_json(test->share)},
          {"gap", to_json(test->gap)},
          {"validation_error", to_json(test->validation_error)},
          {"test_error", to_json(test->test_error)}};
}

/// What a quarter, half and three quarters of the trials attain; null unless two objectives.
Json attainment_json(const ContenderResult& result) {
  Json levels = Json::object();
  for (const double share : {0.25, 0.5, 0.75}) {
    Json corners = Json::array();
    const std::size_t level = moo::attainment_level(result.fronts.size(), share);
    for (const moo::Objectives& corner : moo::attainment_surface(result.fronts, level))
      corners.push_back(app::to_json(corner));
    levels[fmt::format("{:g}", share)] = corners;
  }
  return levels;
}

Json contender_json(const Comparison& comparison, std::size_t contender) {
  const ContenderResult& result = comparison.results[contender];
  Json document = {{"algorithm", search::name(comparison.contenders[contender].algorithm)},
                   {"options", options_json(comparison.contenders[contender])}};
  for (const search::IndicatorInfo& indicator : search::indicators())
    document[std::string(indicator.name)] = to_json(of(result, indicator.indicator));
  document["area"] = areas_json(result);
  for (std::size_t other = 0; other < result.coverage.size(); ++other) {
    if (other != contender)
      document["coverage"][comparison.contenders[other].name] = result.coverage[other];
  }
  document["knees"] = knees_json(result);
  document["attainment"] =
      comparison.reference_point.size() == 2 ? attainment_json(result) : Json(nullptr);
  document["test"] = test_json(result.test);
  document["mean_cost"] = cost_json(result);
  return document;
}

Json tests_json(const Comparison& comparison) {
  Json tests = Json::array();
  for (const search::PairTest& test : comparison.tests) {
    tests.push_back({{"first", comparison.contenders[test.first].name},
                     {"second", comparison.contenders[test.second].name},
                     {"mean_difference", test.mean_difference},
                     {"wilcoxon_p", test.wilcoxon_p},
                     {"wilcoxon_adjusted", test.wilcoxon_adjusted},
                     {"mann_whitney_p", test.mann_whitney_p},
                     {"mann_whitney_adjusted", test.mann_whitney_adjusted},
                     {"a12", test.a12},
                     {"magnitude", stats::a12_magnitude(test.a12)},
                     {"significant", test.is_significant}});
  }
  return tests;
}

Json ranks_json(const Comparison& comparison) {
  if (!comparison.ranking) return nullptr;
  const search::Ranking& ranking = *comparison.ranking;
  Json ranks = Json::object();
  for (std::size_t i = 0; i < comparison.contenders.size(); ++i)
    ranks[comparison.contenders[i].name] = ranking.friedman.mean_ranks[i];
  return {{"mean_ranks", ranks},
          {"friedman_statistic", ranking.friedman.statistic},
          {"friedman_p", ranking.friedman.p_value},
          {"critical_difference", ranking.critical_difference}};
}

Json parameters_json(const search::StudyParameters& parameters) {
  Json document = Json::object();
  for (const auto& [name, value] : parameters)
    document[name] = value;
  return document;
}

Field optional_field(const std::optional<double>& value, int digits) {
  return value ? number_field(*value, digits) : Field{"–", "", {}};
}

}  // namespace

Json to_json(const Summary& summary) {
  Json trials = Json::array();
  for (const std::optional<double>& value : summary.trials)
    trials.push_back(or_null(value));
  Json interval = nullptr;
  if (summary.interval) interval = {summary.interval->first, summary.interval->second};
  return {{"mean", or_null(summary.mean)},
          {"std", or_null(summary.deviation)},
          {"interval", interval},
          {"trials", trials}};
}

Json comparison_json(const ComparisonReport& report) {
  const Comparison& comparison = report.comparison;
  Json algorithms = Json::object();
  for (std::size_t i = 0; i < comparison.contenders.size(); ++i)
    algorithms[comparison.contenders[i].name] = contender_json(comparison, i);
  return {{"parameters", parameters_json(report.parameters)},
          {"reference_point", to_json(comparison.reference_point)},
          {"optimum",
           {{"hypervolume", comparison.exact_hypervolume}, {"solutions", comparison.exact_points}}},
          {"algorithms", algorithms},
          {"tests", tests_json(comparison)},
          {"ranks", ranks_json(comparison)},
          {"verdict", comparison.verdict}};
}

Json timings_json(const ComparisonReport& report) {
  const Comparison& comparison = report.comparison;
  Json algorithms = Json::object();
  for (std::size_t i = 0; i < comparison.contenders.size(); ++i) {
    const search::OwnCost& cost = report.own_costs[i];
    Json trials = Json::array();
    for (const search::StudyTrial& trial : report.study->trials[i])
      trials.push_back(or_null(trial.own_seconds));
    algorithms[comparison.contenders[i].name] = {
        {"own_seconds", cost.trials == 0 ? Json(nullptr) : Json(cost.seconds)},
        {"own_energy_kwh", cost.trials == 0 ? Json(nullptr) : Json(cost.energy_kwh)},
        {"energy_is", cost.is_metered ? "metered" : "modelled"},
        {"simulated_energy_kwh", comparison.results[i].mean_cost.energy_kwh},
        {"trials", trials}};
  }
  Json pairs = Json::array();
  for (const search::BreakEven& pair : report.break_evens) {
    pairs.push_back({{"costlier", comparison.contenders[pair.costlier].name},
                     {"cheaper", comparison.contenders[pair.cheaper].name},
                     {"extra_kwh", pair.extra_kwh},
                     {"needed_share", or_null(pair.needed_share)},
                     {"break_even_kwh", or_null(pair.energy_kwh)}});
  }
  return {{"own_power_w", report.own_power_w}, {"algorithms", algorithms}, {"break_even", pairs}};
}

DocumentTable curves_table(const ComparisonReport& report) {
  DocumentTable table;
  table.name = "curves";
  table.columns = {{"algorithm", "Algorithm", "", false}, {"indicator", "Indicator", "", false},
                   {"resource", "Resource", "", false},   {"spent", "Spent", "", true},
                   {"least", "Least", "", true},          {"lower_quartile", "Quartile", "", true},
                   {"median", "Median", "", true},        {"upper_quartile", "Quartile", "", true},
                   {"greatest", "Greatest", "", true}};
  constexpr int kDigits = 6;
  for (std::size_t i = 0; i < report.comparison.contenders.size(); ++i) {
    for (const search::AnytimeCurve& curve : report.comparison.results[i].curves) {
      for (const search::CurvePoint& point : curve.points) {
        table.rows.push_back({{report.comparison.contenders[i].name, {}, {}},
                              {std::string(search::info(curve.indicator).name), {}, {}},
                              {std::string(search::info(curve.resource).name), {}, {}},
                              number_field(point.spent, kDigits),
                              number_field(point.values.least, kDigits),
                              number_field(point.values.lower_quartile, kDigits),
                              number_field(point.values.median, kDigits),
                              number_field(point.values.upper_quartile, kDigits),
                              number_field(point.values.greatest, kDigits)});
      }
    }
  }
  return table;
}

DocumentTable trials_table(const ComparisonReport& report) {
  DocumentTable table;
  table.name = "trials";
  table.columns = {{"algorithm", "Algorithm", "", false},
                   {"trial", "Trial", "", true},
                   {"seed", "Seed", "", true}};
  for (const search::IndicatorInfo& indicator : search::indicators())
    table.columns.push_back({std::string(indicator.name), std::string(indicator.title), "", true});
  table.columns.push_back({"evaluations", "Evaluations", "", true});
  table.columns.push_back({"energy_kwh", "Simulated energy", "kWh", true});
  constexpr int kDigits = 6;
  for (std::size_t i = 0; i < report.comparison.contenders.size(); ++i) {
    const ContenderResult& result = report.comparison.results[i];
    for (std::size_t trial = 0; trial < report.comparison.trials; ++trial) {
      const search::Trial& run = report.study->trials[i][trial].trial;
      std::vector<Field> row = {{report.comparison.contenders[i].name, {}, {}},
                                count_field(trial + 1),
                                {std::to_string(run.seed), {}, {}}};
      for (const Summary& indicator : result.indicators)
        row.push_back(optional_field(indicator.trials[trial], kDigits));
      row.push_back(count_field(run.ledger.evaluations));
      row.push_back(number_field(run.ledger.cost.energy_kwh, kDigits));
      table.rows.push_back(std::move(row));
    }
  }
  return table;
}

DocumentTable tests_table(const ComparisonReport& report) {
  const Comparison& comparison = report.comparison;
  DocumentTable table;
  table.name = "tests";
  table.caption =
      "Every pair, by share of hypervolume: Wilcoxon's signed-rank test over common seeds and the "
      "Mann–Whitney test, p values Holm-corrected over all pairs";
  table.columns = {{"first", "First", "", false},
                   {"second", "Second", "", false},
                   {"mean_difference", "Mean difference", "", true},
                   {"wilcoxon_adjusted", "Wilcoxon p", "adjusted", true},
                   {"mann_whitney_adjusted", "Mann–Whitney p", "adjusted", true},
                   {"a12", "A₁₂", "", true},
                   {"magnitude", "Effect", "", false}};
  for (const search::PairTest& test : comparison.tests) {
    table.rows.push_back({{comparison.contenders[test.first].name, {}, {}},
                          {comparison.contenders[test.second].name, {}, {}},
                          number_field(test.mean_difference, 2),
                          number_field(test.wilcoxon_adjusted, 2),
                          number_field(test.mann_whitney_adjusted, 2),
                          number_field(test.a12, 2),
                          {std::string(stats::a12_magnitude(test.a12)), {}, {}}});
  }
  return table;
}

std::string mean_text(const Summary& summary, int decimals) {
  if (!summary.mean) return "–";
  std::string text = fmt::format("{:.{}f}", *summary.mean, decimals);
  if (summary.deviation) text += fmt::format(" ± {:.{}f}", *summary.deviation, decimals);
  return text;
}

std::string budget_text(const search::StopRule& rule) {
  std::vector<std::string> limits;
  if (rule.count) limits.push_back(counted(*rule.count) + " evaluations");
  if (rule.energy_kwh) limits.push_back(fmt::format("{:g} kWh", *rule.energy_kwh));
  if (rule.co2eq_g) limits.push_back(fmt::format("{:g} g CO2eq", *rule.co2eq_g));
  if (rule.training_time_s) limits.push_back(fmt::format("{:g} s", *rule.training_time_s));
  return fmt::format("{} a trial", fmt::join(limits, " or "));
}

std::string comparison_text(const ComparisonReport& report) {
  const Comparison& comparison = report.comparison;
  TextTable table({{"algorithm"},
                   {"share", Align::right},
                   {"interval", Align::right},
                   {"hypervolume", Align::right},
                   {"found", Align::right},
                   {"kWh", Align::right},
                   {"own s", Align::right}});
  for (const std::size_t i : comparison.order) {
    const ContenderResult& result = comparison.results[i];
    const Summary& share = of(result, Indicator::hypervolume_share);
    const Summary& found = of(result, Indicator::points_found);
    const search::OwnCost& own = report.own_costs[i];
    table.add({comparison.contenders[i].name, mean_text(share, 4),
               share.interval
                   ? fmt::format("{:.4f} … {:.4f}", share.interval->first, share.interval->second)
                   : "–",
               mean_text(of(result, Indicator::hypervolume), 6),
               fmt::format("{:.1f}", found.mean.value_or(0)),
               fmt::format("{:.4g}", result.mean_cost.energy_kwh),
               own.trials == 0 ? "–" : fmt::format("{:.2g}", own.seconds)});
  }
  std::string text = table.text();
  text += fmt::format(
      "\noptimum      {:.6f} hypervolume, {} solutions; reference point {}\nverdict      {}\n",
      comparison.exact_hypervolume, comparison.exact_points, point_text(comparison.reference_point),
      fmt::join(comparison.verdict, "\n             "));
  return text;
}

}  // namespace ecnas::app
