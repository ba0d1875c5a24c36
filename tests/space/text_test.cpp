// Cells, adjacencies and operations as text, and the two orders of adjacency bits.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "ecnas/core/error.hpp"
#include "ecnas/space/cell.hpp"
#include "ecnas/space/space.hpp"

namespace ecnas::space {
namespace {

/// The message that parsing `text` fails with.
std::string message_of(const std::string& text) {
  try {
    static_cast<void>(parse_cell(text));
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
    return error.what();
  }
  ADD_FAILURE() << "'" << text << "' was read as a cell";
  return {};
}

TEST(CellText, EveryCellReadsBackFromItsText) {
  for (const Cell& cell : Space::shared(6).cells())
    ASSERT_EQ(parse_cell(to_text(cell)), cell);
}

TEST(CellText, IsRowMajorDigitsAndShortNames) {
  EXPECT_EQ(to_text(Cell::trivial()), "0100:");
  const Cell cell = parse_cell("0110001000010000:conv3x3,maxpool3x3");
  EXPECT_EQ(to_text(cell), "0110001000010000:conv3x3,maxpool3x3");
  EXPECT_EQ(adjacency_digits(cell), "0110001000010000");
  EXPECT_TRUE(cell.has_edge(0, 1) && cell.has_edge(0, 2) && cell.has_edge(1, 2) &&
              cell.has_edge(2, 3));
  EXPECT_EQ(cell.edges(), 4U);
  EXPECT_EQ(cell.operation(1), Operation::conv3x3);
  EXPECT_EQ(cell.operation(2), Operation::maxpool3x3);
}

TEST(CellText, TakesEveryPublishedSpelling) {
  const Cell cell = parse_cell("010001000:conv1x1");
  EXPECT_EQ(parse_cell("010001000:conv1x1-bn-relu"), cell);
  EXPECT_EQ(parse_cell("010001000:input;conv1x1-bn-relu;output"), cell);
  EXPECT_EQ(parse_cell("010001000:input,conv1x1,output"), cell);
  EXPECT_EQ(parse_cell(" 010001000 : conv1x1 "), cell);
  EXPECT_EQ(parse_cell("0100:input;output"), Cell::trivial());
  EXPECT_EQ(parse_cell("0100:"), Cell::trivial());
}

TEST(CellText, IsPruned) {
  // Vertex 1 dangles.
  EXPECT_EQ(parse_cell("0110000000010000:conv3x3,maxpool3x3"), parse_cell("010001000:maxpool3x3"));
}

TEST(CellText, FaultsAreNamed) {
  EXPECT_NE(message_of("").find("no ':'"), std::string::npos);
  EXPECT_NE(message_of("0100").find("no ':'"), std::string::npos);
  EXPECT_NE(message_of(":").find("0 digits"), std::string::npos);
  EXPECT_NE(message_of("1:").find("1 digits"), std::string::npos);
  EXPECT_NE(message_of("01000:").find("5 digits"), std::string::npos);
  EXPECT_NE(message_of("0120:").find("'2'"), std::string::npos);
  EXPECT_NE(message_of("010001000:").find("0 operations for 3 vertices"), std::string::npos);
  EXPECT_NE(message_of("0100:conv3x3").find("1 operations for 2 vertices"), std::string::npos);
  EXPECT_NE(message_of("010001000:conv5x5").find("an operation must be"), std::string::npos);
  EXPECT_NE(message_of("010001000:conv3x3,;").find("expected 1"), std::string::npos);
  EXPECT_NE(message_of("0000:").find("connect input to output"), std::string::npos);
  EXPECT_NE(message_of("0110:").find("above the diagonal"), std::string::npos);
  EXPECT_NE(message_of("010001000:output").find("first label must be 'input'"), std::string::npos);
}

TEST(CellText, MessagesStayShortAndPrintable) {
  const std::string message = message_of(std::string(100'000, '\n') + ":");
  EXPECT_LT(message.size(), 600U);
  EXPECT_EQ(message.find('\n'), std::string::npos);
}

TEST(RowMajor, ListsPairsRowByRow) {
  Specification specification{.vertices = 4};
  unsigned place = 0;
  for (unsigned source = 0; source < 4; ++source) {
    for (unsigned target = source + 1; target < 4; ++target, ++place) {
      specification.adjacency = 0;
      specification.flip_edge(source, target);
      EXPECT_EQ(to_row_major(specification), 1U << place);
    }
  }
}

TEST(RowMajor, RoundTripsForEveryGraph) {
  for (unsigned vertices = 2; vertices <= 7; ++vertices) {
    const std::uint32_t step = vertices == 7 ? 13 : 1;
    for (std::uint32_t bits = 0; bits < 1U << (vertices * (vertices - 1) / 2); bits += step) {
      const Specification specification{.vertices = static_cast<std::uint8_t>(vertices),
                                        .adjacency = bits};
      ASSERT_EQ(from_row_major(to_row_major(specification), vertices), bits);
    }
  }
}

}  // namespace
}  // namespace ecnas::space
