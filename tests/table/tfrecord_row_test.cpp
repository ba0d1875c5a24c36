// The JSON row and its base64 against slow, obvious readers.

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "ecnas/core/random.hpp"
#include "table/tfrecord/base64.hpp"
#include "table/tfrecord/row.hpp"

namespace ecnas::table::tfrecord {
namespace {

using nlohmann::json;

constexpr int kRounds = 200'000;

// Base64 ------------------------------------------------------------------------------------------

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Bit by bit, over all of the text's characters but blanks; absent where it is no base64.
std::optional<std::string> decode_slowly(std::string_view text) {
  std::string digits;
  std::ranges::copy_if(text, std::back_inserter(digits), [](char character) {
    return std::string_view(" \t\r\n").find(character) == std::string_view::npos;
  });
  if (digits.size() % 4 != 0) return std::nullopt;
  const std::size_t end = digits.find_last_not_of('=') + 1;
  if (digits.size() - end > 2) return std::nullopt;
  std::string bytes;
  std::uint32_t value = 0;
  unsigned bits = 0;
  for (const char digit : digits.substr(0, end)) {
    const std::size_t six = kAlphabet.find(digit);
    if (six == std::string_view::npos) return std::nullopt;
    value = value << 6 | static_cast<std::uint32_t>(six);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes += static_cast<char>(value >> bits);
  }
  return bytes;
}

std::optional<std::string> decode(std::string_view text) {
  std::vector<std::byte> bytes;
  if (!decode_base64(text, bytes).empty()) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

RC_GTEST_PROP(Base64, WhatIsEncodedIsDecoded, (const std::string& bytes)) {
  RC_ASSERT(decode(encode_base64(bytes)) == bytes);
}

RC_GTEST_PROP(Base64, LinesHave76CharactersAndEachEnds, (const std::vector<std::uint8_t>& bytes)) {
  std::string text = encode_base64({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  const std::size_t characters = (bytes.size() + 2) / 3 * 4;
  RC_ASSERT(text.size() == characters + (characters + 75) / 76);
  for (std::size_t at = 76; at < text.size(); at += 77)
    RC_ASSERT(text[at] == '\n');
  RC_ASSERT(text.empty() || text.back() == '\n');
}

TEST(Base64, TheExamplesOfRfc4648AreWrittenAndRead) {
  const std::pair<const char*, const char*> examples[] = {
      {"f", "Zg=="},        {"fo", "Zm8="},        {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
  EXPECT_EQ(encode_base64(""), "");
  for (const auto& [bytes, text] : examples) {
    EXPECT_EQ(encode_base64(bytes), std::string(text) + "\n");
    EXPECT_EQ(decode(text), bytes);
  }
}

std::string any_base64(Rng& rng) {
  std::string bytes(rng.below(120), '\0');
  for (char& byte : bytes)
    byte = static_cast<char>(rng.next());
  return encode_base64(bytes);
}

std::string mutated(std::string text, std::string_view alphabet, Rng& rng) {
  for (std::uint64_t changes = rng.below(4); changes > 0 && !text.empty(); --changes) {
    const std::size_t at = rng.below(text.size());
    const char character = alphabet[rng.below(alphabet.size())];
    switch (rng.below(4)) {
      case 0:
        text[at] = character;
        break;
      case 1:
        text.insert(at, 1 + rng.below(4), character);
        break;
      case 2:
        text.erase(at, 1 + rng.below(4));
        break;
      default:
        text.insert(rng.chance(0.5) ? text.size() : at, text.substr(at, rng.below(8)));
    }
  }
  return text;
}

TEST(Base64, MutatedTextIsDecodedAsTheSlowDecoderDoes) {
  Rng rng(1);
  int taken = 0;
  for (int round = 0; round < kRounds; ++round) {
    const std::string text = mutated(any_base64(rng), "AZaz09+/== \n\r\t-_.*\x80", rng);
    const auto slow = decode_slowly(text);
    ASSERT_EQ(decode(text), slow) << "round " << round << ": " << text;
    if (slow) ++taken;
  }
  EXPECT_GT(taken, kRounds / 10);
  EXPECT_LT(taken, kRounds * 9 / 10);
}

TEST(Base64, BadPaddingIsRefused) {
  for (const char* text : {"Z", "Zg", "Zg=", "Z===", "====", "=",
                           "Zg==Zg==", "Zg==\nZg==", "Z=g=", "Zm9v=", "Zg===", "Zm8=="})
    EXPECT_EQ(decode(text), std::nullopt) << text;
}

TEST(Base64, BytesAreAppended) {
  std::vector<std::byte> bytes = {std::byte{7}};
  EXPECT_EQ(decode_base64("Zm9v", bytes), "");
  EXPECT_EQ(bytes.size(), 4U);
  EXPECT_EQ(bytes.front(), std::byte{7});
}

// JSON --------------------------------------------------------------------------------------------

/// A row whose texts are its own.
struct Row {
  std::string hash;
  std::int64_t epochs;
  std::string adjacency;
  std::string operations;
  std::string message;
  friend bool operator==(const Row&, const Row&) = default;
  friend void PrintTo(const Row& row, std::ostream* out) {
    *out << json{row.hash, row.epochs, row.adjacency, row.operations, row.message}.dump(
        -1, ' ', true, json::error_handler_t::replace);
  }
};

std::optional<Row> read(std::string_view payload) {
  JsonRowParser parser;
  JsonRow row;
  if (!parser.parse(payload, row).empty()) return std::nullopt;
  return Row{std::string(row.hash), row.epochs, std::string(row.adjacency),
             std::string(row.operations), std::string(row.message)};
}

/// Through a tree; absent unless it is an array of text, integer and three texts.
std::optional<Row> read_by_tree(std::string_view payload) {
  const json tree = json::parse(payload, nullptr, false);
  if (!tree.is_array() || tree.size() != 5) return std::nullopt;
  for (const std::size_t place : {0U, 2U, 3U, 4U}) {
    if (!tree[place].is_string()) return std::nullopt;
  }
  const json& epochs = tree[1];
  if (!epochs.is_number_integer()) return std::nullopt;
  if (epochs.is_number_unsigned() && epochs.get<std::uint64_t>() >> 63U != 0) return std::nullopt;
  return Row{tree[0], epochs, tree[2], tree[3], tree[4]};
}

std::string random_text(Rng& rng) {
  constexpr std::string_view kCharacters = "01abc,-\"\\/\b\f\n\r\t\x01\x1f\x7f";
  std::string text;
  for (std::uint64_t size = rng.below(20); size > 0; --size)
    text += kCharacters[rng.below(kCharacters.size())];
  return text + (rng.chance(0.1) ? "é€" : "");
}

json random_row(Rng& rng) {
  const auto epochs = static_cast<std::int64_t>(rng.next()) >> rng.below(64);
  return {random_text(rng), epochs, random_text(rng), random_text(rng), random_text(rng)};
}

TEST(Row, EveryArrayOfItsShapeIsReadAsThroughATree) {
  Rng rng(2);
  for (int round = 0; round < kRounds; ++round) {
    const std::string payload =
        random_row(rng).dump(rng.chance(0.3) ? 1 : -1, ' ', rng.chance(0.5));
    const auto row = read_by_tree(payload);
    ASSERT_TRUE(row);
    ASSERT_EQ(read(payload), row) << payload;
  }
}

/// Where the two differ on purpose: a surrogate's escape is kept as three bytes of its own, alone
/// or in a pair.
bool holds_surrogate(std::string_view payload) {
  for (std::size_t at = 0; at + 3 < payload.size(); ++at) {
    if (payload.substr(at, 2) != "\\u" || (payload[at + 2] | 0x20) != 'd') continue;
    if (payload[at + 3] >= '8') return true;  // letters too
  }
  return false;
}

TEST(Row, MutatedTextIsTakenExactlyWhereTheTreeTakesIt) {
  constexpr std::string_view kCharacters =
      "[[]],,\"\"\"\\\\{}:0123456789-+.eEunrtbf/aAdD \t\n\r\x01\x0b\x7f";
  Rng rng(3);
  int taken = 0;
  for (int round = 0; round < kRounds; ++round) {
    const std::string payload = mutated(random_row(rng).dump(-1, ' ', true), kCharacters, rng);
    if (holds_surrogate(payload)) continue;
    const auto row = read_by_tree(payload);
    ASSERT_EQ(read(payload).has_value(), row.has_value()) << "round " << round << ": " << payload;
    if (!row) continue;
    ASSERT_EQ(read(payload), row) << "round " << round << ": " << payload;
    ++taken;
  }
  EXPECT_GT(taken, kRounds / 10);
  EXPECT_LT(taken, kRounds * 9 / 10);
}

TEST(Row, NumbersOfEpochsAreJsonsIntegers) {
  const auto with = [](const std::string& epochs) {
    return "[\"a\", " + epochs + ", \"b\", \"c\", \"d\"]";
  };
  for (const char* epochs : {"0", "-0", "4", "-4", "9223372036854775807", "-9223372036854775808"}) {
    EXPECT_EQ(read(with(epochs)), read_by_tree(with(epochs))) << epochs;
    EXPECT_TRUE(read(with(epochs))) << epochs;
  }
  for (const char* epochs : {"04", "-04", "00", "+4", "4.0", "4e0", "9223372036854775808", "", "-",
                             "null", "true", "\"4\"", "NaN", "0x4", "4 4"}) {
    EXPECT_FALSE(read(with(epochs))) << epochs;
    EXPECT_FALSE(read_by_tree(with(epochs))) << epochs;
  }
}

TEST(Row, CutAnywhereIsRefused) {
  const std::string payload = R"( [ "a\n", 4, "\u00e9", "c", "d" ])";
  ASSERT_TRUE(read(payload));
  for (std::size_t size = 0; size < payload.size(); ++size)
    EXPECT_FALSE(read(payload.substr(0, size))) << size;
  EXPECT_FALSE(read(payload + "x"));
  EXPECT_TRUE(read(payload + " \n"));
}

TEST(Row, ManyBracketsAreRefusedAtOnce) {
  EXPECT_FALSE(read(std::string(10'000'000, '[')));
}

// What we take and a strict reader does not, or reads otherwise: nothing of it is in a row that
// anybody would keep, and what is wrong with it is found where the text is used.
TEST(Row, TextIsHandedOnWithoutJudgingItsEncoding) {
  const std::string invalid = "[\"\xff\", 4, \"b\", \"c\", \"d\"]";
  EXPECT_FALSE(read_by_tree(invalid));
  EXPECT_EQ(read(invalid)->hash, "\xff");
  const std::string surrogates = R"(["\ud83d\ude00", 4, "\ud83d", "c", "d"])";
  EXPECT_FALSE(read_by_tree(surrogates));
  EXPECT_EQ(read(surrogates)->adjacency, "\xed\xa0\xbd");
  EXPECT_EQ(read(surrogates)->hash, "\xed\xa0\xbd\xed\xb8\x80");
}

// And what a tree takes though it is no JSON.
TEST(Row, AByteOrderMarkAndATrailingZeroAreRefused) {
  const std::string payload = R"(["a", 4, "b", "c", "d"])";
  for (const std::string& odd : {"\xef\xbb\xbf" + payload, payload + std::string(1, '\0')}) {
    EXPECT_TRUE(read_by_tree(odd));
    EXPECT_FALSE(read(odd));
  }
}

TEST(Row, WhatIsWrittenIsJsonOfTheSameValues) {
  const JsonRow row{"0f", 108, "0100", "input,output", "QUJD\nREVG\n"};
  const std::string payload = encode_row(row);
  EXPECT_EQ(json::parse(payload), (json{"0f", 108, "0100", "input,output", "QUJD\nREVG\n"}));
  EXPECT_EQ(payload, R"(["0f", 108, "0100", "input,output", "QUJD\nREVG\n"])");
}

}  // namespace
}  // namespace ecnas::table::tfrecord
