#include <fmt/format.h>

#include <array>
#include <memory>

#include "cell_export.hpp"
#include "command.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/core/file.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/report/render.hpp"
#include "ecnas/search/objective.hpp"
#include "ecnas/space/canonical.hpp"
#include "ecnas/space/dot.hpp"
#include "ecnas/space/edit.hpp"
#include "ecnas/space/hash.hpp"
#include "ecnas/space/skeleton.hpp"
#include "terminal.hpp"

namespace ecnas::app {
namespace {

struct SpaceArguments {
  space::SpaceLimits limits;
  std::string cell;
  std::string output;
  std::string format = "pytorch";
};

void add_limits(CLI::App& command, SpaceArguments& arguments) {
  command.add_option("--max-vertices", arguments.limits.max_vertices, "At most this many, 2 to 7")
      ->type_name("V")
      ->capture_default_str();
  command.add_option("--max-edges", arguments.limits.max_edges, "At most this many, 1 to 9")
      ->type_name("E")
      ->capture_default_str();
}

void run_count(const SpaceArguments& arguments, const Global& global) {
  const space::Space space(arguments.limits);
  std::array<std::int64_t, space::kMaxVertices + 1> by_vertices{};
  std::array<std::int64_t, space::kMaxEdges + 1> by_edges{};
  for (const space::Cell& cell : space.cells()) {
    ++by_vertices[cell.vertices()];
    ++by_edges[cell.edges()];
  }
  const auto& limits = arguments.limits;
  if (global.json) {
    Json document = {{"cells", space.size()},
                     {"max_vertices", limits.max_vertices},
                     {"max_edges", limits.max_edges},
                     {"by_vertices", Json::object()},
                     {"by_edges", Json::object()}};
    for (unsigned v = 2; v <= limits.max_vertices; ++v) {
      document["by_vertices"][std::to_string(v)] = by_vertices[v];
    }
    for (unsigned e = 1; e <= limits.max_edges; ++e) {
      document["by_edges"][std::to_string(e)] = by_edges[e];
    }
    print_json(document);
    return;
  }
  TextTable table({{"vertices", Align::right}, {"cells", Align::right}});
  for (unsigned v = 2; v <= limits.max_vertices; ++v) {
    table.add({std::to_string(v), with_thousands(by_vertices[v])});
  }
  print(fmt::format("{} cells of at most {} vertices and {} edges\n\n{}",
                    bold(with_thousands(static_cast<std::int64_t>(space.size()))),
                    limits.max_vertices, limits.max_edges, table.text()));
}

Json cell_json(const space::Cell& cell, const space::Hash& hash, std::int64_t parameters) {
  return {{"cell", space::to_text(cell)},
          {"hash", space::to_text(hash)},
          {"vertices", cell.vertices()},
          {"edges", cell.edges()},
          {"trainable_parameters", parameters}};
}

/// One row a cell, in enumeration order: CSV, or JSON Lines with --json (a single document would
/// have to be held whole by whoever reads it).
void run_list(const SpaceArguments& arguments, const Global& global) {
  const space::Space space(arguments.limits);
  const std::span<const space::Hash> hashes = space.hashes();
  const std::vector<std::int64_t> parameters = space.trainable_parameters();
  std::string text = global.json ? "[\n" : "hash,vertices,edges,cell,trainable_parameters\n";
  const auto flush_beyond = [&](std::size_t limit) {
    if (text.size() <= limit) return;
    print(text);
    text.clear();
  };
  for (space::Rank rank = 0; rank < space.size(); ++rank) {
    const space::Cell& cell = space.cell(rank);
    if (global.json) {
      text += cell_json(cell, hashes[rank], parameters[rank]).dump();
      text += rank + 1 < space.size() ? ",\n" : "\n]\n";
    } else {
      text += fmt::format("{},{},{},\"{}\",{}\n", space::to_text(hashes[rank]), cell.vertices(),
                          cell.edges(), space::to_text(cell), parameters[rank]);
    }
    flush_beyond(1 << 16);
  }
  flush_beyond(0);
}

std::string matrix_text(const space::Cell& cell) {
  std::string text;
  for (unsigned source = 0; source < cell.vertices(); ++source) {
    std::string line = "  ";
    for (unsigned target = 0; target < cell.vertices(); ++target) {
      const bool edge = source < target && cell.has_edge(source, target);
      line += edge ? "1 " : faint("· ");
    }
    const bool interior = source > 0 && source + 1 < cell.vertices();
    text += line + "  " +
            std::string(interior      ? space::short_name(cell.operation(source))
                        : source == 0 ? std::string_view("input")
                                      : std::string_view("output")) +
            "\n";
  }
  return text;
}

void run_show(const SpaceArguments& arguments, const Global& global) {
  const space::Cell cell = space::canonical(find_cell(arguments.cell));
  const space::Hash hash = space::hash_of(cell);
  const std::int64_t parameters = space::trainable_parameters(cell);
  const std::int64_t flops = space::flops(cell);
  const space::Space& space = space::Space::shared(cell.vertices());
  const space::Rank rank = space.rank(cell).value();
  const std::size_t neighbours = space::neighbours(cell, space::Space::shared()).size();
  if (global.json) {
    Json document = cell_json(cell, hash, parameters);
    document["flops"] = flops;
    document["depth"] = search::depth(cell);
    document["rank"] = rank;
    document["neighbours"] = neighbours;
    print_json(document);
    return;
  }
  print(
      fmt::format("{}\n\n{}\n"
                  "cell        {}\n"
                  "parameters  {}\n"
                  "FLOPs       {} multiply-adds an image\n"
                  "depth       {}\n"
                  "rank        {} in NAS-Bench-101's order\n"
                  "neighbours  {} cells one edit away\n",
                  bold(space::to_text(hash)), matrix_text(cell), space::to_text(cell),
                  with_thousands(parameters), with_thousands(flops), search::depth(cell),
                  with_thousands(rank), neighbours));
}

void run_draw(const SpaceArguments& arguments) {
  const space::Cell cell = space::canonical(find_cell(arguments.cell));
  if (arguments.output.empty()) {
    print(space::to_dot(cell));
    return;
  }
  const std::filesystem::path output = arguments.output;
  if (output.extension() == ".dot") {
    write_file(output, space::to_dot(cell));
    return;
  }
  report::render_cell(cell, report::image_format_of(output), output, renderer());
}

void run_export(const SpaceArguments& arguments) {
  const std::string text = exported_cell(find_cell(arguments.cell), arguments.format);
  if (arguments.output.empty()) {
    print(text);
  } else {
    write_file(arguments.output, text);
  }
}

}  // namespace

void add_space(CLI::App& app, const Global& global) {
  CLI::App* space =
      app.add_subcommand("space", "The cell space: count, list, show, draw and export cells");
  space->require_subcommand(1);
  space->fallthrough();
  const auto arguments = std::make_shared<SpaceArguments>();

  CLI::App* count = space->add_subcommand("count", "How many cells there are");
  add_limits(*count, *arguments);
  count->callback([=, &global] { run_count(*arguments, global); });

  CLI::App* list = space->add_subcommand("list", "All cells with hash and parameters, as CSV");
  add_limits(*list, *arguments);
  list->callback([=, &global] { run_list(*arguments, global); });

  CLI::App* show = space->add_subcommand("show", "One cell: matrix, hash, parameters, FLOPs");
  show->add_option("cell", arguments->cell, "The cell")->required()->type_name("CELL");
  show->callback([=, &global] { run_show(*arguments, global); });

  CLI::App* draw = space->add_subcommand("draw", "Draw a cell as a graph");
  draw->add_option("cell", arguments->cell, "The cell")->required()->type_name("CELL");
  draw->add_option("-o,--output", arguments->output,
                   "File ending in .svg, .png, .pdf or .dot (default: DOT text to standard output)")
      ->type_name("FILE");
  draw->callback([=] { run_draw(*arguments); });

  CLI::App* exporting = space->add_subcommand("export", "A cell for other programs");
  exporting->add_option("cell", arguments->cell, "The cell")->required()->type_name("CELL");
  exporting
      ->add_option("--format", arguments->format,
                   "pytorch: a module with the whole network; json: as published; dot: a graph")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"pytorch", "json", "dot"}))
      ->capture_default_str();
  exporting->add_option("-o,--output", arguments->output, "Where to (default: standard output)")
      ->type_name("FILE");
  exporting->callback([=] { run_export(*arguments); });
  for (CLI::App* command : {count, list, show, draw, exporting})
    command->fallthrough();
}

}  // namespace ecnas::app
