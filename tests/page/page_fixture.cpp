/// What the browser tests of pages compare with and open:
///   ecnas_page_fixture facts                  counts, hashes and neighbours of cells as JSON
///   ecnas_page_fixture pages TEMPLATE OUTPUT  pages and tables into the directory OUTPUT
#include <cstdio>
#include <exception>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "ecnas/core/random.hpp"
#include "ecnas/space/canonical.hpp"
#include "ecnas/space/edit.hpp"
#include "ecnas/space/hash.hpp"
#include "ecnas/space/skeleton.hpp"
#include "page/example_pages.hpp"

namespace {

namespace fs = std::filesystem;
using namespace ecnas;
using namespace ecnas::testing;
using Json = nlohmann::json;
using table::Provenance;

// --- Facts ---------------------------------------------------------------------------------------

Json facts_of(const space::Cell& cell, bool with_neighbours) {
  Json facts = {{"cell", space::to_text(cell)},
                {"hash", space::to_text(space::hash_of(cell))},
                {"parameters", space::trainable_parameters(cell)},
                {"flops", space::flops(cell)}};
  if (!with_neighbours) return facts;
  facts["neighbours"] = Json::array();
  for (const space::Cell& neighbour : space::neighbours(cell, space::Space::shared()))
    facts["neighbours"].push_back(space::to_text(neighbour));
  return facts;
}

/// All cells of at most five vertices and some of the others; neighbours of every seventh.
Json facts() {
  Json list = Json::array();
  const auto add = [&](const space::Cell& cell) {
    list.push_back(facts_of(cell, list.size() % 7 == 0));
  };
  for (const space::Cell& cell : space::Space::shared(5).cells())
    add(cell);
  Rng rng(5);
  for (int i = 0; i < 700; ++i)
    add(space::sample_uniform(space::Space::shared(), rng));
  return list;
}

// --- Pages ---------------------------------------------------------------------------------------

std::string hostile_json() {
  return Json(kHostileText).dump(-1, ' ', true, Json::error_handler_t::replace);
}

table::Metadata hostile_metadata() {
  table::Metadata metadata;
  metadata.pue = 1.25;
  metadata.carbon_intensity_g_per_kwh = 300;
  metadata.devices = {kHostileMetadata, "second"};
  metadata.data_set = metadata.source = metadata.citation = kHostileMetadata;
  return metadata;
}

report::Page hostile_page(const table::Table& table) {
  const space::Cell cell = table.cell(3);
  report::Page page = explorer_page(table);
  page.title = page.lead = page.command = page.version = kHostileText;
  page.tables = {{.table = kHostileText,
                  .checksum = kHostileText,
                  .cells = table.cells(),
                  .epochs = {4},
                  .devices = {kHostileText, kHostileText},
                  .pue = 1.25,
                  .carbon_intensity_g_per_kwh = 300,
                  .data_set = kHostileText,
                  .source = kHostileText,
                  .citation = kHostileText,
                  .metrics = {{kHostileText, kHostileText, {1, 2, 3}}}}};
  const report::PageTable rows{kHostileText,
                               {{kHostileText, kHostileText, false}},
                               {{{kHostileText, {}}}, {{kHostileText, cell}}},
                               false};
  report::PageTable folded = rows;
  folded.is_folded = true;
  page.sections = {{kHostileText, {kHostileText, report::PageExplorer{kHostileText}}},
                   {kHostileText,
                    {report::PageFigure{point_figure(hostile_json()), kHostileText, kHostileText},
                     rows, folded}},
                   {kHostileText, {report::PageCells{{{cell, kHostileText}}, kHostileText}}}};
  page.cells->regions = {{kHostileText, {{{0.1, 0.7}, {0.2, 0.7}, {0.2, 0.8}}}}};
  page.cells->region_epochs = 36;
  return page;
}

/// Cells side by side: the smallest, one without a caption, a large one.
report::PageCells drawn_cells() {
  return {{{space::Cell::trivial(), "least energy"},
           {space::parse_cell("0110001000010000:conv3x3,maxpool3x3"), ""},
           {space::Space::shared().cell(200'000), "knee"}},
          "Three cells."};
}

/// A figure that asks for something outside the page, one that is wrong, and one that is right.
report::Page figures_page() {
  report::Page page;
  page.title = "Figures";
  const auto figure = [](const std::string& specification) {
    return report::PageFigure{specification, "A figure.", "What it shows."};
  };
  page.sections = {{"Figures",
                    {figure(R"({"data": {"url": "http://127.0.0.1:9/x.json"}, "mark": "point"})"),
                     figure(R"({"mark": 7})"), figure(point_figure("\"right\""))}},
                   {"Cells without a card", {drawn_cells()}}};
  return page;
}

report::Page cells_page(const table::Table& table) {
  report::Page page = explorer_page(table);
  page.sections.insert(page.sections.begin(), {"Cells", {drawn_cells()}});
  return page;
}

table::Table equal_table() {
  table::TableBuilder builder({});
  for (const space::Cell& cell : space::Space::shared(3).cells()) {
    for (const std::int32_t epochs : {4, 12}) {
      builder.add(cell, epochs, 1, "validation_accuracy", 0.5F, Provenance::measured, "made up");
      builder.add(cell, epochs, 1, "energy_kwh", 0.25F, Provenance::measured, "made up");
    }
  }
  return builder.build("equal");
}

/// Costs and accuracies that are 0, and 1.
table::Table extreme_table() {
  table::TableBuilder builder({});
  float value = 0;
  for (const space::Cell& cell : space::Space::shared(3).cells()) {
    builder.add(cell, 4, 1, "validation_accuracy", value, Provenance::measured, "made up");
    builder.add(cell, 4, 1, "energy_kwh", value * 1e30F, Provenance::measured, "made up");
    value = value == 0 ? 1e-30F : 1;
  }
  return builder.build("extreme");
}

/// Three repeats of which some are missing, provenance of every kind, a metric missing at a budget.
table::Table mixed_table() {
  return made_up_table(91, {4, 12, 36},
                       {{"validation_accuracy", Provenance::measured, 3, false, false},
                        {"test_accuracy", Provenance::predicted, 2, false, true},
                        {"energy_kwh", Provenance::scaled, 3, false, true},
                        {"training_time_s", Provenance::predicted, 1, true, true}});
}

void write_pages(const fs::path& page_directory, const fs::path& output) {
  const auto write = [&](const std::string& name, const report::Page& page) {
    report::write_page(page, output / (name + ".html"), page_directory);
  };
  const table::Table hostile = small_table(hostile_metadata(), kHostileText);
  write("hostile", hostile_page(hostile));
  // A file's name holds no '/'.
  table::write_table(hostile, output / "<img src=x onerror=\"window.ran=1\">'&amp;.ecnas");
  const table::Table small = small_table();
  write("cells", cells_page(small));
  write("figures", figures_page());
  write("equal", explorer_page(equal_table()));
  write("extreme", explorer_page(extreme_table()));
  write("mixed", explorer_page(mixed_table()));
  write("one", explorer_page(made_up_table(1, {108}, {{"validation_accuracy"}, {"energy_kwh"}})));
  write("bare", explorer_page(made_up_table(7, {}, {})));
  write("costs", explorer_page(made_up_table(7, {4}, {{"energy_kwh"}})));
}

}  // namespace

int main(int count, char** values) {
  const std::vector<std::string> arguments(values + 1, values + count);
  try {
    if (arguments.size() == 1 && arguments[0] == "facts") {
      std::puts(facts().dump().c_str());
      return 0;
    }
    if (arguments.size() == 3 && arguments[0] == "pages") {
      write_pages(arguments[1], arguments[2]);
      return 0;
    }
    std::fputs("usage: ecnas_page_fixture facts | pages TEMPLATE OUTPUT\n", stderr);
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "ecnas_page_fixture: %s\n", error.what());
    return 1;
  }
}
