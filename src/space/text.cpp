#include <fmt/format.h>

#include <string>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/space/cell.hpp"

namespace ecnas::space {
namespace {

constexpr std::string_view kRemedy =
    "write ADJACENCY:OPS, as in 0110001000010000:conv3x3,maxpool3x3";

[[noreturn]] void fail_text(std::string_view text, std::string_view what) {
  fail(ErrorCode::invalid_argument, "cell {}: {}; {}", quoted(text), what, kRemedy);
}

std::vector<std::uint8_t> parse_digits(std::string_view text, std::string_view digits) {
  std::vector<std::uint8_t> entries;
  entries.reserve(digits.size());
  for (const char digit : digits) {
    if (digit != '0' && digit != '1') {
      fail_text(text, fmt::format("{} in the adjacency, expected the digits 0 and 1",
                                  quoted(std::string_view(&digit, 1))));
    }
    entries.push_back(digit == '1' ? 1 : 0);
  }
  return entries;
}

std::size_t vertices_of_square(std::string_view text, std::size_t digits) {
  std::size_t vertices = 2;
  while (vertices * vertices < digits)
    ++vertices;
  if (vertices * vertices != digits) {
    fail_text(text, fmt::format("{} digits of adjacency, expected V×V for V vertices (4, 9, 16, …)",
                                digits));
  }
  return vertices;
}

/// One label a vertex: `input` and `output` are added where the text leaves them out.
std::vector<std::string_view> parse_labels(std::string_view text, std::string_view list,
                                           std::size_t vertices) {
  std::vector<std::string_view> labels;
  if (!trimmed(list).empty()) {
    const char separator = list.find(';') != std::string_view::npos ? ';' : ',';
    for (const std::string_view part : split(list, separator))
      labels.push_back(trimmed(part));
  }
  if (labels.size() + 2 == vertices) {
    labels.insert(labels.begin(), "input");
    labels.push_back("output");
  }
  if (labels.size() != vertices) {
    fail_text(text, fmt::format("{} operations for {} vertices, expected {} (or {} with input and "
                                "output)",
                                labels.size(), vertices, vertices - 2, vertices));
  }
  return labels;
}

}  // namespace

std::string adjacency_digits(const Cell& cell) {
  std::string digits;
  digits.reserve(cell.vertices() * cell.vertices());
  for (unsigned source = 0; source < cell.vertices(); ++source) {
    for (unsigned target = 0; target < cell.vertices(); ++target)
      digits += source < target && cell.has_edge(source, target) ? '1' : '0';
  }
  return digits;
}

std::string to_text(const Cell& cell) {
  std::string text = adjacency_digits(cell) + ":";
  for (unsigned v = 1; v + 1 < cell.vertices(); ++v) {
    if (v > 1) text += ',';
    text += short_name(cell.operation(v));
  }
  return text;
}

Cell parse_cell(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) fail_text(text, "no ':' between adjacency and operations");
  const std::string_view digits = trimmed(text.substr(0, colon));
  const std::size_t vertices = vertices_of_square(text, digits.size());
  const std::vector<std::string_view> labels = parse_labels(text, text.substr(colon + 1), vertices);
  const auto cell = Cell::from(parse_digits(text, digits), labels);
  if (!cell) fail_text(text, fmt::format("not a valid cell: {}", describe(cell.reason())));
  return *cell;
}

std::uint32_t to_row_major(const Specification& specification) {
  std::uint32_t bits = 0;
  unsigned place = 0;
  for (unsigned source = 0; source < specification.vertices; ++source) {
    for (unsigned target = source + 1; target < specification.vertices; ++target, ++place)
      bits |= static_cast<std::uint32_t>(specification.has_edge(source, target)) << place;
  }
  return bits;
}

std::uint32_t from_row_major(std::uint32_t bits, unsigned vertices) {
  std::uint32_t adjacency = 0;
  for (unsigned source = 0; source < vertices; ++source) {
    for (unsigned target = source + 1; target < vertices; ++target, bits >>= 1)
      adjacency |= (bits & 1U) << Specification::edge_bit(source, target);
  }
  return adjacency;
}

}  // namespace ecnas::space
