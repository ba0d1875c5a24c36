#include "ecnas/report/page.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <filesystem>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "ecnas/core/file.hpp"
#include "ecnas/core/random.hpp"
#include "ecnas/space/canonical.hpp"
#include "ecnas/surrogate/benchmark.hpp"
#include "ecnas/surrogate/shipped.hpp"
#include "oracles/page_cells.hpp"
#include "page/example_pages.hpp"
#include "report/page_cloud.hpp"
#include "report/page_codec.hpp"
#include "support/expect_error.hpp"
#include "table/fixtures.hpp"

namespace ecnas {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using oracles::PageCells;
using report::Page;
using report::PageTable;
using table::Provenance;
using testing::expect_error;
using testing::explorer_page;
using testing::kHostileText;
using testing::made_up_table;
using testing::small_table;

/// A directory of a test's own with a template of markers alone.
class PageTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    directory_ = fs::path(::testing::TempDir()) /
                 ("ecnas-page-" + std::to_string(::getpid()) + "-" + test->name());
    fs::create_directories(directory_);
    write_file(directory_ / "page.html", kTemplate);
  }
  void TearDown() override { fs::remove_all(directory_); }

  [[nodiscard]] std::string written(const Page& page) const {
    report::write_page(page, directory_ / "out.html", directory_);
    return read_file(directory_ / "out.html");
  }
  /// Files beside the template.
  [[nodiscard]] std::size_t others() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(directory_), {})) - 1;
  }

  static constexpr std::string_view kTemplate =
      "<!--ecnas:connect-->1<!--ecnas:title-->2<!--ecnas:palette-->3<!--ecnas:head-->4"
      "<!--ecnas:sections-->5<!--ecnas:colophon-->6<!--ecnas:data-->7";
  fs::path directory_;
};

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

// --- Cells ---------------------------------------------------------------------------------------

/// How far a kept value may be from the table's.
struct Allowed {
  double of_fraction;  ///< absolute
  double of_cost;      ///< relative
};

/// 32-bit numbers; costs of other budgets follow from one.
constexpr Allowed kExact = {6e-8, 1e-6};
/// What page.hpp promises, and the rounding of 32-bit numbers.
constexpr Allowed kSteps = {2.5e-5 + 1e-7, 1.25e-4 + 2e-7};
/// Bounds of intervals are kept by their ratios to the values.
constexpr double kBoundRounding = 2e-5;

/// Counts what is wrong and shows the first of it.
class Judge {
 public:
  template <typename... Parts>
  void expect(bool holds, const Parts&... parts) {
    if (holds || ++faults_ > 5) return;
    std::ostringstream what;
    (what << ... << parts);
    ADD_FAILURE() << what.str();
  }

 private:
  std::size_t faults_ = 0;
};

void expect_same_metric(const PageCells::Metric& kept, const table::Table& table,
                        const table::Column& column, table::Repeat repeat, const Allowed& allowed,
                        const std::vector<table::Row>& rows) {
  Judge judge;
  const bool is_fraction = column.info.kind == table::MetricKind::fraction;
  const auto is_close = [&](double found, double expected, double rounding) {
    const double bound = is_fraction ? allowed.of_fraction : allowed.of_cost * expected;
    return std::abs(found - expected) <= bound + rounding * (is_fraction ? 1 : expected);
  };
  for (std::size_t i = 0; i < rows.size(); ++i) {
    bool is_out_of_range = false;
    for (std::size_t b = 0; b < table.budgets().size(); ++b) {
      const auto entry = table.query(rows[i], b, repeat);
      const auto expected = entry ? entry->value(column) : std::nullopt;
      const double found = kept.values[b][i];
      const auto provenance = expected ? entry->provenance(column) : Provenance::absent;
      judge.expect(std::isnan(found) != expected.has_value(), column.info.name, ' ', i, ' ', b);
      judge.expect(kept.provenance[b][i] == static_cast<std::size_t>(provenance), "provenance of ",
                   column.info.name, ' ', i, ' ', b);
      if (!expected) continue;
      is_out_of_range |= entry->out_of_range(column);
      judge.expect(is_close(found, *expected, 0), column.info.name, ' ', i, ' ', b, ": ", found,
                   ", expected ", *expected);
      const auto interval = entry->interval(column);
      judge.expect(std::isnan(kept.lower[b][i]) != interval.has_value(), "whether an interval");
      if (!interval) continue;
      judge.expect(is_close(kept.lower[b][i], interval->lower, kBoundRounding), "lower bound of ",
                   column.info.name, ' ', i, ": ", kept.lower[b][i], ", ", interval->lower);
      judge.expect(is_close(kept.upper[b][i], interval->upper, kBoundRounding), "upper bound of ",
                   column.info.name, ' ', i, ": ", kept.upper[b][i], ", ", interval->upper);
    }
    judge.expect(kept.is_out_of_range[i] == is_out_of_range, "out of range ", i);
  }
}

