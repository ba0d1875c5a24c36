#include "report/looks.hpp"

#include <set>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "report/captions.hpp"

namespace ecnas::report {
namespace {

constexpr double kLegendWidth = 230;  // pixels, of one name

}  // namespace

std::vector<std::string> legend_names(std::span<const std::string> labels) {
  std::vector<std::string> names;
  for (const std::string& label : labels)
    names.push_back(one_line(label, kLabelSize, kLegendWidth));
  return names;
}

void check_looks(std::span<const std::string> names, std::string_view title,
                 std::string_view what) {
  const std::set<std::string> different(names.begin(), names.end());
  if (!names.empty() && names.size() <= kLooks.size() && different.size() == names.size()) return;
  fail(ErrorCode::invalid_argument,
       "figure {}: {} {}; 1 to {}, all named differently, can be drawn", ecnas::quoted(title),
       names.size(), what, kLooks.size());
}

Json look_encoding(Json source, std::span<const std::string> names, std::string_view Look::*trait) {
  Json domain = Json::array();
  Json range = Json::array();
  for (std::size_t i = 0; i < names.size(); ++i) {
    domain.push_back(names[i]);
    const std::string_view value = kLooks[i].*trait;
    range.push_back(value.starts_with('[') ? Json::parse(value) : Json(value));
  }
  Json encoding = std::move(source);
  encoding["type"] = "nominal";
  encoding["scale"] = {{"domain", domain}, {"range", range}};
  encoding["legend"] = {{"title", nullptr}, {"labelLimit", kLegendWidth + 10}};
  return encoding;
}

}  // namespace ecnas::report
