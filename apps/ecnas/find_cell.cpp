#include "find_cell.hpp"

#include <optional>
#include <string_view>
#include <vector>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/space/hash.hpp"
#include "ecnas/space/space.hpp"

namespace ecnas::app {
namespace {

bool is_hash_prefix(std::string_view text) {
  return !text.empty() && text.size() <= 32 &&
         text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

[[noreturn]] void fail_malformed(std::string_view text) {
  fail(ErrorCode::invalid_argument,
       "cell {}: neither a hash nor ADJACENCY:OPS as in 0110001000010000:conv3x3,maxpool3x3",
       ecnas::quoted(text));
}

/// The one match of a prefix, for both kinds of places.
template <typename Match>
Match only_match(const std::vector<Match>& matches, std::string_view text, std::string_view where) {
  if (matches.empty()) {
    fail(ErrorCode::not_found, "{}: no cell with hash {}", where, ecnas::quoted(text));
  }
  if (matches.size() > 1) {
    fail(ErrorCode::invalid_argument, "hash {}: {} cells of {} begin so; give more digits",
         ecnas::quoted(text), with_thousands(static_cast<std::int64_t>(matches.size())), where);
  }
  return matches.front();
}

/// Small spaces first: hashing all cells of 7 vertices takes a third of a second.
space::Cell cell_of(const space::Hash& hash) {
  for (const unsigned max_vertices : {4U, 5U, 6U, 7U}) {
    const space::Space& space = space::Space::shared(max_vertices);
    if (const auto rank = space.rank(hash)) return space.cell(*rank);
  }
  fail(ErrorCode::not_found, "the space of 7 vertices: no cell with hash {}", space::to_text(hash));
}

}  // namespace

table::Row find_cell(const table::Table& table, const std::string& text) {
  if (text.find(':') != std::string::npos) {
    const space::Cell cell = space::parse_cell(text);
    const std::optional<table::Row> row = table.find(space::hash_of(cell));
    if (!row) fail(ErrorCode::not_found, "{}: no cell {}", table.name(), text);
    return *row;
  }
  if (!is_hash_prefix(text)) fail_malformed(text);
  return only_match(table.find_prefix(text), text, table.name());
}

space::Cell find_cell(const std::string& text) {
  if (text.find(':') != std::string::npos) return space::parse_cell(text);
  if (!is_hash_prefix(text)) fail_malformed(text);
  if (const auto hash = space::parse_hash(text)) return cell_of(*hash);
  const space::Space& space = space::Space::shared();
  return space.cell(only_match(space.ranks_by_prefix(text), text, "the space of 7 vertices"));
}

}  // namespace ecnas::app
