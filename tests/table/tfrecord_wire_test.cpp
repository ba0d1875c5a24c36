// Limits of the reader of protobuf's fields.

#include <gtest/gtest.h>

#include <span>
#include <string>

#include "table/tfrecord/wire.hpp"

namespace ecnas::table::tfrecord {
namespace {

/// What is wrong with a message, read to its end.
std::string fault_of(const std::string& bytes) {
  WireReader reader(std::as_bytes(std::span(bytes)));
  while (reader.next()) {
  }
  return std::string(reader.fault());
}

TEST(Wire, AVarintOfElevenBytesIsRefusedAndOneOfTenIsNot) {
  const std::string tag = "\x10";
  EXPECT_EQ(fault_of(tag + std::string(9, '\xff') + '\x01'), "");
  EXPECT_NE(fault_of(tag + std::string(10, '\xff') + '\x01'), "");
  EXPECT_NE(fault_of(tag + std::string(9, '\xff')), "");
}

TEST(Wire, LengthsNearTheLargestNumberAreRefused) {
  for (const std::string& length :
       {std::string(9, '\xff') + '\x01', std::string("\xff\xff\xff\xff\x7f"),
        std::string("\xff\xff\xff\xff\x07"), std::string("\x80\x80\x80\x80\x80\x01")}) {
    EXPECT_NE(fault_of('\x0a' + length), "") << length.size();
    EXPECT_NE(fault_of('\x0a' + length + std::string(100, '\0')), "") << length.size();
  }
}

TEST(Wire, AFieldOfNumberZeroIsRefused) {
  EXPECT_NE(fault_of(std::string("\0\0", 2)), "");
  EXPECT_NE(fault_of(std::string("\x80\x00\x00", 3)), "");
}

}  // namespace
}  // namespace ecnas::table::tfrecord