/// Compares every number of the page with the table's.
void expect_same_cells(const PageCells& page, const table::Table& table, table::Repeat repeat,
                       const Allowed& allowed) {
  ASSERT_EQ(page.size(), table.cells());
  std::vector<table::Row> rows;
  for (std::size_t i = 0; i < page.size(); ++i) {
    const space::Cell cell = page.cell(i);
    const auto row = table.find(cell);
    ASSERT_TRUE(row.has_value());
    ASSERT_EQ(cell, space::canonical(cell));
    rows.push_back(*row);
  }
  for (const json& metric : page.header()["metrics"]) {
    const std::string name = metric["name"];
    expect_same_metric(page.metric(name), table, *table.column(name), repeat, allowed, rows);
  }
}

TEST_F(PageTest, cells_of_a_small_table_are_kept_as_they_are) {
  const table::Table table = small_table();
  const PageCells cells(written(explorer_page(table)));
  expect_same_cells(cells, table, table::Repeat::mean(), kExact);
  EXPECT_EQ(cells.header()["format"], 1);
  EXPECT_EQ(cells.header()["table"], "made-up");
  EXPECT_EQ(cells.header()["epochs"], json({4, 12, 36}));
  EXPECT_FALSE(cells.header().contains("pue"));
  EXPECT_TRUE(cells.metric("energy_kwh").description["proportional"]);
  EXPECT_EQ(cells.metric("energy_kwh").description["values"].size(), 1);
  EXPECT_FALSE(cells.metric("validation_accuracy").description["proportional"]);
}

/// Values of three repeats, of every provenance, missing here and there, intervals and flags.
table::Table mixed_table() {
  table::TableBuilder builder({});
  Rng rng(9);
  const auto cells = space::Space::shared(4).cells();
  for (const space::Cell& cell : cells) {
    builder.add_cell(cell);
    for (const std::int32_t epochs : {4, 12, 108}) {
      for (std::size_t repeat = 1; repeat <= 3; ++repeat) {
        for (const char* metric :
             {"validation_accuracy", "test_accuracy", "energy_kwh", "training_time_s"}) {
          if (rng.chance(0.4)) continue;
          const auto provenance = static_cast<Provenance>(1 + rng.below(3));
          const auto value = static_cast<float>(rng.uniform());
          builder.add(cell, epochs, repeat, metric, value, provenance, "made up");
          if (rng.chance(0.5)) {
            builder.add_interval(cell, epochs, repeat, metric, value * 0.9F, value, "made up");
          }
        }
      }
    }
    if (rng.chance(0.2)) builder.mark_out_of_range(cell, "energy_kwh");
  }
  return builder.build("mixed");
}

TEST_F(PageTest, absent_values_mixed_provenance_repeats_and_intervals_are_kept) {
  const table::Table table = mixed_table();
  for (const table::Repeat repeat : {table::Repeat::mean(), table::Repeat::number(2)}) {
    Page page = explorer_page(table);
    page.cells->repeat = repeat;
    const PageCells cells(written(page));
    expect_same_cells(cells, table, repeat, kExact);
    EXPECT_TRUE(cells.metric("energy_kwh").description["provenance"].contains("columns"));
    EXPECT_TRUE(cells.metric("energy_kwh").description.contains("out_of_range"));
  }
}

TEST_F(PageTest, tables_of_few_cells_budgets_and_metrics_are_kept) {
  const std::vector<table::Table> tables = [] {
    std::vector<table::Table> list;
    list.push_back(made_up_table(1, {108}, {{"validation_accuracy"}, {"energy_kwh"}}));
    list.push_back(made_up_table(7, {}, {}));
    list.push_back(made_up_table(91, {4}, {{"energy_kwh", Provenance::predicted, 2}}));
    list.push_back(made_up_table(91, {4, 12}, {{"test_accuracy"}}));
    return list;
  }();
  for (const table::Table& table : tables) {
    const PageCells cells(written(explorer_page(table)));
    expect_same_cells(cells, table, table::Repeat::mean(), kExact);
    EXPECT_EQ(cells.header()["metrics"].size(), table.columns().size());
  }
}

