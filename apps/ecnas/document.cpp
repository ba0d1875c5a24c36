#include "document.hpp"

#include <fmt/format.h>

#include <cmath>
#include <span>
#include <string_view>
#include <utility>

#include "command.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/core/file.hpp"
#include "ecnas/core/parallel.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/report/render.hpp"
#include "ecnas/space/hash.hpp"
#include "terminal.hpp"

namespace ecnas::app {
namespace {

namespace fs = std::filesystem;

std::string exact_text(double value) {
  return std::isfinite(value) ? fmt::format("{:.9g}", value) : std::string();
}

/// Writes a block as a page has it; figures that are only files are none.
struct PageBlocks {
  std::vector<report::PageBlock> blocks;

  void operator()(const std::string& paragraph) { blocks.emplace_back(paragraph); }
  void operator()(const DocumentFigure& figure) {
    if (!figure.is_on_page) return;
    blocks.emplace_back(
        report::PageFigure{figure.specification, figure.caption, figure.alternative_text});
  }
  void operator()(const DocumentTable& table) {
    report::PageTable shown;
    shown.caption = table.caption;
    shown.is_folded = table.is_folded;
    for (const DocumentTable::Column& column : table.columns)
      shown.columns.push_back({column.title, column.unit, column.is_number});
    for (const std::vector<Field>& row : table.rows) {
      shown.rows.emplace_back();
      for (const Field& field : row)
        shown.rows.back().push_back({field.text, field.cell});
    }
    blocks.emplace_back(std::move(shown));
  }
  void operator()(const report::PageExplorer& explorer) { blocks.emplace_back(explorer); }
  void operator()(const report::PageCells& cells) { blocks.emplace_back(cells); }
};

/// Text that Markdown shows as it stands.
std::string markdown(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    if (std::string_view("\\`*_{}[]<>#|~").find(c) != std::string_view::npos) safe += '\\';
    safe += c == '\n' ? ' ' : c;
  }
  return safe;
}

/// Writes a block as Markdown has it.
struct MarkdownBlocks {
  std::string text;

  void operator()(const std::string& paragraph) { text += markdown(paragraph) + "\n\n"; }
  void operator()(const DocumentFigure& figure) {
    text += fmt::format("![{}](figures/{}.svg)\n\n{}\n\n", markdown(figure.alternative_text),
                        figure.name, markdown(figure.caption));
  }
  void operator()(const DocumentTable& table) {
    if (table.is_folded) return;
    text += fmt::format("{}:\n\n|", markdown(table.caption));
    for (const DocumentTable::Column& column : table.columns) {
      text += fmt::format(" {}{} |", markdown(column.title),
                          column.unit.empty() ? "" : fmt::format(" ({})", markdown(column.unit)));
    }
    text += "\n|";
    for (const DocumentTable::Column& column : table.columns)
      text += column.is_number ? "---:|" : "---|";
    for (const std::vector<Field>& row : table.rows) {
      text += "\n|";
      for (const Field& field : row)
        text += fmt::format(" {} |", markdown(field.text));
    }
    text += "\n\n";
  }
  void operator()(const report::PageExplorer&) {}
  void operator()(const report::PageCells& cells) {
    for (const report::PageCells::Drawing& drawing : cells.cells)
      text += fmt::format("- {}: `{}`\n", markdown(drawing.caption), space::to_text(drawing.cell));
    text += "\n";
  }
};

void append_line(std::string& text, const std::vector<std::string>& fields) {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) text += ',';
    if (fields[i].find_first_of(",\"\r\n") == std::string::npos) {
      text += fields[i];
      continue;
    }
    text += '"';
    for (const char c : fields[i])
      text += c == '"' ? std::string("\"\"") : std::string(1, c);
    text += '"';
  }
  text += "\r\n";
}

template <typename Block, typename Action>
void for_each(const Document& document, const Action& action) {
  for (const DocumentSection& section : document.sections) {
    for (const DocumentBlock& block : section.blocks) {
      if (const auto* found = std::get_if<Block>(&block)) action(*found);
    }
  }
}

}  // namespace

std::string with_minus(std::string text) {
  if (text.starts_with('-')) text.replace(0, 1, "−");
  return text;
}

