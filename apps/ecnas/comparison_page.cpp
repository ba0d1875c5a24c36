#include "comparison_page.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>

#include "ecnas/core/text.hpp"
#include "ecnas/moo/front.hpp"
#include "ecnas/report/comparison_figure.hpp"
#include "table_page.hpp"

namespace ecnas::app {
namespace {

using search::ContenderResult;
using search::Indicator;
using search::Resource;
using search::Summary;

Field text_field(std::string text) {
  return {std::move(text), {}, {}};
}

Field mean_field(const Summary& summary, int decimals) {
  return {mean_text(summary, decimals),
          summary.mean ? fmt::format("{:.9g}", *summary.mean) : std::string(),
          {}};
}

/// So many significant digits, zeros too, so that a column reads alike.
Field mean_field(const std::optional<double>& mean, int digits) {
  if (!mean) return {"–", "", {}};
  return {with_minus(fmt::format("{:#.{}g}", *mean, digits)), fmt::format("{:.9g}", *mean), {}};
}

const Summary& share_of(const ContenderResult& result) {
  return result.indicators[static_cast<std::size_t>(Indicator::hypervolume_share)];
}

const std::string& name_of(const ComparisonReport& report, std::size_t contender) {
  return report.comparison.contenders[contender].name;
}

/// Below every figure: of what.
std::string conditions(const ComparisonReport& report) {
  const std::size_t trials = report.comparison.trials;
  return fmt::format("{}; {} trial{} each, the same seeds; {}{}",
                     file_name(report.problem->table()), trials, trials == 1 ? "" : "s",
                     budget_text(report.stop),
                     report.is_noisy ? "; noisy evaluations, true values" : "");
}

// --- Results -------------------------------------------------------------------------------------

DocumentTable results_table(const ComparisonReport& report) {
  DocumentTable table;
  table.name = "results";
  table.caption = "Final indicators: means over the trials with standard deviations";
  table.columns = {{"algorithm", "Algorithm", "", false},
                   {"hypervolume_share", "Share of hypervolume", "", true},
                   {"interval", "95 % interval", "of the mean", true},
                   {"regret", "Regret", "", true},
                   {"igd_plus", "IGD+", "", true},
                   {"additive_epsilon", "Additive ε", "", true},
                   {"multiplicative_epsilon", "Multiplicative ε", "", true},
                   {"r2", "R2", "", true},
                   {"spread", "Spread", "", true},
                   {"points_found", "Exact points", "", true}};
  for (const std::size_t i : report.comparison.order) {
    const ContenderResult& result = report.comparison.results[i];
    const auto of = [&](Indicator indicator) -> const Summary& {
      return result.indicators[static_cast<std::size_t>(indicator)];
    };
    const Summary& share = share_of(result);
    table.rows.push_back(
        {text_field(name_of(report, i)), mean_field(share, 4),
         text_field(share.interval ? fmt::format("{:.4f} – {:.4f}", share.interval->first,
                                                 share.interval->second)
                                   : "–"),
         mean_field(of(Indicator::regret).mean, 3), mean_field(of(Indicator::igd_plus).mean, 3),
         mean_field(of(Indicator::additive_epsilon).mean, 3),
         mean_field(of(Indicator::multiplicative_epsilon).mean, 4),
         mean_field(of(Indicator::r2).mean, 3), mean_field(of(Indicator::spread).mean, 3),
         mean_field(of(Indicator::points_found), 1)});
  }
  return table;
}

DocumentFigure trials_figure(const ComparisonReport& report) {
  report::TrialsFigure figure;
  figure.title = "What the trials end with";
  figure.lines = {conditions(report)};
  for (const std::size_t i : report.comparison.order) {
    const Summary& share = share_of(report.comparison.results[i]);
    report::TrialsRow row{name_of(report, i), {}, share.mean.value_or(0), share.interval};
    for (const std::optional<double>& value : share.trials)
      row.shares.push_back(value.value_or(0));
    figure.rows.push_back(std::move(row));
  }
  return {"trials", report::trials_figure_spec(figure),
          "Share of the exact front's hypervolume that each trial ends with. Both fronts are "
          "normalised by the exact front's ideal and nadir, the reference is 1.1 in each "
          "objective.",
          "Dots for the trials of each algorithm, best first, with their mean and its interval."};
}

DocumentBlocks result_blocks(const ComparisonReport& report) {
  DocumentBlocks blocks;
  for (const std::string& sentence : report.comparison.verdict)
    blocks.emplace_back(sentence);
  if (report.comparison.contenders.size() <= report::kMaxCompared)
    blocks.emplace_back(trials_figure(report));
  blocks.emplace_back(results_table(report));
  return blocks;
}

// --- On the way ----------------------------------------------------------------------------------

/// "Simulated energy" within a title.
std::string in_a_sentence(std::string_view title) {
  std::string text(title);
  text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

const search::AnytimeCurve* curve_of(const ContenderResult& result, Indicator indicator,
                                     Resource resource) {
  const auto found = std::ranges::find_if(result.curves, [&](const search::AnytimeCurve& curve) {
    return curve.indicator == indicator && curve.resource == resource;
  });
  return found == result.curves.end() ? nullptr : &*found;
}

std::optional<DocumentFigure> anytime_figure(const ComparisonReport& report, Indicator indicator,
                                             Resource resource) {
  const search::ResourceInfo& spent = search::info(resource);
  const search::IndicatorInfo& shown = search::info(indicator);
  report::AnytimeFigure figure;
  figure.title = fmt::format("{} over {}", shown.title, in_a_sentence(spent.title));
  figure.lines = {conditions(report)};
  figure.x_axis = {.title = std::string(spent.title), .unit = std::string(spent.unit)};
  figure.y_axis = {.title = std::string(shown.title), .unit = ""};
  figure.is_share = indicator == Indicator::hypervolume_share;
  for (const std::size_t i : report.comparison.order) {
    const search::AnytimeCurve* curve = curve_of(report.comparison.results[i], indicator, resource);
    if (curve != nullptr && !curve->points.empty())
      figure.series.push_back({name_of(report, i), curve->points});
  }
  if (figure.series.empty() || figure.series.size() > report::kMaxCompared) return std::nullopt;
  return DocumentFigure{
      fmt::format("anytime-{}-{}", shown.name, spent.name), report::anytime_figure_spec(figure),
      fmt::format("{} while trials spend. A curve ends where the last of an algorithm's trials "
                  "ends; a trial that ended before keeps what it had.",
                  shown.title),
      fmt::format("Median and quartiles of {} over {} of each algorithm.", shown.title,
                  spent.title)};
}

DocumentTable areas_table(const ComparisonReport& report) {
  DocumentTable table;
  table.name = "areas";
  table.caption =
      "Areas under the curves of the share: its mean while a trial spends what all trials spent, "
      "over";
  table.columns = {{"algorithm", "Algorithm", "", false}};
  for (const search::ResourceInfo& resource : search::resources()) {
    if (curve_of(report.comparison.results.front(), Indicator::hypervolume_share,
                 resource.resource) != nullptr)
      table.columns.push_back({std::string(resource.name), std::string(resource.title), "", true});
  }
  for (const std::size_t i : report.comparison.order) {
    std::vector<Field> row = {text_field(name_of(report, i))};
    for (const search::ResourceInfo& resource : search::resources()) {
      if (const auto* curve = curve_of(report.comparison.results[i], Indicator::hypervolume_share,
                                       resource.resource))
        row.push_back(mean_field(curve->area, 4));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

DocumentBlocks anytime_blocks(const ComparisonReport& report) {
  DocumentBlocks blocks;
  std::vector<Resource> shown = {Resource::evaluations, Resource::energy};
  if (report.stop.co2eq_g) shown.push_back(Resource::co2eq);
  if (report.stop.training_time_s) shown.push_back(Resource::training_time);
  for (const Resource resource : shown) {
    if (auto figure = anytime_figure(report, Indicator::hypervolume_share, resource))
      blocks.emplace_back(std::move(*figure));
  }
  if (auto figure = anytime_figure(report, Indicator::igd_plus, Resource::evaluations))
    blocks.emplace_back(std::move(*figure));
  blocks.emplace_back(areas_table(report));
  return blocks;
}

// --- Tests ---------------------------------------------------------------------------------------

DocumentFigure ranking_figure(const ComparisonReport& report) {
  const search::Ranking& ranking = *report.comparison.ranking;
  report::RankingFigure figure;
  figure.title = "Mean ranks";
  figure.lines = {conditions(report)};
  for (std::size_t i = 0; i < report.comparison.contenders.size(); ++i)
    figure.ranked.push_back({name_of(report, i), ranking.friedman.mean_ranks[i]});
  std::ranges::stable_sort(figure.ranked, {}, &report::RankingFigure::Ranked::mean_rank);
  figure.critical_difference = ranking.critical_difference;
  figure.groups = ranking.groups;
  return {"ranks", report::ranking_figure_spec(figure),
          "Ranks within the trials of one seed, by share of hypervolume. Nemenyi's critical "
          "difference is at 5\u00a0%.",
          "A line of mean ranks with the algorithms' names and bars over those not told apart."};
}

DocumentBlocks test_blocks(const ComparisonReport& report) {
  if (!report.comparison.ranking) {
    return {std::string("One trial each: no test is made. More trials are needed.")};
  }
  DocumentBlocks blocks;
  if (report.comparison.contenders.size() <= report::kMaxCompared)
    blocks.emplace_back(ranking_figure(report));
  DocumentTable tests = tests_table(report);
  constexpr std::size_t kManyTests = 15;
  tests.is_folded = tests.rows.size() > kManyTests;
  blocks.emplace_back(std::move(tests));
  return blocks;
}

// --- Where they differ ---------------------------------------------------------------------------

DocumentFigure difference_figure(const ComparisonReport& report, std::size_t a, std::size_t b) {
  const search::Problem& problem = *report.problem;
  const auto axis = [&](std::size_t position) {
    const search::ObjectiveInfo& objective = search::info(problem.objectives()[position]);
    return report::Axis{.title = std::string(objective.title), .unit = std::string(objective.unit)};
  };
  report::AttainmentDifferenceFigure figure;
  figure.title = fmt::format("Where {} and {} attain more", name_of(report, a), name_of(report, b));
  figure.lines = {conditions(report)};
  figure.x_axis = axis(0);
  figure.y_axis = axis(1);
  figure.labels = {name_of(report, a), name_of(report, b)};
  figure.differences = moo::attainment_difference(
      report.comparison.results[a].fronts, report.comparison.results[b].fronts, figure.intervals);
  figure.exact_front = search::objectives_of(search::exact_front(problem));
  return {
      fmt::format("difference-{}-{}", name_of(report, a), name_of(report, b)),
      report::attainment_difference_figure_spec(figure),
      "A goal is attained by a trial that finds a solution at least as good in both objectives. "
      "Colours show by how many more of its trials one of the two attains it.",
      fmt::format("Areas of the objective space that more trials of {} or of {} attain.",
                  name_of(report, a), name_of(report, b))};
}

DocumentTable coverage_table(const ComparisonReport& report) {
  DocumentTable table;
  table.name = "coverage";
  table.caption =
      "Coverage: the share of the column's front that the row's front attains, mean over seeds, in "
      "%";
  table.columns = {{"algorithm", "Algorithm", "", false}};
  for (const std::size_t i : report.comparison.order)
    table.columns.push_back({name_of(report, i), name_of(report, i), "", true});
  for (const std::size_t i : report.comparison.order) {
    std::vector<Field> row = {text_field(name_of(report, i))};
    for (const std::size_t other : report.comparison.order) {
      row.push_back(i == other ? text_field("")
                               : percent_field(report.comparison.results[i].coverage[other], 0));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

DocumentBlocks difference_blocks(const ComparisonReport& report) {
  DocumentBlocks blocks;
  const std::vector<std::size_t>& order = report.comparison.order;
  if (report.problem->objectives().size() == 2) {
    constexpr std::size_t kDrawn = 2;  // rivals of the best
    for (std::size_t place = 1; place < order.size() && place <= kDrawn; ++place)
      blocks.emplace_back(difference_figure(report, order[0], order[place]));
  }
  blocks.emplace_back(coverage_table(report));
  return blocks;
}

// --- Knees and test errors -----------------------------------------------------------------------

DocumentTable knees_table(const ComparisonReport& report) {
  DocumentTable table;
  table.name = "knees";
  table.caption = "Knees by five definitions, and how stable they are over the trials";
  table.columns = {{"algorithm", "Algorithm", "", false},
                   {"definition", "Definition", "", false},
                   {"trials", "Trials with a knee", "", true},
                   {"scatter", "Scatter", "", true},
                   {"offset", "From the exact knee", "", true},
                   {"agreeing_trials", "Trials that agree", "", true}};
  for (const std::size_t i : report.comparison.order) {
    for (const search::KneeReport& knee : report.comparison.results[i].knees) {
      table.rows.push_back({text_field(name_of(report, i)),
                            text_field(std::string(moo::name(knee.definition))),
                            count_field(knee.trials), mean_field(knee.scatter, 2),
                            mean_field(knee.offset, 2), count_field(knee.agreeing_trials)});
    }
  }
  constexpr std::size_t kManyRows = 25;
  table.is_folded = table.rows.size() > kManyRows;
  return table;
}

DocumentBlocks knee_blocks(const ComparisonReport& report) {
  return {std::string(
              "Distances are on axes on which the exact front is the unit square: the scatter is "
              "the mean distance of the trials' knees from their mean. Trials agree that name the "
              "same cell at the same budget."),
          knees_table(report)};
}

DocumentBlocks tested_blocks(const ComparisonReport& report) {
  DocumentTable table;
  table.name = "test-errors";
  table.caption = "Fronts chosen by validation error, judged by test error";
  table.columns = {{"algorithm", "Algorithm", "", false},
                   {"hypervolume_share", "Share of hypervolume", "in test error", true},
                   {"gap", "Test − validation error", "% points, mean of the front", true},
                   {"validation_error", "Validation error", "%, of the most accurate", true},
                   {"test_error", "Test error", "%, of the same", true}};
  const auto percent = [](const Summary& summary) {
    return summary.mean ? percent_field(*summary.mean, 2) : text_field("–");
  };
  for (const std::size_t i : report.comparison.order) {
    const auto& test = report.comparison.results[i].test;
    if (!test) continue;
    table.rows.push_back({text_field(name_of(report, i)), mean_field(test->share, 4),
                          percent(test->gap), percent(test->validation_error),
                          percent(test->test_error)});
  }
  return {
      std::string("As NAS-Bench-101 asks for: the search sees validation errors only, and the same "
                  "cells are then judged by their test errors, without choosing again."),
      std::move(table)};
}

// --- Own cost ------------------------------------------------------------------------------------

DocumentTable costs_table(const ComparisonReport& report) {
  DocumentTable table;
  table.name = "own-cost";
  table.caption = "What a trial simulates, and what the algorithm itself takes";
  table.columns = {{"algorithm", "Algorithm", "", false},
                   {"evaluations", "Evaluations", "", true},
                   {"energy_kwh", "Simulated energy", "kWh", true},
                   {"co2eq_g", "Simulated emissions", "g CO2eq", true},
                   {"training_time_s", "Simulated time", "s", true},
                   {"own_seconds", "Own time", "s", true},
                   {"own_energy_kwh", "Own energy", "kWh", true}};
  for (const std::size_t i : report.comparison.order) {
    const ContenderResult& result = report.comparison.results[i];
    const search::OwnCost& own = report.own_costs[i];
    const bool is_known = own.trials > 0;
    table.rows.push_back({text_field(name_of(report, i)), number_field(result.mean_evaluations, 4),
                          number_field(result.mean_cost.energy_kwh, 4),
                          number_field(result.mean_cost.co2eq_g, 4),
                          number_field(result.mean_cost.training_time_s, 4),
                          is_known ? number_field(own.seconds, 2) : text_field("–"),
                          is_known ? number_field(own.energy_kwh, 2) : text_field("–")});
  }
  return table;
}

DocumentTable break_even_table(const ComparisonReport& report) {
  DocumentTable table;
  table.name = "break-even";
  table.caption = "Where the costlier algorithm pays";
  table.columns = {{"costlier", "Costlier", "", false},
                   {"cheaper", "Cheaper", "", false},
                   {"extra_kwh", "Takes more", "kWh a trial", true},
                   {"needed_share", "Needs", "% of the other's training", true},
                   {"break_even_kwh", "Pays above", "kWh of training a trial", true}};
  for (const search::BreakEven& pair : report.break_evens) {
    table.rows.push_back(
        {text_field(name_of(report, pair.costlier)), text_field(name_of(report, pair.cheaper)),
         number_field(pair.extra_kwh, 2),
         pair.needed_share ? percent_field(*pair.needed_share, 0) : text_field("–"),
         pair.energy_kwh ? number_field(*pair.energy_kwh, 2) : text_field("nowhere")});
  }
  constexpr std::size_t kManyRows = 15;
  table.is_folded = table.rows.size() > kManyRows;
  return table;
}

DocumentBlocks cost_blocks(const ComparisonReport& report) {
  const bool is_metered = std::ranges::all_of(
      report.own_costs, [](const search::OwnCost& cost) { return cost.is_metered; });
  DocumentBlocks blocks = {fmt::format(
      "Own times are of a processor core, means over the trials, and differ from run to run; own "
      "energies are {}. A costlier algorithm pays where training costs so much that what it saves "
      "exceeds what it takes: it reaches the other's final share, by medians, with part of the "
      "other's training.",
      is_metered ? std::string("metered")
                 : fmt::format("modelled at {:g} W a core", report.own_power_w))};
  blocks.emplace_back(costs_table(report));
  if (!report.break_evens.empty()) blocks.emplace_back(break_even_table(report));
  return blocks;
}

DocumentBlocks parameter_blocks(const ComparisonReport& report) {
  DocumentTable table;
  table.name = "parameters";
  table.caption = "Everything that, with the table, determines the trials";
  table.columns = {{"parameter", "Parameter", "", false}, {"value", "Value", "", false}};
  for (const auto& [name, value] : report.parameters)
    table.rows.push_back({text_field(name), text_field(value)});
  return {std::move(table)};
}

}  // namespace

Document comparison_document(const ComparisonReport& report) {
  Document document;
  document.sections = {{"What is found", result_blocks(report)},
                       {"On the way there", anytime_blocks(report)},
                       {"Which of them are told apart", test_blocks(report)},
                       {"Where they differ", difference_blocks(report)}};
  if (report.problem->objectives().size() == 2)
    document.sections.push_back({"Knees", knee_blocks(report)});
  if (report.comparison.results.front().test)
    document.sections.push_back({"On test data", tested_blocks(report)});
  document.sections.push_back({"What searching costs", cost_blocks(report)});
  document.sections.push_back({"How it was made", parameter_blocks(report)});
  return document;
}

report::Page comparison_page(const ComparisonReport& report, const Document& document,
                             const std::string& command) {
  report::Page page;
  page.title = fmt::format("Search algorithms on {}", file_name(report.problem->table()));
  page.lead = fmt::format(
      "{} algorithms, {} trial{} each with the same seeds, {}. Judged by the share of the exact "
      "front's hypervolume; reference point of plain hypervolumes {}.",
      report.comparison.contenders.size(), report.comparison.trials,
      report.comparison.trials == 1 ? "" : "s", budget_text(report.stop),
      point_text(report.comparison.reference_point));
  page.tables = {provenance_of(report.problem->table())};
  page.command = command;
  page.version = program_version();
  page.sections = page_sections(document);
  return page;
}

}  // namespace ecnas::app
