#include "report/page_html.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <iterator>
#include <string_view>
#include <utility>

#include "ecnas/core/text.hpp"
#include "ecnas/space/canonical.hpp"
#include "report/page_codec.hpp"

namespace ecnas::report {
namespace {

std::string counted(std::size_t count) {
  return with_thousands(static_cast<std::int64_t>(count));
}

/// A term of a list with its description, which is HTML already; nothing where that is empty.
std::string fact(std::string_view term, const std::string& description,
                 std::string_view style = "") {
  if (description.empty()) return {};
  return fmt::format("<div class=\"fact {}\"><dt>{}</dt><dd>{}</dd></div>\n", style, term,
                     description);
}

std::string number_fact(std::optional<double> value, std::string_view unit) {
  return value ? fmt::format("{:g}{}", *value, unit) : std::string();
}

/// What a wide table stands in, which the keyboard can scroll. @param name  for those who hear it
std::string scroll_open(std::string_view name) {
  if (name.empty()) return R"(<div class="scroll" tabindex="0">)";
  return fmt::format(R"(<div class="scroll" role="region" aria-label="{}" tabindex="0">)",
                     html(name));
}

std::string joined(const std::vector<std::string>& texts) {
  std::vector<std::string> safe;
  for (const std::string& text : texts)
    safe.push_back(html(text));
  return fmt::format("{}", fmt::join(safe, "<br>"));
}

// --- Provenance ----------------------------------------------------------------------------------

std::string share_text(std::size_t part, std::size_t whole) {
  if (part == 0) return "–";
  if (part == whole) return "100 %";
  const double percent = 100 * static_cast<double>(part) / static_cast<double>(whole);
  if (percent < 0.1) return "&lt; 0.1 %";
  if (percent > 99.9) return "&gt; 99.9 %";
  return fmt::format("{:.1f} %", percent);
}

std::string share_row(const MetricShare& share) {
  const auto& [measured, scaled, predicted] = share.counts;
  const std::size_t whole = measured + scaled + predicted;
  std::string row = fmt::format(
      R"(<tr><th scope="row">{}{}</th><td class="number">{}</td>)", html(share.name),
      share.unit.empty() ? std::string()
                         : fmt::format(R"( <span class="unit">{}</span>)", html(share.unit)),
      counted(whole));
  for (const std::size_t part : {measured, scaled, predicted})
    row += fmt::format(R"(<td class="number">{}</td>)", share_text(part, whole));
  return row + "</tr>\n";
}

std::string shares_table(const std::vector<MetricShare>& metrics) {
  if (metrics.empty()) return {};
  std::string text =
      scroll_open("Where the values come from") +
      R"(<table class="data shares"><caption>Where the values come from</caption><thead><tr><th )"
      R"(scope="col">Metric</th>)"
      R"(<th scope="col" class="number">Values</th>)"
      R"(<th scope="col" class="number"><span class="mark measured"></span>Measured</th>)"
      R"(<th scope="col" class="number"><span class="mark scaled"></span>Scaled</th>)"
      R"(<th scope="col" class="number"><span class="mark predicted"></span>Predicted</th>)"
      "</tr></thead><tbody>\n";
  for (const MetricShare& share : metrics)
    text += share_row(share);
  return text + "</tbody></table></div>\n";
}

std::string table_html(const TableProvenance& table) {
  std::string text = "<section class=\"provenance\"><dl class=\"facts\">\n";
  text += fact("Table", html(table.table));
  text += fact("Cells", table.cells == 0 ? std::string() : counted(table.cells));
  text += fact("Budgets", table.epochs.empty()
                              ? std::string()
                              : fmt::format("{} epochs", fmt::join(table.epochs, ", ")));
  text += fact("Data set", html(table.data_set));
  text += fact("PUE included", number_fact(table.pue, ""));
  text += fact("Carbon intensity", number_fact(table.carbon_intensity_g_per_kwh, " g/kWh"));
  text += fact("Energies are", html(table.energy_quality));
  text += fact("Devices", joined(table.devices), "long");
  text += fact("Source", html(table.source), "long");
  text += fact("Citation", html(table.citation), "long");
  text += fact("Checksum", html(table.checksum), "code");
  text += "</dl>\n" + shares_table(table.metrics) + "</section>\n";
  return text;
}

// --- Blocks --------------------------------------------------------------------------------------

/// HTML whose lines may end behind a comma.
std::string breakable(const std::string& content) {
  std::string result;
  for (const char c : content) {
    result += c;
    if (c == ',') result += "<wbr>";
  }
  return result;
}

/// A link to the cell's card around what is HTML already.
std::string cell_link(const space::Cell& cell, const std::string& content) {
  return fmt::format(R"(<a class="cell" href="#explorer" data-cell="{}">{}</a>)",
                     space::to_text(cell), content);
}

std::string column_head(const PageTable::Column& column) {
  std::string text = fmt::format(R"(<th scope="col"{}>{})",
                                 column.is_number ? R"( class="number")" : "", html(column.title));
  if (!column.unit.empty())
    text += fmt::format(R"( <span class="unit">{}</span>)", html(column.unit));
  return text + "</th>";
}

/// Writes blocks one after another, numbering figures.
class BlockWriter {
 public:
  BlockWriter(std::size_t first_figure, bool has_explorer)
      : next_figure_(first_figure), has_explorer_(has_explorer) {}

