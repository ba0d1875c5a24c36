#include "report/captions.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>

#include "ecnas/core/text.hpp"

namespace ecnas::report {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

// Length of the UTF-8 sequence at the start of `text` and its code point; length 0 if malformed.
struct Decoded {
  std::size_t length;
  std::uint32_t code_point;
};

Decoded decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return {1, first};
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return {0, 0};
  std::uint32_t code_point = first & (0x7fU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0U) != 0x80) return {0, 0};
    code_point = code_point << 6 | (byte(i) & 0x3fU);
  }
  constexpr std::uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code_point >= 0xd800 && code_point <= 0xdfff;
  if (code_point < kLeast[length] || code_point > 0x10ffff || surrogate) return {0, 0};
  return {length, code_point};
}

bool is_drawable(std::uint32_t code_point) {
  const bool control = code_point < 0x20 || (code_point >= 0x7f && code_point < 0xa0);
  const bool separator = code_point == 0x2028 || code_point == 0x2029;
  const bool noncharacter =
      (code_point & 0xfffeU) == 0xfffe || (code_point >= 0xfdd0 && code_point <= 0xfdef);
  return !control && !separator && !noncharacter;
}

// Bytes from the start of `text` that fit into `width` pixels, at least one character.
std::size_t fitting(std::string_view text, double font_size, double width) {
  std::size_t end = decode(text).length;
  while (end < text.size()) {
    const std::size_t next = end + decode(text.substr(end)).length;
    if (text_width(text.substr(0, next), font_size) > width) break;
    end = next;
  }
  return end;
}

std::string title_of(const Axis& axis) {
  return one_line(axis.title, 1, 24);  // em
}

std::string unit_of(const Axis& axis) {
  return one_line(axis.unit, 1, 8);
}

std::string first_lower(std::string text) {
  const auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
  // "Training" becomes "training", but "FLOPs" and "CO2eq" stay.
  if (text.size() >= 2 && is_lower(text[1]) && text[0] >= 'A' && text[0] <= 'Z') {
    text[0] = static_cast<char>(text[0] - 'A' + 'a');
  }
  return text;
}

std::string count_text(std::size_t count) {
  return with_thousands(static_cast<std::int64_t>(count));
}

std::string share_text(std::size_t part, std::size_t whole, std::string_view word) {
  const double percent = 100 * static_cast<double>(part) / static_cast<double>(whole);
  if (part == 0) return {};
  if (percent < 1) return fmt::format("<1 % {}", word);
  if (part < whole && percent > 99) return fmt::format(">99 % {}", word);
  return fmt::format("{:.0f} % {}", percent, word);
}

std::string provenance_text(const Axis& axis) {
  if (!axis.provenance) return {};
  const ProvenanceCounts& counts = *axis.provenance;
  const std::size_t whole = counts.measured + counts.scaled + counts.predicted;
  if (whole == 0) return {};
  std::string shares;
  for (const std::string& share :
       {share_text(counts.measured, whole, "measured"), share_text(counts.scaled, whole, "scaled"),
        share_text(counts.predicted, whole, "predicted")}) {
    if (!shares.empty() && !share.empty()) shares += ", ";
    shares += share;
  }
  return fmt::format("{}: {}", title_of(axis), shares);
}

std::string volume_text(double volume) {
  return std::abs(volume) < 1e4 ? fmt::format("{:.6g}", volume) : readable(volume);
}

std::string summary_text(const FrontFigure& figure) {
  std::string text = fmt::format("{} of {} solutions on the Pareto front",
                                 count_text(figure.front.size()), count_text(figure.points.size()));
  if (!figure.hypervolume) return text;
  const auto& [value, reference] = *figure.hypervolume;
  return text + fmt::format("; hypervolume {}, reference point ({}, {})", volume_text(value),
                            readable(reference[0], figure.x_axis),
                            readable(reference[1], figure.y_axis));
}

}  // namespace

std::string clean(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const auto [length, code_point] = decode(text);
    if (length == 0) {
      result += kReplacement;
      text.remove_prefix(1);
      continue;
    }
    if (is_drawable(code_point)) {
      result += text.substr(0, length);
    } else {
      result += ' ';
    }
    text.remove_prefix(length);
  }
  return result;
}

double text_width(std::string_view text, double font_size) {
  // Advance widths of DejaVu Sans in em, by class; render.mjs has the same.
  const auto among = [](std::string_view characters, char c) {
    return characters.find(c) != std::string_view::npos;
  };
  double width = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xc0U) == 0x80) continue;  // counted with its first byte
    if (among(" ijlI.,:;'|!()[]ft/-", c)) {
      width += 0.35;
    } else if (among("crskvxyzLTJ", c)) {
      width += 0.57;
    } else if (byte >= 0xe3 || among("mwMW@%", c)) {
      width += 1.0;
    } else {
      width += 0.64;
    }
  }
  return width * font_size;
}

std::vector<std::string> wrapped(std::string_view text, double font_size, double width,
                                 std::size_t max_lines) {
  const std::string cleaned = clean(text);
  std::vector<std::string> lines;
  std::string_view rest = trimmed(cleaned);
  while (!rest.empty()) {
    if (lines.size() == max_lines) {
      lines.back() += "…";
      break;
    }
    std::size_t end = fitting(rest, font_size, width);
    if (end < rest.size() && rest[end] != ' ') {
      const std::size_t space = rest.substr(0, end).rfind(' ');
      if (space != std::string_view::npos) end = space;
    }
    lines.emplace_back(trimmed(rest.substr(0, end)));
    rest = trimmed(rest.substr(end));
  }
  return lines;
}

std::string one_line(std::string_view text, double font_size, double width) {
  const std::vector<std::string> lines = wrapped(text, font_size, width, 1);
  return lines.empty() ? std::string() : lines.front();
}

std::string readable(double value) {
  constexpr double kThousand = 999.5;  // what three digits would write as 1e+03
  if (std::abs(value) >= kThousand && std::abs(value) < 1e15) {
    return with_thousands(std::llround(value));
  }
  return fmt::format("{:.3g}", value);
}

std::string readable(double value, const Axis& axis) {
  const std::string unit = unit_of(axis);
  return unit.empty() ? readable(value) : fmt::format("{} {}", readable(value), unit);
}

std::string axis_title(const Axis& axis) {
  const std::string unit = unit_of(axis);
  return unit.empty() ? title_of(axis) : fmt::format("{} ({})", title_of(axis), unit);
}

std::string extremum_title(const Axis& axis) {
  return "Least " + first_lower(title_of(axis));
}

std::vector<std::string> subtitle_lines(const FrontFigure& figure) {
  std::string provenance = provenance_text(figure.x_axis);
  if (const std::string other = provenance_text(figure.y_axis); !other.empty()) {
    provenance += (provenance.empty() ? "" : "; ") + other;
  }
  std::vector<std::string> lines;
  for (const std::string& line : {figure.subtitle, summary_text(figure), provenance}) {
    if (!line.empty()) lines.push_back(line);
  }
  return lines;
}

}  // namespace ecnas::report
