#include "surrogate_figures.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <set>

#include "ecnas/core/error.hpp"
#include "ecnas/stats/calibration.hpp"
#include "ecnas/stats/summary.hpp"
#include "ecnas/surrogate/coverage.hpp"
#include "ecnas/surrogate/reference_mlp.hpp"
#include "terminal.hpp"

namespace ecnas::app {
namespace {

using surrogate::LearningPoint;
using surrogate::Observations;
using surrogate::Target;

/// Those that there are, ascending.
std::vector<unsigned> vertices_of(const Observations& observed) {
  std::set<unsigned> vertices;
  for (const space::Cell& cell : observed.cells)
    vertices.insert(cell.vertices());
  return {vertices.begin(), vertices.end()};
}

std::vector<std::string> vertex_labels(const Observations& observed) {
  std::vector<std::string> labels;
  for (const unsigned vertices : vertices_of(observed))
    labels.push_back(std::to_string(vertices));
  return labels;
}

std::vector<report::ScatterPoint> scatter_points(const Observations& observed,
                                                 const Predicted& predicted) {
  const DrawnQuantity quantity = drawn_quantity(observed.target);
  const std::vector<unsigned> groups = vertices_of(observed);
  std::vector<report::ScatterPoint> points;
  for (std::size_t i = 0; i < observed.cells.size(); ++i) {
    const double measured = observed.value(i, 0);
    if (std::isnan(measured)) continue;
    const auto group = std::ranges::find(groups, observed.cells[i].vertices()) - groups.begin();
    points.push_back({quantity.of(measured), quantity.of(predicted.predictions[i].value),
                      static_cast<std::int32_t>(group)});
  }
  return points;
}

report::CoverageSeries coverage_series(std::string label, const std::vector<double>& shares) {
  static constexpr std::array kLevels = {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95};
  return {std::move(label), shares.size(), stats::coverage_curve(shares, kLevels)};
}

}  // namespace

DrawnQuantity drawn_quantity(Target target) {
  switch (target) {
    case Target::energy_kwh:
      return {"training energy", "Wh", 1000, false};
    case Target::training_time_s:
      return {"training time", "s", 1, false};
    case Target::validation_accuracy:
      return {"validation error", "", 1, true};
    case Target::test_accuracy:
      return {"test error", "", 1, true};
  }
  ECNAS_ASSERT(false);
  return {};
}

std::string figure_title(const Observations& observed, std::string_view subject) {
  std::string quantity = drawn_quantity(observed.target).name;
  quantity.front() = static_cast<char>(quantity.front() - 'a' + 'A');
  return fmt::format("{} at {} epochs: {}", quantity, observed.epochs.front(), subject);
}

std::string circumstances(const Observations& observed) {
  std::string text =
      fmt::format("{}: {} cells", std::filesystem::path(observed.source).filename().string(),
                  counted(observed.cells.size()));
  if (observed.target == Target::energy_kwh && observed.pue)
    text += fmt::format("; PUE {} included", *observed.pue);
  if (surrogate::is_accuracy(observed.target)) {
    text += observed.kind == surrogate::AccuracyKind::mean ? "; means of repeats"
            : observed.epochs.front() == 108               ? "; best of three repeats"
                                                           : "; one repeat";
  }
  return text;
}

void expect_one_budget(const Observations& observed) {
  if (observed.epochs.size() == 1) return;
  fail(ErrorCode::invalid_argument, "{}: there are {} budgets ({}); choose one with --epochs",
       observed.source, observed.epochs.size(), fmt::join(observed.epochs, ", "));
}

Predicted predicted_out_of_fold(const std::vector<Observations>& sources,
                                surrogate::SurrogateFitOptions options, const Global& global) {
  Progress progress("cross-validating", global.json);
  options.progress = [&](double done) { progress.show(done); };
  std::vector<surrogate::OutOfFold> out_of_fold = surrogate::cross_validate(sources, options);
  if (options.members.empty()) options.members = surrogate::default_members(sources.front().target);
  std::vector<std::string> families;
  for (const surrogate::MemberOptions& member : options.members) {
    families.emplace_back(surrogate::name(member.family));
    std::ranges::replace(families.back(), '_', ' ');
  }
  const std::string name = fmt::format("{}", fmt::join(families, " + "));
  return {std::move(out_of_fold.front().predictions.front()), name,
          fmt::format("Each cell by a model fitted without it: {}, {}-fold cross-validation", name,
                      options.folds)};
}

Predicted predicted_by(const surrogate::Surrogate& model, const Observations& observed,
                       const Global& global) {
  const surrogate::SurrogateInfo& info = model.info();
  const bool published = info.name == surrogate::kReferenceModel;
  return {surrogate::predictions_for(observed, model, global.threads).front(),
          published ? "Published MLP" : info.name,
          published ? std::string("Predicted by the published MLP, maybe fitted on these cells")
                    : fmt::format("Predicted by {}, fitted on {} cells, maybe these among them",
                                  info.name, counted(info.cells))};
}

std::string scores_line(const surrogate::Scores& scores, const DrawnQuantity& quantity) {
  const stats::RegressionScores& regression = scores.regression;
  std::string text;
  if (regression.r2) text += fmt::format("R² {:.4f}, ", *regression.r2);
  if (regression.kendall_tau) text += fmt::format("Kendall τ {:.4f}, ", *regression.kendall_tau);
  return text + fmt::format("mean absolute error {:.3g}{}{}", quantity.scale * regression.mae,
                            quantity.unit.empty() ? "" : " ", quantity.unit);
}

report::PredictionFigure scatter_figure(const Observations& observed, const Predicted& predicted,
                                        const surrogate::Scores& scores) {
  const DrawnQuantity quantity = drawn_quantity(observed.target);
  report::PredictionFigure figure;
  figure.title = figure_title(observed, "predicted against measured");
  figure.lines = {circumstances(observed), predicted.by, scores_line(scores, quantity)};
  figure.axis = {.title = quantity.name,
                 .unit = quantity.unit,
                 .scale = report::Scale::automatic,
                 .provenance = {}};
  figure.group_title = "Vertices";
  figure.groups = vertex_labels(observed);
  figure.points = scatter_points(observed, predicted);
  return figure;
}

report::PredictionPanelsFigure comparison_figure(const Observations& observed,
                                                 std::span<const Predicted> models) {
  const DrawnQuantity quantity = drawn_quantity(observed.target);
  report::PredictionPanelsFigure figure;
  figure.title = figure_title(observed, "models side by side");
  figure.lines = {circumstances(observed)};
  figure.axis = {.title = quantity.name,
                 .unit = quantity.unit,
                 .scale = report::Scale::automatic,
                 .provenance = {}};
  figure.group_title = "Vertices";
  figure.groups = vertex_labels(observed);
  for (const Predicted& model : models) {
    const surrogate::Evaluation evaluation = surrogate::evaluate(observed, 0, model.predictions);
    figure.lines.push_back(model.by);
    figure.panels.push_back(
        {fmt::format("{}: {}", model.name, scores_line(evaluation.all, quantity)),
         scatter_points(observed, model)});
  }
  return figure;
}

report::CalibrationFigure calibration_figure(const Observations& observed,
                                             const Predicted& predicted) {
  // Fewer say nothing of a share.
  constexpr std::size_t kEnough = 100;
  constexpr std::size_t kBins = 20;  // the outer two are what lies beyond 90 % intervals
  static constexpr std::array<const char*, surrogate::kVertexGroups> kGroups = {
      "Up to 4 vertices", "5 vertices", "6 vertices", "7 vertices"};
  const surrogate::PredictedShares shares =
      surrogate::predicted_shares(observed, 0, predicted.predictions);
  report::CalibrationFigure figure;
  figure.title = figure_title(observed, "do 90 % intervals hold 90 %?");
  figure.lines = {circumstances(observed), predicted.by};
  figure.all = coverage_series("All cells", shares.all);
  for (std::size_t group = 0; group < kGroups.size(); ++group) {
    if (shares.by_vertices[group].size() >= kEnough)
      figure.groups.push_back(coverage_series(kGroups[group], shares.by_vertices[group]));
  }
  figure.promised = 0.9;
  figure.histogram = stats::integral_histogram(shares.all, kBins);
  return figure;
}

std::vector<SizeScores> by_size(const std::vector<LearningPoint>& points) {
  std::vector<SizeScores> sizes;
  for (const LearningPoint& point : points) {
    if (sizes.empty() || sizes.back().training_cells != point.training_cells)
      sizes.push_back(
          {.training_cells = point.training_cells, .r2 = {}, .kendall_tau = {}, .mae = {}});
    const stats::RegressionScores& scores = point.scores.regression;
    if (scores.r2) sizes.back().r2.push_back(*scores.r2);
    if (scores.kendall_tau) sizes.back().kendall_tau.push_back(*scores.kendall_tau);
    sizes.back().mae.push_back(scores.mae);
  }
  return sizes;
}

std::optional<report::MeanAndDeviation> spread_of(const std::vector<double>& values, double scale) {
  if (values.empty()) return std::nullopt;
  return report::MeanAndDeviation{scale * stats::mean(values),
                                  scale * stats::standard_deviation(values).value_or(0)};
}

report::LearningCurveFigure learning_curve_figure(const Observations& observed,
                                                  const std::vector<SizeScores>& sizes,
                                                  const std::string& how) {
  const DrawnQuantity quantity = drawn_quantity(observed.target);
  report::LearningCurveFigure figure;
  figure.title = figure_title(observed, "predictions by training size");
  figure.lines = {circumstances(observed), how};
  figure.error_unit = quantity.unit;
  for (const SizeScores& size : sizes) {
    figure.points.push_back({size.training_cells, spread_of(size.r2), spread_of(size.kendall_tau),
                             spread_of(size.mae, quantity.scale)});
  }
  return figure;
}

}  // namespace ecnas::app
