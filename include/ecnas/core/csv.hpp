#pragma once

#include <cstddef>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ecnas {

/// Reads comma-separated records as RFC 4180 has them: fields may stand in double quotes, in which
/// a double quote is written twice; lines end in LF or CRLF. Stricter than most: a stray quote, a
/// lone CR, a NUL or an overlong record is refused. Empty lines at the end are passed over.
class CsvReader {
 public:
  /// @param text  outlives the reader and its fields
  /// @param name  stands in messages for the file's
  CsvReader(std::string_view text, std::string_view name);

  /// Moves to the next record. @return false at the end
  /// @throws Error{invalid_data} with file and line
  bool next();

  /// Of the current record; valid until the next.
  [[nodiscard]] std::span<const std::string_view> fields() const { return fields_; }
  /// Where the current record begins, from 1.
  [[nodiscard]] std::size_t line() const { return line_; }

 private:
  [[noreturn]] void wrong(std::string_view fault) const;
  void read_plain();
  void read_quoted();
  bool at_line_end();

  std::string_view text_;  // what is left
  std::string name_;
  std::size_t next_line_ = 1;
  std::size_t line_ = 0;
  std::vector<std::string_view> fields_;
  std::deque<std::string> unquoted_;  // fields that differ from their text
};

}  // namespace ecnas