TEST_F(PageTest, values_that_scale_almost_are_kept_one_by_one) {
  table::TableBuilder builder({});
  for (const space::Cell& cell : space::Space::shared(3).cells()) {
    builder.add(cell, 4, 1, "energy_kwh", 1, Provenance::measured, "made up");
    builder.add(cell, 12, 1, "energy_kwh", 3.0001F, Provenance::measured, "made up");
  }
  const table::Table table = builder.build("almost");
  const PageCells cells(written(explorer_page(table)));
  EXPECT_FALSE(cells.metric("energy_kwh").description["proportional"]);
  expect_same_cells(cells, table, table::Repeat::mean(), kExact);
}

/// More cells than are kept exactly, with values at the ends of what is allowed.
TEST_F(PageTest, many_cells_are_kept_to_within_the_stated_steps) {
  table::TableBuilder builder({});
  Rng rng(10);
  for (space::Rank rank = 0; rank < report::kMaxExactCells + 50; ++rank) {
    const space::Cell& cell = space::Space::shared().cell(rank);
    builder.add_cell(cell);
    for (const std::int32_t epochs : {4, 12}) {
      const auto add = [&](const char* metric, double value) {
        if (rng.chance(0.1)) return;
        builder.add(cell, epochs, 1, metric, static_cast<float>(value),
                    static_cast<Provenance>(1 + rng.below(3)), "made up");
      };
      add("validation_accuracy", rank % 50 == 0 ? 0 : rank % 50 == 1 ? 1 : rng.uniform());
      add("test_accuracy", rng.uniform());
      add("energy_kwh", 1e-3 * std::exp(5 * rng.uniform()));
      add("training_time_s", 100 + rng.uniform());
    }
  }
  const table::Table table = builder.build("many");
  const PageCells cells(written(explorer_page(table)));
  expect_same_cells(cells, table, table::Repeat::mean(), kSteps);
  EXPECT_EQ(cells.header()["columns"][2]["encoding"], "u16");
  const std::size_t column = cells.metric("test_accuracy").description["values"][0];
  EXPECT_TRUE(cells.header()["columns"][column].contains("base"));
}

TEST_F(PageTest, a_wide_range_is_kept_to_a_131068th_of_it) {
  table::TableBuilder builder({});
  const std::array<float, 4> kValues = {1e-30F, 1e-3F, 1, 1e30F};
  for (space::Rank rank = 0; rank < report::kMaxExactCells + 50; ++rank) {
    const float value = kValues[rank % 4] * (1 + 1e-3F * static_cast<float>(rank % 97));
    const space::Cell& cell = space::Space::shared().cell(rank);
    builder.add(cell, 4, 1, "energy_kwh", value, Provenance::measured, "made up");
    builder.add(cell, 4, 1, "training_time_s", value < 1e-20F ? 0 : value, Provenance::measured,
                "made up");
  }
  const table::Table table = builder.build("wide");
  const PageCells cells(written(explorer_page(table)));
  const double range = std::log(1.1e30 / 1e-30);
  const std::vector<double> energies = cells.metric("energy_kwh").values[0];
  const std::vector<double> times = cells.metric("training_time_s").values[0];
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const auto entry = table.query(*table.find(cells.cell(i)), 0);
    const double energy = *entry->value("energy_kwh");
    ASSERT_NEAR(std::log(energies[i] / energy), 0, 1.01 * range / 131068);
    // With a 0 among them there is no logarithm: linear, of the range.
    const double time = *entry->value("training_time_s");
    ASSERT_NEAR(times[i], time, 1.01 * 1.1e30 / 131068);
  }
}

TEST_F(PageTest, all_cells_of_the_built_in_benchmark_are_kept_to_within_the_stated_steps) {
  if (surrogate::shipped_model_bytes().empty()) GTEST_SKIP() << "built without a model";
  const std::optional<table::Table> table = surrogate::open_benchmark("ecnas-7v", {});
  ASSERT_TRUE(table.has_value());
  const std::string text = written(explorer_page(*table));
  EXPECT_LE(text.size(), 7'000'000);
  const PageCells cells(text);
  EXPECT_EQ(cells.size(), 423'624);
  EXPECT_EQ(cells.header()["metrics"].size(), 4);
  for (const json& metric : cells.header()["metrics"])
    EXPECT_EQ(metric["interval"]["kind"], "by_vertices") << metric["name"];
  expect_same_cells(cells, *table, table::Repeat::mean(), kSteps);
}

}  // namespace
}  // namespace ecnas
