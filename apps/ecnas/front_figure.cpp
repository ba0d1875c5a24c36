#include "front_figure.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "command.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/moo/front.hpp"
#include "ecnas/moo/hypervolume.hpp"
#include "ecnas/report/figure.hpp"

namespace ecnas::app {
namespace {

/// Where the drawn values of an objective come from; absent for one of the cell alone.
std::optional<report::ProvenanceCounts> provenance_of(const search::Problem& problem,
                                                      search::Objective objective) {
  const table::Column* column = problem.table().column(search::info(objective).metric);
  if (column == nullptr) return std::nullopt;
  report::ProvenanceCounts counts;
  for (std::size_t budget = 0; budget < problem.budgets().size(); ++budget) {
    for (const table::Row row : problem.domain(budget)) {
      const auto entry =
          problem.table().query(row, *problem.table_budget(budget), problem.options().repeat);
      switch (entry->provenance(*column)) {
        case table::Provenance::measured:
          ++counts.measured;
          break;
        case table::Provenance::scaled:
          ++counts.scaled;
          break;
        case table::Provenance::predicted:
          ++counts.predicted;
          break;
        case table::Provenance::absent:
          break;
      }
    }
  }
  return counts;
}

report::Axis axis_of(const search::Problem& problem, std::size_t position) {
  const search::ObjectiveInfo& objective = search::info(problem.objectives()[position]);
  return {.title = std::string(objective.title),
          .unit = std::string(objective.unit),
          .provenance = provenance_of(problem, objective.objective)};
}

report::ScatterPoint scatter_point(const moo::Objectives& objectives, std::size_t budget) {
  return {objectives[0], objectives[1], static_cast<std::int32_t>(budget)};
}

/// Data set, devices and PUE, as far as the table states them.
std::string circumstances(const table::Metadata& metadata) {
  std::vector<std::string> parts;
  if (!metadata.data_set.empty()) parts.push_back(metadata.data_set);
  if (!metadata.devices.empty())
    parts.push_back(fmt::format("{}", fmt::join(metadata.devices, " + ")));
  if (metadata.pue) parts.push_back(fmt::format("PUE {} included", *metadata.pue));
  return fmt::format("{}", fmt::join(parts, "; "));
}

}  // namespace

FrontAnalysis analyse_front(const search::Problem& problem,
                            const moo::Objectives& reference_point) {
  return analyse_front(search::exact_front(problem), reference_point);
}

FrontAnalysis analyse_front(std::vector<search::FrontPoint> front,
                            const moo::Objectives& reference_point) {
  FrontAnalysis analysis;
  analysis.points = std::move(front);
  analysis.reference_point = reference_point;
  const std::vector<moo::Objectives> points = search::objectives_of(analysis.points);
  analysis.hypervolume = moo::hypervolume(points, reference_point);
  analysis.extrema = moo::extrema(points);
  if (reference_point.size() == 2) analysis.knee = moo::knee(points);
  return analysis;
}

report::FrontFigure front_figure(const search::Problem& problem, const FrontAnalysis& front) {
  report::FrontFigure figure;
  figure.title = fmt::format("Pareto front of {}", file_name(problem.table()));
  figure.subtitle = circumstances(problem.table().metadata());
  figure.x_axis = axis_of(problem, 0);
  figure.y_axis = axis_of(problem, 1);
  figure.group_title = "Epochs";
  for (const std::int32_t epochs : problem.budgets())
    figure.groups.push_back(std::to_string(epochs));
  for (std::uint32_t budget = 0; budget < problem.budgets().size(); ++budget) {
    for (const table::Row row : problem.domain(budget)) {
      figure.points.push_back(scatter_point(*problem.evaluate({row, budget}), budget));
    }
  }
  for (const search::FrontPoint& point : front.points) {
    figure.front.push_back(scatter_point(point.objectives, point.candidate.budget));
  }
  figure.knee = front.knee;
  figure.extrema = front.extrema;
  figure.hypervolume = {front.hypervolume, {front.reference_point[0], front.reference_point[1]}};
  return figure;
}

void draw_front(const search::Problem& problem, const FrontAnalysis& front,
                report::ImageFormat format, const std::filesystem::path& output) {
  if (problem.objectives().size() != 2) {
    fail(ErrorCode::invalid_argument, "--plot: {} objectives; a figure shows two",
         problem.objectives().size());
  }
  report::render(report::front_figure_spec(front_figure(problem, front)), format, output,
                 renderer());
}

}  // namespace ecnas::app
