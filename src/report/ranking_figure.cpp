#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/report/comparison_figure.hpp"
#include "report/captions.hpp"
#include "report/compared.hpp"
#include "report/frame.hpp"
#include "report/layers.hpp"
#include "report/looks.hpp"
#include "report/palette.hpp"

namespace ecnas::report {
namespace {

// Pixels from the axis down.
constexpr double kDifferenceAt = 16;
constexpr double kFirstGroup = 34;
constexpr double kGroupGap = 9;
constexpr double kRowGap = 21;
constexpr double kBesideAxis = 14;  // from the ends of the axis to the names

void check(const RankingFigure& figure, std::span<const std::string> names) {
  check_compared(names, figure.title, 2);
  double last = 1;
  for (const RankingFigure::Ranked& ranked : figure.ranked) {
    if (!(ranked.mean_rank >= last && ranked.mean_rank <= static_cast<double>(names.size()))) {
      fail(ErrorCode::invalid_argument, "figure {}: a mean rank of {} after {} of {} algorithms",
           ecnas::quoted(figure.title), ranked.mean_rank, last, names.size());
    }
    last = ranked.mean_rank;
  }
  const bool has_groups = std::ranges::all_of(figure.groups, [&](const auto& group) {
    return group.first <= group.second && group.second < names.size();
  });
  if (!has_groups || !(figure.critical_difference > 0) ||
      !std::isfinite(figure.critical_difference)) {
    fail(ErrorCode::invalid_argument,
         "figure {}: its critical difference is {} and its groups are of {} algorithms",
         ecnas::quoted(figure.title), figure.critical_difference, names.size());
  }
}

/// Where a name stands: the better half at the left, best on top; the others at the right, worst on
/// top, so that no two lines cross.
struct Place {
  bool is_left;
  double y;
};

Place place_of(const RankingFigure& figure, std::size_t position) {
  const std::size_t count = figure.ranked.size();
  const std::size_t left = (count + 1) / 2;
  const bool is_left = position < left;
  const std::size_t row = is_left ? position : count - 1 - position;
  const double below_groups =
      kFirstGroup + kGroupGap * static_cast<double>(figure.groups.size()) + 10;
  return {is_left, below_groups + kRowGap * static_cast<double>(row)};
}

double height_of(const RankingFigure& figure) {
  return place_of(figure, (figure.ranked.size() + 1) / 2 - 1).y + 12;
}

struct Names {
  Json stems = Json::array();
  Json left = Json::array();
  Json right = Json::array();
};

Names names_of(const RankingFigure& figure, std::span<const std::string> names) {
  Names drawn;
  const auto last = static_cast<double>(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto [is_left, y] = place_of(figure, i);
    const double rank = figure.ranked[i].mean_rank;
    const double side = is_left ? 1 : last;
    drawn.stems.push_back({{"x", rank}, {"y", 0}, {"end_x", rank}, {"end_y", y}});
    drawn.stems.push_back({{"x", rank}, {"y", y}, {"end_x", side}, {"end_y", y}});
    const std::string text = is_left ? fmt::format("{}  {:.2f}", names[i], rank)
                                     : fmt::format("{:.2f}  {}", rank, names[i]);
    (is_left ? drawn.left : drawn.right).push_back({{"x", side}, {"y", y}, {"text", text}});
  }
  return drawn;
}

Json side_names(std::string_view name, const Json& rows, bool is_left) {
  Json layer = text_layer(name, rows);
  layer["mark"]["align"] = is_left ? "right" : "left";
  layer["mark"]["dx"] = is_left ? -kBesideAxis : kBesideAxis;
  return layer;
}

Json layers_of(const RankingFigure& figure, std::span<const std::string> names) {
  Json groups = Json::array();
  for (std::size_t i = 0; i < figure.groups.size(); ++i) {
    constexpr double kOverhang = 0.03;  // ranks, so that bars of one rank are seen
    const double y = kFirstGroup + kGroupGap * static_cast<double>(i);
    groups.push_back({{"x", figure.ranked[figure.groups[i].first].mean_rank - kOverhang},
                      {"y", y},
                      {"end_x", figure.ranked[figure.groups[i].second].mean_rank + kOverhang},
                      {"end_y", y}});
  }
  const double end = std::min(1 + figure.critical_difference, static_cast<double>(names.size()));
  const Json difference = {
      {{"x", 1}, {"y", kDifferenceAt}, {"end_x", end}, {"end_y", kDifferenceAt}},
      {{"x", 1}, {"y", kDifferenceAt - 4}, {"end_x", 1}, {"end_y", kDifferenceAt + 4}},
      {{"x", end}, {"y", kDifferenceAt - 4}, {"end_x", end}, {"end_y", kDifferenceAt + 4}}};
  Names drawn = names_of(figure, names);
  return {
      spans_layer("stems", drawn.stems,
                  {{"type", "rule"}, {"color", kFaintInk}, {"strokeWidth", 1}}),
      side_names("names", drawn.left, true), side_names("names_right", drawn.right, false),
      spans_layer("groups", groups, {{"type", "rule"}, {"color", kVermillion}, {"strokeWidth", 4}}),
      spans_layer("difference", difference,
                  {{"type", "rule"}, {"color", kFaintInk}, {"strokeWidth", 1.4}})};
}

}  // namespace

std::string ranking_figure_spec(const RankingFigure& figure) {
  std::vector<std::string> labels;
  for (const RankingFigure::Ranked& ranked : figure.ranked)
    labels.push_back(ranked.label);
  const std::vector<std::string> names = legend_names(labels);
  check(figure, names);
  constexpr double kWidth = 520;  // names stand beside it
  const double height = height_of(figure);
  std::vector<std::string> lines = figure.lines;
  lines.push_back(
      fmt::format("Mean ranks over the trials, 1 is best; bars join what is not told apart: what "
                  "differs by less than {:.2f}, the length above",
                  figure.critical_difference));
  Json specification = framed({figure.title, lines, kWidth});
  specification["width"] = kWidth;
  specification["height"] = height;
  specification["layer"] = layers_of(figure, names);
  Json ticks = Json::array();
  for (std::size_t rank = 1; rank <= names.size(); ++rank)
    ticks.push_back(rank);
  Json& first = specification["layer"][0]["encoding"];
  first["x"] = {{"field", "x"},
                {"type", "quantitative"},
                {"scale", {{"domain", {1, names.size()}}, {"nice", false}, {"zero", false}}},
                {"axis",
                 {{"orient", "top"},
                  {"title", nullptr},
                  {"values", ticks},
                  {"grid", false},
                  {"format", "d"},
                  {"labelFlush", false}}}};
  first["y"] = {{"field", "y"},
                {"type", "quantitative"},
                {"scale", {{"domain", {0, height}}, {"reverse", true}, {"nice", false}}},
                {"axis", nullptr}};
  return specification.dump();
}

}  // namespace ecnas::report
