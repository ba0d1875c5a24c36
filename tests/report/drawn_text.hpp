#pragma once
/// Where the words of a drawn figure stand.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "report/captions.hpp"
#include "report/svg_document.hpp"

namespace ecnas::testing {

/// A line or block of words, in pixels from the figure's upper left corner.
struct DrawnText {
  std::string text;
  double left;
  double top;
  double right;
  double bottom;
};

struct Shift {
  double x = 0;
  double y = 0;
};

/// The first translation of a `transform`.
inline Shift shift_of(const SvgElement& element) {
  Shift shift;
  const std::string transform = element.attribute("transform");
  (void)std::sscanf(transform.c_str(), "translate(%lf,%lf)", &shift.x, &shift.y);
  return shift;
}

inline DrawnText drawn_text(const SvgElement& element, Shift at) {
  std::vector<std::string> lines;
  for (const SvgElement* span : element.all("tspan"))
    lines.push_back(span->text);
  if (lines.empty()) lines.push_back(element.text);
  const std::string font = element.attribute("font-size");
  double size = 11;
  (void)std::sscanf(font.c_str(), "%lfpx", &size);
  double width = 0;
  for (const std::string& line : lines)
    width = std::max(width, report::text_width(line, size));
  const std::string anchor = element.attribute("text-anchor");
  const double before = anchor == "end" ? width : anchor == "middle" ? width / 2 : 0;
  const double below = 0.2 * size + 1.3 * size * static_cast<double>(lines.size() - 1);
  if (element.attribute("transform").find("rotate(-90)") != std::string::npos)
    return {lines[0], at.x - 0.8 * size, at.y - width + before, at.x + below, at.y + before};
  return {lines[0], at.x - before, at.y - 0.8 * size, at.x - before + width, at.y + below};
}

/// All words below an element that stands at `at`.
inline std::vector<DrawnText> drawn_texts(const SvgElement& element, Shift at = {}) {
  const Shift own = shift_of(element);
  at = {at.x + own.x, at.y + own.y};
  std::vector<DrawnText> texts;
  if (element.name == "text") {
    const DrawnText text = drawn_text(element, at);
    if (!text.text.empty() && element.attribute("opacity") != "0") texts.push_back(text);
    return texts;
  }
  for (const SvgElement& child : element.children) {
    const std::vector<DrawnText> below = drawn_texts(child, at);
    texts.insert(texts.end(), below.begin(), below.end());
  }
  return texts;
}

/// Whether one covers more than a sliver of the other: widths are estimates on the wide side.
inline bool overlap(const DrawnText& a, const DrawnText& b) {
  constexpr double kSliver = 2.5;
  return std::min(a.right, b.right) - std::max(a.left, b.left) > kSliver &&
         std::min(a.bottom, b.bottom) - std::max(a.top, b.top) > kSliver;
}

/// No words beyond the picture, none over others.
inline void expect_legible(const SvgElement& svg) {
  const double width = std::stod(svg.attribute("width"));
  const double height = std::stod(svg.attribute("height"));
  const std::vector<DrawnText> texts = drawn_texts(svg);
  EXPECT_GT(texts.size(), 5U);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const DrawnText& text = texts[i];
    EXPECT_TRUE(text.left >= 0 && text.top >= 0 && text.right <= width && text.bottom <= height)
        << text.text << " from " << text.left << ", " << text.top << " to " << text.right << ", "
        << text.bottom << " in " << width << " × " << height;
    for (std::size_t j = 0; j < i; ++j)
      EXPECT_FALSE(overlap(text, texts[j])) << text.text << " and " << texts[j].text;
  }
}

}  // namespace ecnas::testing
