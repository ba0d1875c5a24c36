#include "table/tfrecord/base64.hpp"

#include <array>
#include <cstdint>

namespace ecnas::table::tfrecord {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint32_t kNoDigit = 0x80000000;
constexpr std::size_t kLineBytes = 57;  // 76 characters

/// Of each character, its six bits where the n-th of four characters has them.
using Digits = std::array<std::uint32_t, 256>;

constexpr Digits digits_at(unsigned shift) {
  Digits digits{};
  digits.fill(kNoDigit);
  for (std::size_t value = 0; value < kAlphabet.size(); ++value) {
    digits[static_cast<std::uint8_t>(kAlphabet[value])] = static_cast<std::uint32_t>(value)
                                                          << shift;
  }
  return digits;
}
constexpr std::array<Digits, 4> kDigits = {digits_at(18), digits_at(12), digits_at(6),
                                           digits_at(0)};

constexpr std::uint32_t digit(std::size_t place, char character) {
  return kDigits[place][static_cast<std::uint8_t>(character)];
}

constexpr bool is_blank(char character) {
  return character == '\n' || character == '\r' || character == ' ' || character == '\t';
}

std::byte byte_of(std::uint32_t group, unsigned shift) {
  return static_cast<std::byte>(group >> shift & 0xFFU);
}

/// Decodes groups of four characters up to the first that is none.
std::size_t decode_groups(std::string_view text, std::byte*& to) {
  std::size_t at = 0;
  for (; at + 4 <= text.size(); at += 4) {
    const std::uint32_t group = digit(0, text[at]) | digit(1, text[at + 1]) |
                                digit(2, text[at + 2]) | digit(3, text[at + 3]);
    if ((group & kNoDigit) != 0) break;
    *to++ = byte_of(group, 16);
    *to++ = byte_of(group, 8);
    *to++ = byte_of(group, 0);
  }
  return at;
}

/// Four characters, blanks between them passed over; fewer at the end of the text.
struct Group {
  std::array<char, 4> characters{};
  std::size_t count = 0;
};

Group take_group(std::string_view text, std::size_t& at) {
  Group group;
  for (; at < text.size() && group.count < group.characters.size(); ++at) {
    if (!is_blank(text[at])) group.characters[group.count++] = text[at];
  }
  return group;
}

/// Of a group: how many characters are before its padding.
std::size_t digits_in(const Group& group) {
  std::size_t count = 0;
  while (count < group.count && group.characters[count] != '=')
    ++count;
  return count;
}

}  // namespace

std::string_view decode_base64(std::string_view text, std::vector<std::byte>& bytes) {
  const std::size_t before = bytes.size();
  bytes.resize(before + text.size() / 4 * 3 + 3);
  std::byte* to = bytes.data() + before;
  std::size_t at = 0;
  bool ended = false;
  while (at < text.size()) {
    if (!ended) at += decode_groups(text.substr(at), to);
    const Group group = take_group(text, at);
    if (group.count == 0) break;
    if (ended) return "base64 goes on after its padding";
    if (group.count < 4) return "base64 ends within a group of four characters";
    const std::size_t digits = digits_in(group);
    std::uint32_t value = 0;
    for (std::size_t place = 0; place < digits; ++place)
      value |= digit(place, group.characters[place]);
    if ((value & kNoDigit) != 0) return "a character is none of base64";
    for (std::size_t place = digits; place < 4; ++place) {
      if (group.characters[place] != '=') return "padding of base64 is not at its end";
    }
    if (digits < 2) return "base64 has more than two characters of padding";
    ended = digits < 4;
    for (std::size_t byte = 0; byte + 1 < digits; ++byte)
      *to++ = byte_of(value, static_cast<unsigned>(16 - 8 * byte));
  }
  bytes.resize(static_cast<std::size_t>(to - bytes.data()));
  return {};
}

std::string encode_base64(std::string_view bytes) {
  std::string text;
  for (std::size_t line = 0; line < bytes.size(); line += kLineBytes) {
    const std::string_view part = bytes.substr(line, kLineBytes);
    for (std::size_t at = 0; at < part.size(); at += 3) {
      const std::string_view three = part.substr(at, 3);
      std::uint32_t group = 0;
      for (std::size_t i = 0; i < three.size(); ++i)
        group |= static_cast<std::uint32_t>(static_cast<std::uint8_t>(three[i])) << (16 - 8 * i);
      for (std::size_t place = 0; place < 4; ++place) {
        text += place <= three.size() ? kAlphabet[group >> (18 - 6 * place) & 63U] : '=';
      }
    }
    text += '\n';
  }
  return text;
}

}  // namespace ecnas::table::tfrecord
