#include "report/plot_axis.hpp"

#include <algorithm>
#include <cmath>
#include <span>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"

namespace ecnas::report {
namespace {

constexpr double kLargest = 1e100;  // differences and ratios stay far from overflow
constexpr double kSmallestPositive = 1e-100;
constexpr double kMargin = 0.06;        // of the span, at each end
constexpr double kLeastMargin = 1e-4;   // of the magnitude: below, ticks would all read alike
constexpr double kLeastDecades = 0.02;  // likewise on a logarithmic axis

void check(double value, const Axis& axis) {
  if (std::isfinite(value) && std::abs(value) <= kLargest) return;
  fail(ErrorCode::invalid_argument,
       "figure: a value of {} is {}; finite numbers of at most 1e100 can be drawn",
       ecnas::quoted(axis.title), value);
}

bool is_logarithmic(double least, double greatest, const Axis& axis) {
  switch (axis.scale) {
    case Scale::linear:
      return false;
    case Scale::automatic:
      return least >= kSmallestPositive && greatest > 10 * least;
    case Scale::logarithmic:
      break;
  }
  if (least < kSmallestPositive) {
    fail(ErrorCode::invalid_argument,
         "figure: a value of {} is {}; a logarithmic axis shows positive ones only",
         ecnas::quoted(axis.title), least);
  }
  return true;
}

double margin_around(double begin, double end, bool logarithmic) {
  const double magnitude = std::max(std::abs(begin), std::abs(end));
  const double least = logarithmic ? kLeastDecades : magnitude * kLeastMargin;
  const double margin = std::max((end - begin) * kMargin, least);
  return margin < kSmallestPositive ? 1 : margin;  // nothing but zeros
}

// Steps within a decade that leave five to a dozen ticks.
std::span<const double> mantissas(double decades) {
  static constexpr double kFine[] = {1, 2, 3, 4, 6, 8};
  static constexpr double kMiddle[] = {1, 2, 5};
  static constexpr double kCoarse[] = {1};
  if (decades < 1.3) return kFine;
  if (decades < 3.5) return kMiddle;
  return kCoarse;
}

}  // namespace

PlotAxis PlotAxis::around(const std::vector<double>& values, const Axis& axis, double length) {
  ECNAS_ASSERT(!values.empty());
  for (const double value : values)
    check(value, axis);
  const auto [least, greatest] = std::minmax_element(values.begin(), values.end());

  PlotAxis result;
  result.length_ = length;
  result.logarithmic_ = is_logarithmic(*least, *greatest, axis);
  result.begin_ = result.logarithmic_ ? std::log10(*least) : *least;
  result.end_ = result.logarithmic_ ? std::log10(*greatest) : *greatest;
  const double margin = margin_around(result.begin_, result.end_, result.logarithmic_);
  result.begin_ -= margin;
  result.end_ += margin;
  return result;
}

double PlotAxis::position_of(double value) const {
  const double at = logarithmic_ ? std::log10(value) : value;
  return (at - begin_) / (end_ - begin_) * length_;
}

double PlotAxis::value_at(double position) const {
  const double at = begin_ + position / length_ * (end_ - begin_);
  return logarithmic_ ? std::pow(10, at) : at;
}

std::vector<double> PlotAxis::ticks() const {
  if (!logarithmic_) return {};
  const double decades = end_ - begin_;
  const int stride = std::max(1, static_cast<int>(decades / 8));
  std::vector<double> values;
  for (int decade = static_cast<int>(std::floor(begin_)); decade <= end_; decade += stride) {
    for (const double mantissa : mantissas(decades)) {
      const double value = mantissa * std::pow(10, decade);
      if (value >= low() && value <= high()) values.push_back(value);
    }
  }
  if (values.size() < 2) values.clear();
  return values;
}

}  // namespace ecnas::report