  std::string operator()(const std::string& paragraph) {
    return fmt::format("<p>{}</p>\n", html(paragraph));
  }

  std::string operator()(const PageFigure& figure) {
    const std::size_t number = next_figure_++;
    return fmt::format(
        R"(<figure class="wide"><div class="chart" role="img" aria-label="{}" )"
        R"(data-specification="figure-{}"><noscript>This figure needs JavaScript.</noscript></div>)"
        "<figcaption>{}</figcaption></figure>\n",
        html(figure.alternative_text), number, html(figure.caption));
  }

  std::string operator()(const PageTable& table) {
    std::string text;
    if (table.is_folded) {
      text += fmt::format(R"(<details class="folded"><summary>{}</summary>)", html(table.caption));
    }
    text += scroll_open(table.caption) + R"(<table class="data">)";
    if (!table.is_folded && !table.caption.empty())
      text += fmt::format("<caption>{}</caption>", html(table.caption));
    text += "<thead><tr>";
    for (const PageTable::Column& column : table.columns)
      text += column_head(column);
    text += "</tr></thead><tbody>\n";
    for (const std::vector<PageEntry>& row : table.rows) {
      text += "<tr>";
      for (std::size_t i = 0; i < row.size(); ++i) {
        text += fmt::format("<td{}>{}</td>", table.columns[i].is_number ? R"( class="number")" : "",
                            entry(row[i], table.columns[i].is_number));
      }
      text += "</tr>\n";
    }
    text += "</tbody></table></div>";
    return text + (table.is_folded ? "</details>\n" : "\n");
  }

  std::string operator()(const PageCells& cells) {
    std::string text = "<figure class=\"wide cells\"><ul class=\"drawings\">\n";
    for (const PageCells::Drawing& drawing : cells.cells)
      text += drawing_html(drawing);
    return text + fmt::format("</ul><figcaption>{}</figcaption></figure>\n", html(cells.caption));
  }

  std::string operator()(const PageExplorer& explorer) {
    return fmt::format(
        R"(<figure class="wide explorer" id="explorer"><div class="waiting">Reading the cells )"
        "…<noscript> This figure needs JavaScript.</noscript></div>"
        "<figcaption>{}</figcaption></figure>\n",
        html(explorer.caption));
  }

 private:
  [[nodiscard]] std::string entry(const PageEntry& entry, bool is_number) const {
    const std::string text = is_number ? html(entry.text) : breakable(html(entry.text));
    return entry.cell && has_explorer_ ? cell_link(*entry.cell, text) : text;
  }

  /// The script puts a drawing where the text stands.
  [[nodiscard]] std::string drawing_html(const PageCells::Drawing& drawing) const {
    const space::Cell cell = space::canonical(drawing.cell);
    const std::string content =
        fmt::format(R"(<code class="drawn-cell">{}</code>)", space::to_text(cell));
    return fmt::format("<li>{}<span class=\"caption\">{}</span></li>\n",
                       has_explorer_ ? cell_link(cell, content) : content, html(drawing.caption));
  }

  std::size_t next_figure_;
  bool has_explorer_;
};

}  // namespace

std::string head_html(const Page& page) {
  std::string text = fmt::format("<h1>{}</h1>\n", html(page.title));
  if (!page.lead.empty()) text += fmt::format("<p class=\"lead\">{}</p>\n", html(page.lead));
  for (const TableProvenance& table : page.tables)
    text += table_html(table);
  return text;
}

std::string contents_html(const Page& page) {
  constexpr std::size_t kEnough = 3;
  if (page.sections.size() < kEnough) return {};
  std::string text = "<nav class=\"contents\" aria-label=\"Contents\"><ol>\n";
  for (std::size_t i = 0; i < page.sections.size(); ++i) {
    text +=
        fmt::format("<li><a href=\"#section-{}\">{}</a></li>\n", i, html(page.sections[i].heading));
  }
  return text + "</ol></nav>\n";
}

std::string section_html(const PageSection& section, std::size_t number, std::size_t first_figure,
                         bool has_explorer) {
  std::string text = fmt::format(
      "<section aria-labelledby=\"section-{0}\">\n"
      "<h2 id=\"section-{0}\">{1}</h2>\n",
      number, html(section.heading));
  BlockWriter writer(first_figure, has_explorer);
  for (const PageBlock& block : section.blocks)
    text += std::visit(writer, block);
  return text + "</section>\n";
}

std::string colophon_html(const Page& page) {
  std::string text = "<p>";
  if (!page.version.empty()) text += fmt::format("Made by {}", html(page.version));
  if (!page.command.empty()) text += fmt::format(" with <code>{}</code>", html(page.command));
  return text + "</p>\n";
}

}  // namespace ecnas::report
