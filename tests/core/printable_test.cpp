#include "ecnas/core/printable.hpp"

#include <gtest/gtest.h>

namespace ecnas {
namespace {

TEST(Printable, LeavesPrintableAsciiAsItIs) {
  std::string text;
  for (char character = ' '; character <= '~'; ++character)
    text += character;
  EXPECT_EQ(printable(text), text);
  EXPECT_EQ(printable(""), "");
}

TEST(Printable, EveryOtherByteIsAQuestionMark) {
  for (int byte = 0; byte < 256; ++byte) {
    if (byte >= ' ' && byte <= '~') continue;
    EXPECT_EQ(printable(std::string(1, static_cast<char>(byte))), "?") << byte;
  }
}

}  // namespace
}  // namespace ecnas
