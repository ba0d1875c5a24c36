#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ecnas::table::tfrecord {

/// A record's payload: the JSON array `[hash, epochs, adjacency, operations, message]`. Texts point
/// into the payload or, where they are escaped in it, into the parser's memory.
struct JsonRow {
  std::string_view hash;  ///< 32 hexadecimal digits
  std::int64_t epochs = 0;
  std::string_view adjacency;   ///< V×V digits, row-major
  std::string_view operations;  ///< labels joined by ","
  std::string_view message;     ///< base64
};

/// Reads payloads without building a tree: five values in their order, texts and one integer.
class JsonRowParser {
 public:
  /// @param row  overwritten; valid until the next call
  /// @return what is wrong; empty: nothing
  [[nodiscard]] std::string_view parse(std::string_view payload, JsonRow& row);

  /// How far into the payload the last call came: where it is wrong.
  [[nodiscard]] std::size_t position() const { return static_cast<std::size_t>(at_ - begin_); }

 private:
  void skip_blanks();
  [[nodiscard]] bool take(char character);
  [[nodiscard]] std::string_view take_text(std::string_view& text);
  [[nodiscard]] std::string_view take_escaped_text(const char* plain, std::string_view& text);
  [[nodiscard]] std::string_view take_escape();
  [[nodiscard]] std::string_view take_code_point();
  [[nodiscard]] std::string_view take_integer(std::int64_t& number);

  const char* begin_ = nullptr;
  const char* at_ = nullptr;
  const char* end_ = nullptr;
  std::string unescaped_;  // all texts of a row that have escapes
};

/// The payload of a row, lines of the message's base64 included, as Python's `json.dumps` writes
/// it.
[[nodiscard]] std::string encode_row(const JsonRow& row);

}  // namespace ecnas::table::tfrecord
