#include "ecnas/report/page.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "ecnas/core/file.hpp"
#include "ecnas/core/random.hpp"
#include "oracles/page_cells.hpp"
#include "page/example_pages.hpp"
#include "report/page_codec.hpp"
#include "report/page_directory.hpp"
#include "support/expect_error.hpp"
#include "table/fixtures.hpp"

namespace ecnas {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using oracles::PageCells;
using report::Page;
using report::PageTable;
using testing::expect_error;
using testing::explorer_page;
using testing::kHostileText;
using testing::small_table;

class PageTest : public testing::PageDirectory {};

Page page_of(std::vector<report::PageBlock> blocks) {
  Page page;
  page.title = "title";
  page.sections = {{"heading", std::move(blocks)}};
  return page;
}

// --- Codec ---------------------------------------------------------------------------------------

TEST(PageCodec, base64_gives_the_vectors_of_rfc_4648) {
  const std::vector<std::pair<std::string, std::string>> vectors = {{"", ""},
                                                                    {"f", "Zg=="},
                                                                    {"fo", "Zm8="},
                                                                    {"foo", "Zm9v"},
                                                                    {"foob", "Zm9vYg=="},
                                                                    {"fooba", "Zm9vYmE="},
                                                                    {"foobar", "Zm9vYmFy"},
                                                                    {"\xff\xfe\xfb", "//77"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(report::base64(bytes), text);
    EXPECT_EQ(oracles::decoded_base64(text), bytes);
  }
}

TEST(PageCodec, pieces_of_three_bytes_join_in_base64) {
  Rng rng(3);
  std::string bytes(1000, '\0');
  for (char& byte : bytes)
    byte = static_cast<char>(rng.next() & 0xFFU);
  EXPECT_EQ(report::base64(bytes.substr(0, 333)) + report::base64(bytes.substr(333)),
            report::base64(bytes));
  EXPECT_EQ(oracles::decoded_base64(report::base64(bytes)), bytes);
}

TEST(PageCodec, planes_hold_the_least_bytes_first) {
  const std::vector<std::uint16_t> halves = {0x0102, 0xA0B0};
  EXPECT_EQ(report::planes(halves), (std::vector<std::uint8_t>{0x02, 0xB0, 0x01, 0xA0}));
  const std::vector<std::uint32_t> words = {0x01020304, 0xA0B0C0D0};
  EXPECT_EQ(report::planes(words),
            (std::vector<std::uint8_t>{0x04, 0xD0, 0x03, 0xC0, 0x02, 0xB0, 0x01, 0xA0}));
  EXPECT_TRUE(report::planes(std::vector<std::uint32_t>{}).empty());
}

TEST(PageCodec, what_is_deflated_is_inflated_again) {
  Rng rng(4);
  for (const std::size_t size : {0U, 1U, 2U, 1000U, 100000U}) {
    std::vector<std::uint8_t> bytes(size);
    for (std::uint8_t& byte : bytes)
      byte = static_cast<std::uint8_t>(rng.below(5));
    const std::string stream = report::deflated(bytes);
    EXPECT_EQ(oracles::inflated(stream, size), bytes);
    EXPECT_EQ(report::deflated(bytes), stream);
  }
}

TEST(PageCodec, json_in_html_ends_no_element_and_parses_back) {
  const json document = {{kHostileText.substr(0, 60), {"</script>", "<!--", 1.5, nullptr}},
                         {"\xe2\x80\xa8", "\xc3\xa9<"}};
  const std::string text = report::json_in_html(document);
  EXPECT_EQ(text.find('<'), std::string::npos);
  for (const char c : text)
    EXPECT_TRUE(c >= ' ' && c <= '~') << "not ASCII: " << static_cast<int>(c);
  EXPECT_EQ(json::parse(text), document);
  EXPECT_EQ(json::parse(report::json_in_html("a\xff")), "a\xef\xbf\xbd");
}

TEST(PageCodec, html_leaves_nothing_of_markup) {
  EXPECT_EQ(report::html("<a href=\"x\" title='y'>&amp;\x01\xff"),
            "&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;amp; \xef\xbf\xbd");
  for (const char c : report::html(kHostileText))
    EXPECT_EQ(std::string("<>\"'").find(c), std::string::npos);
}

// --- Pages ---------------------------------------------------------------------------------------

TEST_F(PageTest, the_same_page_gives_the_same_bytes) {
  const table::Table table = small_table();
  const std::string first = written(explorer_page(table));
  EXPECT_EQ(written(explorer_page(table)), first);
  EXPECT_EQ(written(explorer_page(small_table())), first);
}

TEST_F(PageTest, a_page_in_memory_is_the_one_that_is_written) {
  const table::Table table = small_table();
  const Page page = explorer_page(table);
  EXPECT_EQ(report::page_text(page, directory_), written(page));
}

TEST_F(PageTest, a_served_page_may_ask_its_own_server) {
  const table::Table table = small_table();
  Page page = explorer_page(table);
  EXPECT_EQ(written(page).find("id=\"live\""), std::string::npos);
  page.live = true;
  const std::string text = written(page);
  EXPECT_TRUE(text.starts_with("'self'1"));
  EXPECT_EQ(json::parse(oracles::script_of(text, "live")), json({{"cells", "cells/"}}));
}

TEST_F(PageTest, parts_stand_at_their_markers) {
  Page page = page_of({"a paragraph"});
  page.lead = "the lead";
  page.command = "a command";
  page.version = "a version";
  const std::string text = written(page);
  EXPECT_TRUE(text.starts_with("'none'1title2:root{--")) << text;
  std::size_t last = 0;
  for (const char* part : {"'none'1", "title2", "3<h1>title</h1>", "the lead", "4<section",
                           "<h2 id=\"section-0\">heading</h2>", "<p>a paragraph</p>", "5<p>",
                           "Made by a version with <code>a command</code>", "67"}) {
    const std::size_t place = text.find(part, last);
    EXPECT_NE(place, std::string::npos) << part;
    last = place;
  }
}

TEST_F(PageTest, three_sections_get_a_table_of_contents) {
  Page page = page_of({});
  EXPECT_EQ(written(page).find("<nav"), std::string::npos);
  page.sections = {{"first", {}}, {"second", {}}, {"third & last", {}}};
  EXPECT_NE(written(page).find("<a href=\"#section-2\">third &amp; last</a>"), std::string::npos);
}

TEST_F(PageTest, figures_are_numbered_through_and_their_data_stand_at_the_end) {
  Page page = page_of({report::PageFigure{R"({"a": "</script>"})", "caption <", "what it shows \""},
                       "between", report::PageFigure{"{}", "", ""}});
  page.sections.push_back({"next", {report::PageFigure{R"({"b": 2})", "", ""}}});
  const std::string text = written(page);
  EXPECT_NE(text.find("aria-label=\"what it shows &quot;\" data-specification=\"figure-0\""),
            std::string::npos);
  EXPECT_NE(text.find("<figcaption>caption &lt;</figcaption>"), std::string::npos);
  EXPECT_EQ(oracles::script_of(text, "figure-0"), R"({"a":"\u003c/script>"})");
  EXPECT_EQ(oracles::script_of(text, "figure-1"), "{}");
  EXPECT_EQ(oracles::script_of(text, "figure-2"), R"({"b":2})");
}

TEST_F(PageTest, a_table_has_its_head_units_and_rows) {
  const PageTable table{"A caption",
                        {{"Name", "", false}, {"Energy", "kWh", true}},
                        {{{"a", {}}, {"0.5", {}}}, {{"b<", space::Cell::trivial()}, {"", {}}}},
                        false};
  const std::string text = written(page_of({table}));
  for (const char* part :
       {"<caption>A caption</caption>", "<th scope=\"col\">Name</th>",
        "<th scope=\"col\" class=\"number\">Energy <span class=\"unit\">kWh</span></th>",
        "<tr><td>a</td><td class=\"number\">0.5</td></tr>",
        "<tr><td>b&lt;</td><td class=\"number\"></td></tr>"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << '\n' << text;
  }
  PageTable folded = table;
  folded.is_folded = true;
  EXPECT_NE(
      written(page_of({folded})).find("<details class=\"folded\"><summary>A caption</summary>"),
      std::string::npos);
}

TEST_F(PageTest, cells_are_linked_where_the_page_has_an_explorer) {
  const table::Table table = small_table();
  Page page = explorer_page(table);
  page.sections[0].blocks.emplace_back(
      PageTable{"", {{"Cell", "", false}}, {{{"c", table.cell(0)}}}, false});
  page.sections[0].blocks.emplace_back(report::PageCells{{{table.cell(1), "caption"}}, "all"});
  const std::string link = "<a class=\"cell\" href=\"#explorer\" data-cell=\"";
  std::string text = written(page);
  EXPECT_NE(text.find(link + space::to_text(table.cell(0)) + "\">c</a>"), std::string::npos);
  EXPECT_NE(text.find(link + space::to_text(table.cell(1)) + "\"><code class=\"drawn-cell\">"),
            std::string::npos);
  page.sections[0].blocks.erase(page.sections[0].blocks.begin());
  page.cells.reset();
  text = written(page);
  EXPECT_EQ(text.find("<a "), std::string::npos);
  EXPECT_NE(text.find("<td>c</td>"), std::string::npos);
}

TEST_F(PageTest, drawn_cells_are_told_by_their_representatives) {
  const space::Cell other = space::parse_cell("0110000100010000:maxpool3x3,conv1x1");
  const std::string text = written(page_of({report::PageCells{{{other, "a & b"}}, "all <"}}));
  EXPECT_NE(text.find("<li><code class=\"drawn-cell\">0110000100010000:conv1x1,maxpool3x3</code>"
                      "<span class=\"caption\">a &amp; b</span></li>"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("<figcaption>all &lt;</figcaption>"), std::string::npos);
}

TEST_F(PageTest, provenance_is_told_in_shares) {
  Page page = page_of({});
  page.tables = {{.table = "a table", .cells = 1234567, .epochs = {4, 12}, .pue = 1.59}};
  page.tables[0].metrics = {{"energy_kwh", "kWh", {1, 1999, 0}}, {"accuracy", "", {0, 0, 3}}};
  const std::string text = written(page);
  for (const char* part :
       {"<dd>a table</dd>", "<dd>1,234,567</dd>", "<dd>4, 12 epochs</dd>", "<dd>1.59</dd>",
        "energy_kwh <span class=\"unit\">kWh</span></th><td class=\"number\">2,000</td>"
        "<td class=\"number\">&lt; 0.1 %</td><td class=\"number\">&gt; 99.9 %</td>"
        "<td class=\"number\">–</td>",
        "accuracy</th><td class=\"number\">3</td><td class=\"number\">–</td>"
        "<td class=\"number\">–</td><td class=\"number\">100 %</td>"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << '\n' << text;
  }
  EXPECT_EQ(text.find("Carbon intensity"), std::string::npos);
}

TEST_F(PageTest, a_hostile_text_becomes_no_markup_anywhere) {
  table::Metadata metadata;
  metadata.data_set = testing::kHostileMetadata;
  const table::Table table = small_table(metadata, kHostileText);
  Page page = explorer_page(table);
  page.title = page.lead = page.command = page.version = kHostileText;
  page.tables = {{.table = kHostileText, .checksum = kHostileText, .devices = {kHostileText}}};
  page.tables[0].data_set = page.tables[0].source = page.tables[0].citation = kHostileText;
  page.tables[0].metrics = {{kHostileText, kHostileText, {1, 1, 1}}};
  page.sections[0].heading = kHostileText;
  page.cells->regions = {{kHostileText, {{{1, 2}}}}};
  std::vector<report::PageBlock>& blocks = page.sections[0].blocks;
  blocks.emplace_back(kHostileText);
  blocks.emplace_back(report::PageFigure{"{}", kHostileText, kHostileText});
  blocks.emplace_back(
      PageTable{kHostileText, {{kHostileText, kHostileText, true}}, {{{kHostileText, {}}}}, true});
  blocks.emplace_back(report::PageCells{{{table.cell(0), kHostileText}}, kHostileText});
  const std::string text = written(page);
  EXPECT_EQ(text.find("<img"), std::string::npos);
  EXPECT_EQ(text.find("<!--"), std::string::npos);
  EXPECT_EQ(text.find("</style"), std::string::npos);
  std::size_t scripts = 0;
  for (std::size_t at = text.find("<script"); at != std::string::npos;
       at = text.find("<script", at + 1)) {
    EXPECT_EQ(text.substr(at, 26), "<script type=\"application/");
    ++scripts;
  }
  EXPECT_EQ(scripts, 3);  // the figure, the header and the data of the cells
}

// --- Refusals ------------------------------------------------------------------------------------

TEST_F(PageTest, a_template_that_is_missing_or_of_another_version_is_a_missing_dependency) {
  const fs::path output = directory_ / "out.html";
  const auto refused = [&](const std::string& part) {
    expect_error(ErrorCode::missing_dependency, part,
                 [&] { report::write_page(page_of({}), output, directory_); });
    expect_error(ErrorCode::missing_dependency, part,
                 [&] { report::expect_page_writable(output, directory_); });
    expect_error(ErrorCode::missing_dependency, part,
                 [&] { report::expect_page_template(directory_); });
    expect_error(ErrorCode::missing_dependency, part,
                 [&] { (void)report::page_text(page_of({}), directory_); });
    EXPECT_FALSE(fs::exists(output));
  };
  for (const char* name : {"connect", "title", "palette", "head", "sections", "colophon", "data"}) {
    const std::string marker = "<!--ecnas:" + std::string(name) + "-->";
    std::string text(kTemplate);
    text.erase(text.find(marker), marker.size());
    write_file(directory_ / "page.html", text);
    refused("no marker '" + std::string(name) + "'");
  }
  write_file(directory_ / "page.html", "");
  refused("no marker");
  fs::remove(directory_ / "page.html");
  refused("template of pages is not there");
  fs::create_directory(directory_ / "page.html");
  refused("template of pages is not there");
}

TEST_F(PageTest, an_output_that_cannot_be_written_is_an_io_failure) {
  const fs::path output = directory_ / "missing" / "out.html";
  expect_error(ErrorCode::io_failure, "out.html",
               [&] { report::write_page(page_of({}), output, directory_); });
  expect_error(ErrorCode::io_failure, "out.html",
               [&] { report::expect_page_writable(output, directory_); });
}

TEST_F(PageTest, expect_page_writable_leaves_no_file_and_keeps_what_is_there) {
  report::expect_page_writable(directory_ / "out.html", directory_);
  EXPECT_EQ(others(), 0);
  write_file(directory_ / "out.html", "old");
  report::expect_page_writable(directory_ / "out.html", directory_);
  EXPECT_EQ(others(), 1);
  EXPECT_EQ(read_file(directory_ / "out.html"), "old");
}

TEST_F(PageTest, what_makes_no_sense_is_refused_and_leaves_no_file) {
  const auto refused = [&](const std::string& part, const Page& page) {
    expect_error(ErrorCode::invalid_argument, part,
                 [&] { report::write_page(page, directory_ / "out.html", directory_); });
    EXPECT_EQ(others(), 0);
  };
  for (const char* text : {"", "{", "{} {}", "nothing"})
    refused("no JSON", page_of({report::PageFigure{text, "a caption", ""}}));
  refused("a row of 1 entries for 2 columns",
          page_of({PageTable{"", {{"a", "", false}, {"b", "", false}}, {{{"x", {}}}}, false}}));
  refused("a row of 1 entries for 0 columns", page_of({PageTable{"", {}, {{{"x", {}}}}, false}}));
  refused("no cells to explore", page_of({report::PageExplorer{""}}));
  const table::Table table = small_table();
  Page page = explorer_page(table);
  page.sections.push_back(page.sections[0]);
  refused("2 explorers", page);
  page.sections.pop_back();
  page.cells->regions.resize(report::kMaxRegions + 1);
  refused("3 regions", page);
}

TEST_F(PageTest, a_row_that_holds_no_cell_is_invalid_data_and_leaves_no_file) {
  table::testing::LooseTable loose(small_table());
  loose.tensors.at("adjacency").bytes.assign(4 * 91, std::byte{0});
  const table::Table table = table::Table::from_bytes(loose.sealed(), "bad");
  expect_error(ErrorCode::invalid_data, "bad", [&] {
    report::write_page(explorer_page(table), directory_ / "out.html", directory_);
  });
  EXPECT_EQ(others(), 0);
}

}  // namespace
}  // namespace ecnas
