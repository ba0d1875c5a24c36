#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "command.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "energy_remark.hpp"
#include "front_figure.hpp"
#include "terminal.hpp"

namespace ecnas::app {
namespace {

struct FrontArguments {
  ProblemArguments problem;
  std::string plot;
};

Json front_json(const search::Problem& problem, const FrontAnalysis& front) {
  Json points = Json::array();
  for (const search::FrontPoint& point : front.points)
    points.push_back(to_json(point, problem));
  Json objectives = Json::array();
  Json extrema = Json::object();
  for (std::size_t i = 0; i < problem.objectives().size(); ++i) {
    const std::string name(search::info(problem.objectives()[i]).name);
    objectives.push_back(name);
    extrema[name] = points[front.extrema[i]];
  }
  return {{"table", problem.table().name()},
          {"objectives", objectives},
          {"budgets", problem.budgets()},
          {"solutions", problem.domain_size()},
          {"points", points},
          {"hypervolume", front.hypervolume},
          {"reference_point", to_json(front.reference_point)},
          {"energy_quality", energy_quality_json(problem.table())},
          {"knee", front.knee ? points[*front.knee] : Json(nullptr)},
          {"extrema", extrema}};
}

std::string remark(const FrontAnalysis& front, std::size_t position,
                   const search::Problem& problem) {
  std::vector<std::string> remarks;
  for (std::size_t i = 0; i < front.extrema.size(); ++i) {
    if (front.extrema[i] == position) {
      remarks.push_back(fmt::format("least {}", search::info(problem.objectives()[i]).name));
    }
  }
  if (front.knee == position) remarks.emplace_back("knee");
  return highlighted(fmt::format("{}", fmt::join(remarks, ", ")));
}

void print_for_people(const search::Problem& problem, const FrontAnalysis& front) {
  std::vector<std::string> remarks;
  for (std::size_t i = 0; i < front.points.size(); ++i)
    remarks.push_back(remark(front, i, problem));
  print(fmt::format(
      "{} of {} solutions are on the Pareto front of {}\n\n{}\n"
      "hypervolume  {:.10g}  reference point {}\n{}",
      bold(std::to_string(front.points.size())),
      with_thousands(static_cast<std::int64_t>(problem.domain_size())), problem.table().name(),
      solutions_text(problem, front.points, remarks), front.hypervolume,
      point_text(front.reference_point), energy_remark(problem.table())));
}

void run_front(const FrontArguments& arguments, const Global& global) {
  // Told before the work: a plot that cannot be drawn.
  std::optional<report::ImageFormat> format;
  if (!arguments.plot.empty()) format = report::image_format_of(arguments.plot);

  const table::Table table = open_table(arguments.problem.table, global);
  const search::Problem problem = arguments.problem.problem(table);
  const FrontAnalysis front = analyse_front(problem, arguments.problem.reference(problem));
  if (format) draw_front(problem, front, *format, arguments.plot);
  if (global.json) {
    print_json(front_json(problem, front));
  } else {
    print_for_people(problem, front);
    if (format) print(fmt::format("figure       {}\n", arguments.plot));
  }
}

}  // namespace

void add_front(CLI::App& app, const Global& global) {
  CLI::App* command = app.add_subcommand(
      "front", "The exact Pareto front of a table, its hypervolume, knee, extrema");
  const auto arguments = std::make_shared<FrontArguments>();
  arguments->problem.add_to(*command);
  command->add_option("--plot", arguments->plot, "Draw it: a file ending in .svg, .png or .pdf")
      ->type_name("FILE");
  command->callback([=, &global] { run_front(*arguments, global); });
}

}  // namespace ecnas::app
