#include "table/tfrecord/row.hpp"

#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <cstring>

namespace ecnas::table::tfrecord {
namespace {

constexpr std::string_view kExpectedText = "expected a text in quotes";

bool is_blank(char character) {
  return character == ' ' || character == '\n' || character == '\r' || character == '\t';
}

/// The first character from `at` on that ends a run of plain text: a quote, a backslash, a control
/// character. Eight at a time: a byte less than, or equal to, another borrows into its top bit.
const char* skip_plain(const char* at, const char* end) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kTops = 0x8080808080808080;
  const auto below = [](std::uint64_t word, std::uint64_t limit) {
    return (word - kOnes * limit) & ~word & kTops;
  };
  for (; static_cast<std::size_t>(end - at) >= sizeof(std::uint64_t); at += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof(word));
    const std::uint64_t special =
        below(word, 0x20) | below(word ^ (kOnes * '"'), 1) | below(word ^ (kOnes * '\\'), 1);
    if (special != 0) return at + std::countr_zero(special) / 8;
  }
  while (at != end && *at != '"' && *at != '\\' && static_cast<unsigned char>(*at) >= 0x20)
    ++at;
  return at;
}

void append_utf8(std::string& text, std::uint32_t code_point) {
  const auto append = [&](std::uint32_t byte) { text += static_cast<char>(byte); };
  if (code_point < 0x80) {
    append(code_point);
  } else if (code_point < 0x800) {
    append(0xC0 | code_point >> 6);
    append(0x80 | (code_point & 0x3F));
  } else {
    append(0xE0 | code_point >> 12);
    append(0x80 | (code_point >> 6 & 0x3F));
    append(0x80 | (code_point & 0x3F));
  }
}

}  // namespace

void JsonRowParser::skip_blanks() {
  while (at_ != end_ && is_blank(*at_))
    ++at_;
}

bool JsonRowParser::take(char character) {
  skip_blanks();
  if (at_ == end_ || *at_ != character) return false;
  ++at_;
  return true;
}

std::string_view JsonRowParser::take_text(std::string_view& text) {
  if (!take('"')) return kExpectedText;
  const char* const start = at_;
  at_ = skip_plain(at_, end_);
  if (at_ != end_ && *at_ == '\\') return take_escaped_text(start, text);
  if (at_ == end_) return "a text has no end";
  if (*at_ != '"') return "a control character within a text";
  text = {start, static_cast<std::size_t>(at_ - start)};
  ++at_;
  return {};
}

std::string_view JsonRowParser::take_escaped_text(const char* plain, std::string_view& text) {
  const std::size_t start = unescaped_.size();
  while (true) {
    unescaped_.append(plain, at_);
    if (at_ == end_) return "a text has no end";
    if (*at_ == '"') break;
    if (*at_ != '\\') return "a control character within a text";
    ++at_;
    if (const std::string_view fault = take_escape(); !fault.empty()) return fault;
    plain = at_;
    at_ = skip_plain(at_, end_);
  }
  ++at_;
  text = std::string_view(unescaped_).substr(start);
  return {};
}

std::string_view JsonRowParser::take_escape() {
  if (at_ == end_) return "a text has no end";
  constexpr std::string_view kEscapes = "\"\\/bfnrt";
  constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
  const char escape = *at_++;
  if (escape == 'u') return take_code_point();
  const std::size_t which = kEscapes.find(escape);
  if (which == std::string_view::npos) return "an escape that JSON does not have";
  unescaped_ += kMeanings[which];
  return {};
}

std::string_view JsonRowParser::take_code_point() {
  constexpr std::size_t kDigits = 4;
  std::uint32_t code_point = 0;
  if (static_cast<std::size_t>(end_ - at_) < kDigits) return "a text has no end";
  const auto [stop, error] = std::from_chars(at_, at_ + kDigits, code_point, 16);
  if (error != std::errc{} || stop != at_ + kDigits) return "an escape without four digits";
  append_utf8(unescaped_, code_point);  // a surrogate stays one: nothing here has any
  at_ = stop;
  return {};
}

std::string_view JsonRowParser::take_integer(std::int64_t& number) {
  skip_blanks();
  const char* const digits = at_ != end_ && *at_ == '-' ? at_ + 1 : at_;
  const auto [stop, error] = std::from_chars(at_, end_, number);
  if (error != std::errc{} || (*digits == '0' && stop - digits > 1)) {
    return "expected an integer of epochs";
  }
  at_ = stop;
  return {};
}

std::string_view JsonRowParser::parse(std::string_view payload, JsonRow& row) {
  begin_ = at_ = payload.data();
  end_ = begin_ + payload.size();
  unescaped_.clear();
  unescaped_.reserve(payload.size());  // texts point into it: it must not move
  if (!take('[')) return "expected a JSON array";
  std::string_view fault = take_text(row.hash);
  const auto next = [&] {
    if (fault.empty() && !take(',')) fault = "expected ',' and the next of five values";
    return fault.empty();
  };
  if (next()) fault = take_integer(row.epochs);
  if (next()) fault = take_text(row.adjacency);
  if (next()) fault = take_text(row.operations);
  if (next()) fault = take_text(row.message);
  if (!fault.empty()) return fault;
  if (!take(']')) return "expected ']' after five values";
  skip_blanks();
  if (at_ != end_) return "something follows the array";
  return {};
}

std::string encode_row(const JsonRow& row) {
  std::string message;
  for (const char character : row.message) {
    if (character == '\n') {
      message += "\\n";
    } else {
      message += character;
    }
  }
  return fmt::format(R"(["{}", {}, "{}", "{}", "{}"])", row.hash, row.epochs, row.adjacency,
                     row.operations, message);
}

}  // namespace ecnas::table::tfrecord
