#pragma once
/// apps/ecnas: the program. One file a subcommand, each with one `add_…` function that declares its
/// options and says what runs; everything they share is here.

#include <CLI/CLI.hpp>

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ecnas/core/text.hpp"
#include "ecnas/report/render.hpp"
#include "ecnas/search/problem.hpp"
#include "ecnas/space/space.hpp"
#include "ecnas/table/table.hpp"
#include "find_cell.hpp"

namespace ecnas::app {

using Json = nlohmann::ordered_json;

/// Options that every subcommand has.
struct Global {
  bool json = false;
  unsigned threads = 0;              ///< 0: one per core
  bool no_cache = false;             ///< keep no built benchmark, and use none
  std::vector<std::string> command;  ///< for another program: behind `train`, or `track … --`
};

/// @{ The subcommands.
void add_space(CLI::App& app, const Global& global);
void add_fetch(CLI::App& app, const Global& global);
void add_import(CLI::App& app, const Global& global);
void add_export(CLI::App& app, const Global& global);
void add_info(CLI::App& app, const Global& global);
void add_merge(CLI::App& app, const Global& global);
void add_verify(CLI::App& app, const Global& global);
void add_query(CLI::App& app, const Global& global);
void add_front(CLI::App& app, const Global& global);
void add_search(CLI::App& app, const Global& global);
void add_compare(CLI::App& app, const Global& global);
void add_surrogate(CLI::App& app, const Global& global);
void add_analyze(CLI::App& app, const Global& global);
void add_plot(CLI::App& app, const Global& global);
void add_choose(CLI::App& app, const Global& global);
void add_report(CLI::App& app, const Global& global);
void add_explore(CLI::App& app, const Global& global);
void add_reproduce(CLI::App& app, const Global& global);
void add_train(CLI::App& app, const Global& global);
void add_track(CLI::App& app, const Global& global);
void add_sweep(CLI::App& app, const Global& global);
void add_completion(CLI::App& app);
/// @}

/// The table that commands use when none is named: the whole space, predicted.
inline constexpr std::string_view kDefaultTable = "ecnas-7v";

/// By the XDG base directory specification; empty where neither of its variables is set.
[[nodiscard]] std::filesystem::path cache_directory();

/// Opens a table by path or built-in name; a benchmark that is not kept yet is built under a
/// progress bar and kept in the user's cache directory.
[[nodiscard]] table::Table open_table(const std::string& path_or_name, const Global& global);

/// A table's name without directories, for headings.
[[nodiscard]] std::string file_name(const table::Table& table);

/// Options that say how energies and emissions are read, and which repeat.
struct ReadingOptions {
  std::optional<double> pue;
  std::optional<double> carbon_intensity;
  std::optional<std::size_t> repeat;

  void add_to(CLI::App& command);
  /// @throws Error{invalid_argument} for a PUE below 1, a negative intensity, repeat 0
  [[nodiscard]] table::Conversion conversion() const;
  [[nodiscard]] table::Repeat chosen_repeat() const;
  /// @throws Error{not_found} also for a repeat that the table does not have
  [[nodiscard]] table::Repeat chosen_repeat(const table::Table& table) const;
};

/// Options that make a search problem of a table.
struct ProblemArguments {
  std::string table{kDefaultTable};
  std::string objectives;
  std::vector<std::int32_t> epochs;
  std::string reference_point;
  std::vector<std::string> constraints;
  ReadingOptions reading;

  void add_to(CLI::App& command);
  [[nodiscard]] search::Problem problem(const table::Table& opened) const;
  /// The given one, or the problem's default.
  [[nodiscard]] moo::Objectives reference(const search::Problem& problem) const;
};

/// Interior operations, "conv3x3, maxpool3x3"; "–" for none.
[[nodiscard]] std::string operations_text(const space::Cell& cell);

/// A number as it was stored: a value that is a 32-bit float gets the shortest text that reads back
/// as that float.
[[nodiscard]] double tidy(double value);
/// The same for an objective: an error is 1 − an accuracy that was stored so.
[[nodiscard]] double tidy(double value, search::Objective objective);

/// Objectives by their column names.
[[nodiscard]] Json to_json(const moo::Objectives& objectives, const search::Problem& problem);
/// A front's point: cell, hash, epochs and objectives.
[[nodiscard]] Json to_json(const search::FrontPoint& point, const search::Problem& problem);
[[nodiscard]] Json to_json(const moo::Objectives& point);

/// One JSON document to standard output.
void print_json(const Json& document);

/// An objective for people: three to four significant digits, thousands separated.
[[nodiscard]] std::string readable(double value, search::Objective objective);

/// Solutions in aligned columns: hash, operations, epochs where the table has budgets, objectives,
/// and a remark each where given.
[[nodiscard]] std::string solutions_text(const search::Problem& problem,
                                         std::span<const search::FrontPoint> solutions,
                                         std::span<const std::string> remarks = {});

/// What a seed can be: JSON readers keep every digit of it. Refuses negative ones, which CLI11
/// would take for huge ones.
[[nodiscard]] inline CLI::Range seed_range() {
  return {std::uint64_t{0}, (std::uint64_t{1} << 53) - 1};
}

/// A count for people: 1234567 → "1,234,567".
[[nodiscard]] inline std::string counted(std::size_t count) {
  return with_thousands(static_cast<std::int64_t>(count));
}

/// "(1.5, 1)"
[[nodiscard]] std::string point_text(const moo::Objectives& point);

/// The figure renderer with the chart files that belong to this program.
[[nodiscard]] report::Renderer renderer();

/// Where the template of pages is that belongs to this program.
[[nodiscard]] std::filesystem::path page_directory();

}  // namespace ecnas::app
