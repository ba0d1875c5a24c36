// `ecnas surrogate active-curve`: what choosing cells is worth.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <optional>

#include "command.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/report/comparison_figure.hpp"
#include "ecnas/stats/bootstrap.hpp"
#include "ecnas/stats/summary.hpp"
#include "ecnas/surrogate/active_study.hpp"
#include "plot_arguments.hpp"
#include "surrogate_arguments.hpp"
#include "surrogate_figures.hpp"
#include "terminal.hpp"

namespace ecnas::app {
namespace {

using surrogate::ActivePoint;
using surrogate::ActiveStudyOptions;
using surrogate::Chooser;
using surrogate::Observations;

struct ActiveCurveCommand {
  ObservationArguments observed;
  ActiveStudyOptions study;
  std::string figure;
};

/// One chooser's repetitions at one energy.
struct Level {
  double budget_kwh = 0;
  std::vector<double> spent_kwh;
  std::vector<double> cells;
  std::vector<double> mae_kwh;
  std::vector<double> kendall_tau;
  std::vector<double> less_than_random;  ///< MAE of random choice − this one's, same repetition
};

struct Course {
  Chooser chooser = Chooser::active;
  std::vector<Level> levels;
};

/// @param points  as the study gives them: by chooser, repetition, energy
std::vector<Course> courses_of(const std::vector<ActivePoint>& points,
                               const ActiveStudyOptions& options) {
  const std::size_t energies = options.energies_kwh.size();
  std::vector<Course> courses;
  for (const Chooser chooser : surrogate::kChoosers) {
    courses.push_back({chooser, std::vector<Level>(energies)});
    for (std::size_t i = 0; i < points.size(); ++i) {
      if (points[i].chooser != chooser) continue;
      Level& level = courses.back().levels[i % energies];
      level.budget_kwh = points[i].budget_kwh;
      level.spent_kwh.push_back(points[i].spent_kwh);
      level.cells.push_back(static_cast<double>(points[i].cells));
      level.mae_kwh.push_back(points[i].scores.regression.mae);
      level.kendall_tau.push_back(points[i].scores.regression.kendall_tau.value_or(0));
    }
  }
  const auto random = std::ranges::find(courses, Chooser::random, &Course::chooser);
  for (Course& course : courses) {
    for (std::size_t k = 0; k < energies; ++k) {
      for (std::size_t i = 0; i < options.repetitions; ++i) {
        course.levels[k].less_than_random.push_back(random->levels[k].mae_kwh[i] -
                                                    course.levels[k].mae_kwh[i]);
      }
    }
  }
  return courses;
}

/// The energy at which random choice is as good on average, between energies by logarithms; the
/// first where it is as good there already, none where it never is.
std::optional<double> energy_of_random(const Course& random, double mae_kwh) {
  for (std::size_t k = 0; k < random.levels.size(); ++k) {
    const double here = stats::mean(random.levels[k].mae_kwh);
    if (here > mae_kwh) continue;
    if (k == 0) return random.levels[k].budget_kwh;
    const double before = stats::mean(random.levels[k - 1].mae_kwh);
    const double share = before > here ? (before - mae_kwh) / (before - here) : 0;
    return random.levels[k - 1].budget_kwh *
           std::pow(random.levels[k].budget_kwh / random.levels[k - 1].budget_kwh, share);
  }
  return std::nullopt;
}

struct Estimate {
  double mean = 0;
  std::optional<std::pair<double, double>> interval90;  ///< of the mean; none for one repetition
};

Estimate estimate(const std::vector<double>& values) {
  const auto mean_of = [&](std::span<const std::uint32_t> drawn) -> std::optional<double> {
    double sum = 0;
    for (const std::uint32_t i : drawn)
      sum += values[i];
    return sum / static_cast<double>(drawn.size());
  };
  Estimate result{.mean = stats::mean(values), .interval90 = std::nullopt};
  const auto interval = stats::bootstrap_interval(
      values.size(), mean_of,
      {.confidence = 0.9, .method = stats::BootstrapMethod::percentile, .seed = 1});
  if (interval) result.interval90 = {interval->lower, interval->upper};
  return result;
}

/// Six digits: the rest says nothing.
double rounded(double value) {
  return std::round(value * 1e6) / 1e6;
}

Json to_json(const Estimate& estimate) {
  Json interval = nullptr;
  if (estimate.interval90)
    interval = {rounded(estimate.interval90->first), rounded(estimate.interval90->second)};
  return {{"mean", rounded(estimate.mean)}, {"interval90", interval}};
}

Json json_of(const Observations& observed, const std::vector<Course>& courses,
             const ActiveStudyOptions& options) {
  Json document = {{"epochs", observed.epochs.front()},
                   {"cells", observed.cells.size()},
                   {"start_cells", options.start_cells},
                   {"repetitions", options.repetitions},
                   {"choosers", Json::object()}};
  const auto random = std::ranges::find(courses, Chooser::random, &Course::chooser);
  for (const Course& course : courses) {
    Json levels = Json::array();
    for (const Level& level : course.levels) {
      const auto needed = energy_of_random(*random, stats::mean(level.mae_kwh));
      levels.push_back({{"budget_kwh", level.budget_kwh},
                        {"spent_kwh", rounded(stats::mean(level.spent_kwh))},
                        {"cells", rounded(stats::mean(level.cells))},
                        {"mae_kwh", to_json(estimate(level.mae_kwh))},
                        {"kendall_tau", to_json(estimate(level.kendall_tau))},
                        {"mae_less_than_random_kwh", to_json(estimate(level.less_than_random))},
                        {"random_needs_kwh", needed ? Json(rounded(*needed)) : Json(nullptr)}});
    }
    document["choosers"][std::string(surrogate::name(course.chooser))] = std::move(levels);
  }
  return document;
}

std::string wh_text(const Estimate& estimate) {
  std::string text = fmt::format("{:.3f}", 1000 * estimate.mean);
  if (estimate.interval90) {
    text += fmt::format(" ({:.3f} – {:.3f})", 1000 * estimate.interval90->first,
                        1000 * estimate.interval90->second);
  }
  return text;
}

std::string text_of(const std::vector<Course>& courses) {
  const auto random = std::ranges::find(courses, Chooser::random, &Course::chooser);
  const Level& first = random->levels.front();
  std::string text;
  for (const Course& course : courses) {
    TextTable table({{"spent (kWh)", Align::right},
                     {"cells", Align::right},
                     {"MAE (Wh)", Align::right},
                     {"less than random (Wh)", Align::right},
                     {"Kendall τ", Align::right},
                     {"random needs (kWh)", Align::right}});
    for (const Level& level : course.levels) {
      const auto needed = energy_of_random(*random, stats::mean(level.mae_kwh));
      table.add({fmt::format("{:.3g}", level.budget_kwh),
                 fmt::format("{:.0f}", stats::mean(level.cells)), wh_text(estimate(level.mae_kwh)),
                 wh_text(estimate(level.less_than_random)),
                 fmt::format("{:.4f}", stats::mean(level.kendall_tau)),
                 !needed                       ? "more"
                 : *needed <= first.budget_kwh ? fmt::format("≤ {:.3g}", *needed)
                                               : fmt::format("{:.3g}", *needed)});
    }
    text += "\n" + bold(surrogate::name(course.chooser)) + "\n" + table.text();
  }
  return text;
}

/// As many as the figure has colours; the others are in the numbers.
constexpr std::array kDrawn = {Chooser::active, Chooser::random, Chooser::cost_blind,
                               Chooser::uncertainty, Chooser::spread};

report::AnytimeFigure figure_of(const Observations& observed, const std::vector<Course>& courses,
                                const std::string& how) {
  report::AnytimeFigure figure;
  figure.title = figure_title(observed, "which cells to train");
  figure.lines = {circumstances(observed), how};
  figure.x_axis = {.title = "Energy of training",
                   .unit = "kWh",
                   .scale = report::Scale::logarithmic,
                   .provenance = {}};
  figure.y_axis = {.title = "Mean absolute error",
                   .unit = "Wh",
                   .scale = report::Scale::automatic,
                   .provenance = {}};
  for (const Chooser chooser : kDrawn) {
    const Course& course = *std::ranges::find(courses, chooser, &Course::chooser);
    report::AnytimeSeries series{.label = std::string(surrogate::name(course.chooser)),
                                 .points = {}};
    for (const Level& level : course.levels) {
      std::vector<double> wh;
      for (const double mae : level.mae_kwh)
        wh.push_back(1000 * mae);
      series.points.push_back({level.budget_kwh, stats::five_numbers(wh)});
    }
    figure.series.push_back(std::move(series));
  }
  return figure;
}

void run_active_curve(const ActiveCurveCommand& command, const Global& global) {
  if (!command.figure.empty()) expect_drawable(command.figure);
  const Observations observed = command.observed.observations().front();
  expect_one_budget(observed);
  ActiveStudyOptions options = command.study;
  options.fit.threads = global.threads;
  std::vector<ActivePoint> points;
  {
    Progress progress("choosing and fitting", global.json);
    options.progress = [&](double done) { progress.show(done); };
    points = surrogate::study_active_selection(observed, options);
  }
  const std::vector<Course> courses = courses_of(points, options);
  const std::string how = fmt::format(
      "{} repetitions, each from {} random cells and judged by a fifth of all cells, which nothing "
      "chose from",
      options.repetitions, options.start_cells);
  if (!command.figure.empty()) {
    report::render(report::anytime_figure_spec(figure_of(observed, courses, how)),
                   report::image_format_of(command.figure), command.figure, renderer());
  }
  if (global.json) {
    print_json(json_of(observed, courses, options));
    return;
  }
  print(fmt::format("{}; means with their 90 % intervals\n", how) + text_of(courses));
  if (!command.figure.empty()) print(fmt::format("\nfigure  {}\n", command.figure));
}

}  // namespace

void add_surrogate_active_curve(CLI::App& parent, const Global& global) {
  CLI::App* command = parent.add_subcommand(
      "active-curve", "What 'select' is worth: errors by the energy spent, beside random choice");
  const auto arguments = std::make_shared<ActiveCurveCommand>();
  arguments->observed.add_energies_to(*command);
  command
      ->add_option("--energies", arguments->study.energies_kwh,
                   "Where models are fitted and judged, in kWh of measured energies")
      ->delimiter(',')
      ->type_name("X,…")
      ->capture_default_str();
  command->add_option("--start", arguments->study.start_cells, "Random cells to begin with")
      ->check(CLI::Range(std::size_t{20}, std::size_t{1'000'000}))
      ->type_name("N")
      ->capture_default_str();
  command->add_option("--repetitions", arguments->study.repetitions, "Divisions and starts")
      ->check(CLI::Range(1, 1000))
      ->type_name("N")
      ->capture_default_str();
  command->add_option("--folds", arguments->study.fit.folds, "Parts of the cross-validation")
      ->check(CLI::Range(std::size_t{2}, std::size_t{20}))
      ->type_name("N")
      ->capture_default_str();
  command->add_option("--seed", arguments->study.seed, "Of divisions and starts")
      ->check(seed_range())
      ->type_name("N")
      ->capture_default_str();
  command->add_option("--figure", arguments->figure, "Draw it: a file ending in .svg, .png or .pdf")
      ->type_name("FILE");
  command->callback([=, &global] { run_active_curve(*arguments, global); });
}

}  // namespace ecnas::app
