#include "ecnas/space/dot.hpp"

#include <gtest/gtest.h>

namespace ecnas::space {
namespace {

TEST(Dot, DrawsVerticesWithTheirOperationsAndEveryEdge) {
  EXPECT_EQ(to_dot(parse_cell("0111001000010000:conv3x3,maxpool3x3")),
            R"(digraph cell {
  rankdir=TB;
  node [shape=box, style="rounded,filled", fontname="sans-serif"];
  0 [label="input", fillcolor="#ffffff"];
  1 [label="conv3x3", fillcolor="#56b4e9"];
  2 [label="maxpool3x3", fillcolor="#cc79a7"];
  3 [label="output", fillcolor="#ffffff"];
  0 -> 1;
  0 -> 2;
  0 -> 3;
  1 -> 2;
  2 -> 3;
}
)");
}

TEST(Dot, OperationsHaveDifferentColours) {
  const auto without_label = [](std::string_view operation) {
    std::string text = to_dot(parse_cell("010001000:" + std::string(operation)));
    return text.replace(text.find(operation), operation.size(), "");
  };
  EXPECT_NE(without_label("conv3x3"), without_label("conv1x1"));
  EXPECT_NE(without_label("conv1x1"), without_label("maxpool3x3"));
  EXPECT_NE(without_label("maxpool3x3"), without_label("conv3x3"));
}

}  // namespace
}  // namespace ecnas::space
