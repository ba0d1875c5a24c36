#include <algorithm>
#include <set>

#include "ecnas/core/csv.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/core/file.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/space/canonical.hpp"
#include "ecnas/space/space.hpp"
#include "ecnas/sweep/spec.hpp"
#include "sweep/find_cell.hpp"

namespace ecnas::sweep {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxListBytes = std::size_t{1} << 28;

/// Gathers cells, each once.
class CellList {
 public:
  /// @param origin  of the text, for messages
  void add(std::string_view text, const std::string& origin) {
    const space::Cell cell = parse(text, origin);
    if (seen_.insert(cell).second) cells_.push_back(cell);
  }
  [[nodiscard]] std::vector<space::Cell> take() { return std::move(cells_); }

 private:
  static space::Cell parse(std::string_view text, const std::string& origin) {
    if (const auto hash = space::parse_hash(text)) {
      if (const auto cell = find_cell(*hash, space::kMaxVertices)) return *cell;
      fail(ErrorCode::not_found, "{}: no cell of at most {} vertices has the hash {}", origin,
           space::kMaxVertices, text);
    }
    if (text.find(':') == std::string_view::npos) {
      fail(ErrorCode::invalid_argument,
           "{}: {} is no cell; give a hash of 32 digits or ADJACENCY:OPS", origin,
           ecnas::quoted(text));
    }
    try {
      return space::canonical(space::parse_cell(text));
    } catch (const Error& error) {
      fail(ErrorCode::invalid_argument, "{}: {}", origin, error.what());
    }
  }

  std::set<space::Cell> seen_;
  std::vector<space::Cell> cells_;
};

std::vector<space::Cell> cells_of_file(const fs::path& file) {
  const std::string text = read_file(file, kMaxListBytes);
  CellList cells;
  std::size_t number = 0;
  for (std::string_view line : split(text, '\n')) {
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    line = trimmed(line.substr(0, line.find('#')));
    if (!line.empty()) cells.add(line, fmt::format("{}:{}", file.string(), number));
  }
  return cells.take();
}

std::vector<space::Cell> cells_of_selection(const fs::path& file) {
  const std::string text = read_file(file, kMaxListBytes);
  CsvReader csv(text, file.string());
  if (!csv.next()) fail(ErrorCode::invalid_data, "{}: empty", file.string());
  const auto header = csv.fields();
  const auto column = std::ranges::find(header, "hash");
  if (column == header.end()) {
    fail(ErrorCode::invalid_data, "{}: no column 'hash'; expected a CSV of selected cells",
         file.string());
  }
  const auto index = static_cast<std::size_t>(column - header.begin());
  CellList cells;
  while (csv.next()) {
    const std::string origin = fmt::format("{}:{}", file.string(), csv.line());
    if (csv.fields().size() <= index)
      fail(ErrorCode::invalid_data, "{}: no column 'hash' on this line", origin);
    cells.add(csv.fields()[index], origin);
  }
  return cells.take();
}

}  // namespace

std::optional<space::Cell> find_cell(const space::Hash& hash, unsigned max_vertices) {
  for (const unsigned vertices : {4U, 5U, 6U, 7U}) {
    const space::Space& space = space::Space::shared(std::min(vertices, max_vertices));
    if (const auto rank = space.rank(hash)) return space.cell(*rank);
    if (vertices >= max_vertices) break;
  }
  return std::nullopt;
}

std::vector<space::Cell> chosen_cells(const CellChoice& choice) {
  if (choice.file) return cells_of_file(*choice.file);
  if (choice.selection) return cells_of_selection(*choice.selection);
  if (choice.max_vertices) {
    const auto cells = space::Space::shared(*choice.max_vertices).cells();
    return {cells.begin(), cells.end()};
  }
  CellList cells;
  for (const std::string& text : choice.list)
    cells.add(text, "[cells] list");
  return cells.take();
}

}  // namespace ecnas::sweep