Field number_field(double value, int digits) {
  if (!std::isfinite(value)) return {"–", "", {}};
  constexpr double kManyDigits = 1e3;
  if (std::abs(value) >= kManyDigits) {
    const std::string text = with_thousands(static_cast<std::int64_t>(std::llround(value)));
    return {with_minus(text), exact_text(value), {}};
  }
  std::string text = value == std::round(value) ? fmt::format("{:.{}g}", value, digits)
                                                : fmt::format("{:#.{}g}", value, digits);
  if (text.ends_with('.')) text.pop_back();
  return {with_minus(text), exact_text(value), {}};
}

Field percent_field(double fraction, int decimals) {
  if (!std::isfinite(fraction)) return {"–", "", {}};
  return {with_minus(fmt::format("{:.{}f}", 100 * fraction, decimals)), exact_text(fraction), {}};
}

Field count_field(std::size_t count) {
  return {counted(count), std::to_string(count), {}};
}

Field hash_field(const space::Cell& cell) {
  constexpr std::size_t kFirstDigits = 8;
  const std::string hash = space::to_text(space::hash_of(cell));
  return {hash.substr(0, kFirstDigits), hash, cell};
}

std::optional<std::string> Document::try_to(const std::string& subject,
                                            const std::function<void()>& action) {
  try {
    action();
    return std::nullopt;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::not_found) throw;
    left_out.push_back(fmt::format("{}: {}", subject, error.what()));
    return error.what();
  }
}

void Document::add(const std::string& heading, const std::function<DocumentBlocks()>& make) {
  DocumentSection section{heading, {}};
  if (const auto reason = try_to(heading, [&] { section.blocks = make(); }))
    section.blocks = {fmt::format("Left out: {}.", *reason)};
  sections.push_back(std::move(section));
}

std::vector<report::PageSection> page_sections(const Document& document) {
  std::vector<report::PageSection> sections;
  for (const DocumentSection& section : document.sections) {
    PageBlocks blocks;
    for (const DocumentBlock& block : section.blocks)
      std::visit(blocks, block);
    sections.push_back({section.heading, std::move(blocks.blocks)});
  }
  return sections;
}

std::string markdown_text(const std::string& title, const std::string& lead,
                          const Document& document) {
  MarkdownBlocks blocks{fmt::format("# {}\n\n{}\n\n", markdown(title), markdown(lead))};
  for (const DocumentSection& section : document.sections) {
    blocks.text += fmt::format("## {}\n\n", markdown(section.heading));
    for (const DocumentBlock& block : section.blocks)
      std::visit(blocks, block);
  }
  while (blocks.text.ends_with("\n\n"))
    blocks.text.pop_back();
  return blocks.text;
}

std::string csv_text(const DocumentTable& table) {
  std::string text;
  std::vector<std::string> names;
  for (const DocumentTable::Column& column : table.columns)
    names.push_back(column.name);
  append_line(text, names);
  for (const std::vector<Field>& row : table.rows) {
    std::vector<std::string> fields;
    for (const Field& field : row)
      fields.push_back(field.exact.empty() && field.text != "–" ? field.text : field.exact);
    append_line(text, fields);
  }
  return text;
}

std::vector<fs::path> write_tables(const Document& document, const fs::path& directory) {
  std::vector<fs::path> files;
  for_each<DocumentTable>(document, [&](const DocumentTable& table) {
    files.push_back(directory / (table.name + ".csv"));
    write_file(files.back(), csv_text(table));
  });
  return files;
}

std::vector<fs::path> draw_figures(const Document& document, const fs::path& directory,
                                   const Global& global) {
  std::vector<const DocumentFigure*> figures;
  for_each<DocumentFigure>(document,
                           [&](const DocumentFigure& figure) { figures.push_back(&figure); });
  std::vector<fs::path> files;
  for (const DocumentFigure* figure : figures) {
    for (const char* ending : {".svg", ".pdf", ".png"})
      files.push_back(directory / (figure->name + ending));
  }
  const report::Renderer programs = renderer();
  ProgressBar bar("drawing", figures.size(), global.json);
  parallel_for(figures.size(), global.threads, [&](std::size_t i) {
    report::render_all(figures[i]->specification, std::span(files).subspan(3 * i, 3), programs);
    bar.advance();
  });
  return files;
}

}  // namespace ecnas::app
