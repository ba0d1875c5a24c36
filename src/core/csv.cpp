#include "ecnas/core/csv.hpp"

#include <algorithm>

#include "ecnas/core/error.hpp"

namespace ecnas {
namespace {

// A record of a table has a few dozen short fields; what is longer is no table.
constexpr std::size_t kMaxRecord = 1 << 16;
constexpr std::size_t kMaxFields = 1 << 10;

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

}  // namespace

CsvReader::CsvReader(std::string_view text, std::string_view name) : text_(text), name_(name) {
  if (text_.starts_with(kByteOrderMark)) text_.remove_prefix(kByteOrderMark.size());
}

void CsvReader::wrong(std::string_view fault) const {
  fail(ErrorCode::invalid_data, "{}:{}: {}; expected comma-separated values", name_, line_, fault);
}

bool CsvReader::next() {
  fields_.clear();
  unquoted_.clear();
  line_ = next_line_;
  if (text_.find_first_not_of("\r\n") == std::string_view::npos) return false;

  const std::size_t start = text_.size();
  for (;;) {
    if (text_.starts_with('"')) {
      read_quoted();
    } else {
      read_plain();
    }
    if (start - text_.size() > kMaxRecord || fields_.size() > kMaxFields) {
      wrong("a record longer than 64 KiB or 1,024 fields");
    }
    if (at_line_end()) return true;
    text_.remove_prefix(1);  // the comma
  }
}

void CsvReader::read_plain() {
  // Not beyond the limit, so that a long line without commas is not searched to its end.
  const std::string_view reachable = text_.substr(0, kMaxRecord + 1);
  const auto end =
      std::ranges::find_if(reachable, [](char c) { return c == ',' || c == '\n' || c == '\r'; });
  const std::string_view field(reachable.begin(), end);
  if (field.size() > kMaxRecord) wrong("a record longer than 64 KiB or 1,024 fields");
  if (field.find('"') != std::string_view::npos) wrong("a quote inside a field without quotes");
  if (field.find('\0') != std::string_view::npos) wrong("a NUL byte");
  fields_.push_back(field);
  text_.remove_prefix(field.size());
}

void CsvReader::read_quoted() {
  std::string& field = unquoted_.emplace_back();
  text_.remove_prefix(1);
  for (;;) {
    const std::size_t end = text_.substr(0, kMaxRecord + 1).find('"');
    if (end == std::string_view::npos) wrong("a quote that is not closed");
    field += text_.substr(0, end);
    text_.remove_prefix(end + 1);
    if (!text_.starts_with('"')) break;
    field += '"';
    text_.remove_prefix(1);
    if (field.size() > kMaxRecord) wrong("a record longer than 64 KiB or 1,024 fields");
  }
  if (field.find('\0') != std::string::npos) wrong("a NUL byte");
  if (!text_.empty() && text_.find_first_of(",\r\n") != 0) wrong("text after a closing quote");
  next_line_ += static_cast<std::size_t>(std::ranges::count(field, '\n'));
  fields_.push_back(field);
}

bool CsvReader::at_line_end() {
  if (text_.starts_with(',')) return false;
  if (text_.starts_with("\r\n")) {
    text_.remove_prefix(2);
  } else if (text_.starts_with('\n')) {
    text_.remove_prefix(1);
  } else if (!text_.empty()) {
    wrong("a carriage return within a line");
  }
  ++next_line_;
  return true;
}

}  // namespace ecnas
