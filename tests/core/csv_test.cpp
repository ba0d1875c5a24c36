#include "ecnas/core/csv.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "ecnas/core/random.hpp"
#include "support/expect_error.hpp"

namespace ecnas {
namespace {

using Records = std::vector<std::vector<std::string>>;

Records read(std::string_view text) {
  CsvReader reader(text, "f");
  Records records;
  while (reader.next())
    records.emplace_back(reader.fields().begin(), reader.fields().end());
  return records;
}

void expect_refusal(std::string_view text, const std::string& part) {
  testing::expect_error(ErrorCode::invalid_data, part, [&] { (void)read(text); });
}

TEST(Csv, RecordsAreLinesAndFieldsStandBetweenCommas) {
  EXPECT_EQ(read("a,b\nc,d\n"), (Records{{"a", "b"}, {"c", "d"}}));
  EXPECT_EQ(read("a,b\r\nc,d\r\n"), (Records{{"a", "b"}, {"c", "d"}}));
  EXPECT_EQ(read("a,b\nc,d"), (Records{{"a", "b"}, {"c", "d"}}));
  EXPECT_EQ(read(",\n,,\n"), (Records{{"", ""}, {"", "", ""}}));
  EXPECT_EQ(read("\xef\xbb\xbf"
                 "a\n"),
            (Records{{"a"}}));
  EXPECT_EQ(read(""), Records{});
  EXPECT_EQ(read("\n\r\n"), Records{});
  EXPECT_EQ(read("a\n\n"), (Records{{"a"}}));
  EXPECT_EQ(read("a\n\nb\n"), (Records{{"a"}, {""}, {"b"}}));
}

TEST(Csv, QuotesEncloseCommasNewlinesAndQuotes) {
  EXPECT_EQ(read("\"a,b\",\"c\"\"d\"\n"), (Records{{"a,b", "c\"d"}}));
  EXPECT_EQ(read("\"a\nb\",c\nd,e\n"), (Records{{"a\nb", "c"}, {"d", "e"}}));
  EXPECT_EQ(read("\"\",\"\"\"\"\n"), (Records{{"", "\""}}));
}

TEST(Csv, LinesAreCountedThroughQuotedNewlines) {
  CsvReader reader("\"a\nb\"\nc\n", "f");
  ASSERT_TRUE(reader.next());
  EXPECT_EQ(reader.line(), 1U);
  ASSERT_TRUE(reader.next());
  EXPECT_EQ(reader.line(), 3U);
  EXPECT_FALSE(reader.next());
}

TEST(Csv, WhatIsNoCsvIsRefusedWithItsLine) {
  expect_refusal("a\nb\"c\n", "f:2: a quote inside");
  expect_refusal("\"a\n", "f:1: a quote that is not closed");
  expect_refusal("a\n\"b\"c\n", "f:2: text after a closing quote");
  expect_refusal("a\rb\n", "f:1: a carriage return");
  expect_refusal(std::string_view("a\0b\n", 4), "f:1: ");
  expect_refusal(std::string_view("\"a\0b\"\n", 6), "f:1: ");
  expect_refusal(std::string(70'000, 'a'), "f:1: ");
  expect_refusal("\"" + std::string(70'000, 'a') + "\"", "f:1: ");
  expect_refusal("\"" + std::string(140'000, '"') + "\"", "f:1: ");
  expect_refusal(std::string(2'000, ','), "f:1: ");
}

TEST(Csv, RandomRecordsSurviveQuoting) {
  Rng rng(11);
  constexpr std::string_view kAlphabet = "ab,\"\n\r; ";
  for (int round = 0; round < 300; ++round) {
    Records records(1 + rng.below(4));
    std::string text;
    for (auto& record : records) {
      record.resize(2 + rng.below(3));
      for (std::size_t i = 0; i < record.size(); ++i) {
        for (std::size_t n = rng.below(6); n > 0; --n)
          record[i] += kAlphabet[rng.below(kAlphabet.size())];
        std::string quoted = "\"";
        for (const char c : record[i])
          quoted += c == '"' ? "\"\"" : std::string(1, c);
        text += (i == 0 ? "" : ",") + quoted + "\"";
      }
      text += rng.chance(0.5) ? "\n" : "\r\n";
    }
    EXPECT_EQ(read(text), records) << text;
  }
}

}  // namespace
}  // namespace ecnas
