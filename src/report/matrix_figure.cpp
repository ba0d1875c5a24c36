#include "ecnas/report/matrix_figure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "report/captions.hpp"
#include "report/frame.hpp"
#include "report/palette.hpp"

namespace ecnas::report {
namespace {

constexpr double kEntryWidth = 104;
constexpr double kEntryHeight = 62;
constexpr double kTextSize = 13;
constexpr double kDetailSize = 9.5;
constexpr double kPanelSpacing = 44;
constexpr std::size_t kPanelsInARow = 2;

void check_labels(const MatrixFigure& figure, const std::vector<std::string>& labels,
                  std::string_view what) {
  if (labels.empty() || std::set(labels.begin(), labels.end()).size() != labels.size()) {
    fail(ErrorCode::invalid_argument, "figure {}: its {} must have labels, all different",
         ecnas::quoted(figure.title), what);
  }
}

void check(const MatrixFigure& figure) {
  check_labels(figure, figure.rows, "rows");
  check_labels(figure, figure.columns, "columns");
  if (figure.panels.empty()) {
    fail(ErrorCode::invalid_argument, "figure {}: no matrix; at least one is needed",
         ecnas::quoted(figure.title));
  }
  for (const MatrixPanel& panel : figure.panels) {
    if (panel.entries.size() != figure.rows.size() * figure.columns.size()) {
      fail(ErrorCode::invalid_argument, "figure {}: matrix {} has {} entries, expected {} × {}",
           ecnas::quoted(figure.title), ecnas::quoted(panel.title), panel.entries.size(),
           figure.rows.size(), figure.columns.size());
    }
    for (const auto& entry : panel.entries) {
      if (entry && !std::isfinite(entry->value)) {
        fail(ErrorCode::invalid_argument, "figure {}: matrix {} holds {}, which cannot be drawn",
             ecnas::quoted(figure.title), ecnas::quoted(panel.title), entry->value);
      }
    }
  }
}

double largest_of(const MatrixPanel& panel) {
  double largest = 0;
  for (const auto& entry : panel.entries)
    if (entry) largest = std::max(largest, std::abs(entry->value));
  return largest > 0 ? largest : 1;
}

Json rows_of(const MatrixFigure& figure, const MatrixPanel& panel) {
  Json rows = Json::array();
  for (std::size_t i = 0; i < panel.entries.size(); ++i) {
    const auto& entry = panel.entries[i];
    if (!entry) continue;
    rows.push_back({{"row", clean(figure.rows[i / figure.columns.size()])},
                    {"column", clean(figure.columns[i % figure.columns.size()])},
                    {"value", entry->value},
                    {"text", one_line(entry->text, kTextSize, kEntryWidth - 6)},
                    {"detail", one_line(entry->detail, kDetailSize, kEntryWidth - 4)}});
  }
  return rows;
}

Json label_encoding(std::string_view field, const std::vector<std::string>& labels,
                    const std::string& title, double length) {
  Json domain = Json::array();
  for (const std::string& label : labels)
    domain.push_back(clean(label));
  return {{"field", field},
          {"type", "nominal"},
          {"scale", {{"domain", domain}, {"paddingInner", 0.03}, {"paddingOuter", 0}}},
          {"axis",
           {{"title", clean(title)},
            {"titleLimit", length},
            {"labelAngle", 0},
            {"domain", false},
            {"ticks", false},
            {"labelPadding", 6}}}};
}

/// Light or dark letters, whichever stand out more from their entry's colour: found when drawn, as
/// a page changes the colours for dark paper. Vega-Lite names the scales of panels so.
std::string is_dark_entry(std::size_t panel) {
  const std::string colour = fmt::format("scale('concat_{}_color', datum.value)", panel);
  return fmt::format("contrast(paper, {0}) > contrast(ink, {0})", colour);
}

Json texts_of(const std::string& name, std::string_view field, double size, double shift,
              const std::string& is_dark) {
  return {{"name", name},
          {"mark",
           {{"type", "text"},
            {"fontSize", size},
            {"dy", shift},
            {"align", "center"},
            {"baseline", "middle"}}},
          {"encoding",
           {{"text", {{"field", field}, {"type", "nominal"}}},
            {"color", {{"condition", {{"test", is_dark}, {"value", kPaper}}}, {"value", kInk}}}}}};
}

Json panel_of(const MatrixFigure& figure, const MatrixPanel& panel, std::size_t number) {
  const double width = kEntryWidth * static_cast<double>(figure.columns.size());
  const double height = kEntryHeight * static_cast<double>(figure.rows.size());
  const double largest = largest_of(panel);
  const std::string name = fmt::format("panel{}", number);
  const Json entries = {
      {"name", name + "_entries"},
      {"mark", {{"type", "rect"}, {"cornerRadius", 2}}},
      {"encoding",
       {{"color",
         {{"field", "value"},
          {"type", "quantitative"},
          {"scale",
           {{"domain", {-largest, 0, largest}}, {"range", {kBlue, "#F4F4F4", kVermillion}}}},
          {"legend", nullptr}}}}}};
  const bool any_detail = std::ranges::any_of(
      panel.entries, [](const auto& entry) { return entry && !entry->detail.empty(); });
  const std::string is_dark = is_dark_entry(number);
  Json layers = {entries,
                 texts_of(name + "_texts", "text", kTextSize, any_detail ? -8 : 0, is_dark)};
  if (any_detail) layers.push_back(texts_of(name + "_details", "detail", kDetailSize, 11, is_dark));
  return {{"title",
           {{"text", one_line(panel.title, 12, width + 60)},
            {"anchor", "start"},
            {"fontSize", 12},
            {"fontWeight", "normal"},
            {"color", kInk},
            {"offset", 8}}},
          {"width", width},
          {"height", height},
          {"data", {{"values", rows_of(figure, panel)}}},
          {"encoding",
           {{"x", label_encoding("column", figure.columns, figure.column_title, width)},
            {"y", label_encoding("row", figure.rows, figure.row_title, height)}}},
          {"layer", std::move(layers)}};
}

}  // namespace

std::string matrix_figure_spec(const MatrixFigure& figure) {
  check(figure);
  const std::size_t side_by_side = std::min(kPanelsInARow, figure.panels.size());
  const double panel_width = kEntryWidth * static_cast<double>(figure.columns.size());
  const double width = panel_width * static_cast<double>(side_by_side) +
                       (kPanelSpacing + 60) * static_cast<double>(side_by_side - 1);
  Json specification = framed({figure.title, figure.lines, width});
  Json panels = Json::array();
  for (std::size_t i = 0; i < figure.panels.size(); ++i)
    panels.push_back(panel_of(figure, figure.panels[i], i));
  specification["params"] = {{{"name", "paper"}, {"value", kPaper}},
                             {{"name", "ink"}, {"value", kInk}}};
  specification["concat"] = std::move(panels);
  specification["columns"] = side_by_side;
  specification["spacing"] = {{"column", kPanelSpacing}, {"row", kPanelSpacing / 2}};
  specification["resolve"] = {{"scale", {{"color", "independent"}}}};
  return specification.dump();
}

}  // namespace ecnas::report
