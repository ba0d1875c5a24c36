#include "ecnas/report/page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <nlohmann/json.hpp>
#include <string_view>
#include <system_error>

#include "ecnas/core/error.hpp"
#include "ecnas/core/file.hpp"
#include "ecnas/core/text.hpp"
#include "report/page_cloud.hpp"
#include "report/page_codec.hpp"
#include "report/page_html.hpp"
#include "report/palette.hpp"

namespace ecnas::report {
namespace {

namespace fs = std::filesystem;

/// The template cut at its markers `<!--ecnas:NAME-->`.
class Template {
 public:
  explicit Template(const fs::path& directory) : path_(directory / "page.html") {
    std::error_code ignored;
    if (!fs::is_regular_file(path_, ignored)) {
      fail(ErrorCode::missing_dependency,
           "{}: the template of pages is not there; install Node 18 or later (package nodejs), run "
           "setup.sh and build ecnas again",
           path_.string());
    }
    text_ = read_file(path_);
    rest_ = text_;
  }

  /// What stands before the next marker, which must be this one.
  std::string_view before(std::string_view marker) {
    const std::string tag = fmt::format("<!--ecnas:{}-->", marker);
    const std::size_t place = rest_.find("<!--ecnas:");
    if (place == std::string_view::npos || !rest_.substr(place).starts_with(tag)) {
      fail(ErrorCode::missing_dependency,
           "{}: the template of pages has no marker '{}' in its place; it is of another version: "
           "build ecnas again",
           path_.string(), marker);
    }
    const std::string_view part = rest_.substr(0, place);
    rest_.remove_prefix(place + tag.size());
    return part;
  }
  [[nodiscard]] std::string_view rest() const { return rest_; }

 private:
  fs::path path_;
  std::string text_;
  std::string_view rest_;
};

constexpr std::array<std::string_view, 7> kMarkers = {"connect",  "title",    "palette", "head",
                                                      "sections", "colophon", "data"};

/// Template read and all its markers in their places.
Template checked_template(const fs::path& directory) {
  Template copy(directory);
  for (const std::string_view marker : kMarkers)
    (void)copy.before(marker);
  return Template(directory);
}

// --- Checks --------------------------------------------------------------------------------------

void check(const PageFigure& figure) {
  if (nlohmann::json::accept(figure.specification)) return;
  fail(ErrorCode::invalid_argument, "page: the specification of figure {} is no JSON document",
       ecnas::quoted(figure.caption));
}

void check(const PageTable& table) {
  for (const std::vector<PageEntry>& row : table.rows) {
    if (row.size() == table.columns.size()) continue;
    fail(ErrorCode::invalid_argument, "page: table {} has a row of {} entries for {} columns",
         ecnas::quoted(table.caption), row.size(), table.columns.size());
  }
}

std::size_t explorers_of(const Page& page) {
  std::size_t explorers = 0;
  for (const PageSection& section : page.sections) {
    explorers +=
        static_cast<std::size_t>(std::ranges::count_if(section.blocks, [](const PageBlock& b) {
          return std::holds_alternative<PageExplorer>(b);
        }));
  }
  return explorers;
}

void check(const Page& page) {
  for (const PageSection& section : page.sections) {
    for (const PageBlock& block : section.blocks) {
      if (const auto* figure = std::get_if<PageFigure>(&block)) check(*figure);
      if (const auto* table = std::get_if<PageTable>(&block)) check(*table);
    }
  }
  if (page.cells && page.cells->regions.size() > kMaxRegions) {
    fail(ErrorCode::invalid_argument, "page {}: {} regions, of which {} can be told apart",
         ecnas::quoted(page.title), page.cells->regions.size(), kMaxRegions);
  }
  const std::size_t explorers = explorers_of(page);
  if (explorers > 1 || (explorers == 1 && !page.cells)) {
    fail(ErrorCode::invalid_argument,
         "page {}: {} explorers and {} cells to explore; one explorer needs them",
         ecnas::quoted(page.title), explorers, page.cells ? "the" : "no");
  }
}

// --- Parts ---------------------------------------------------------------------------------------

/// The colours of figures, for the style sheet and the script.
std::string palette_css() {
  return fmt::format(":root{{--orange:{};--sky-blue:{};--blue:{};--vermillion:{};--ink:{}}}",
                     kOrange, kSkyBlue, kBlue, kVermillion, kInk);
}

std::size_t figures_in(const PageSection& section) {
  return static_cast<std::size_t>(std::ranges::count_if(section.blocks, [](const PageBlock& block) {
    return std::holds_alternative<PageFigure>(block);
  }));
}

/// Takes a page piece by piece.
using Sink = std::function<void(std::string_view)>;

void write_sections(const Page& page, const Sink& write) {
  write(contents_html(page));
  std::size_t figure = 0;
  for (std::size_t i = 0; i < page.sections.size(); ++i) {
    write(section_html(page.sections[i], i, figure, explorers_of(page) > 0));
    figure += figures_in(page.sections[i]);
  }
}

void write_json(std::string_view id, const Json& document, const Sink& write) {
  write(fmt::format(R"(<script type="application/json" id="{}">)", id));
  write(json_in_html(document));
  write("</script>\n");
}

/// What the script reads; behind all text, so that a browser shows that first.
void write_data(const Page& page, const Sink& write) {
  std::size_t number = 0;
  for (const PageSection& section : page.sections) {
    for (const PageBlock& block : section.blocks) {
      if (const auto* figure = std::get_if<PageFigure>(&block)) {
        write_json(fmt::format("figure-{}", number++), Json::parse(figure->specification), write);
      }
    }
  }
  if (page.live) write_json("live", Json{{"cells", "cells/"}}, write);
  if (!page.cells) return;
  const EncodedCloud cloud = encode_cloud(*page.cells);
  write_json("cells-header", cloud.header, write);
  write(R"(<script type="application/octet-stream" id="cells-data">)");
  // Pieces whose base64 can be joined: whole groups of three bytes.
  constexpr std::size_t kPiece = std::size_t{3} << 16;
  for (std::size_t i = 0; i < cloud.data.size(); i += kPiece)
    write(base64(std::string_view(cloud.data).substr(i, kPiece)));
  write("</script>\n");
}

void write_parts(const Page& page, Template& parts, const Sink& write) {
  write(parts.before("connect"));
  write(page.live ? "'self'" : "'none'");
  write(parts.before("title"));
  write(html(page.title));
  write(parts.before("palette"));
  write(palette_css());
  write(parts.before("head"));
  write(head_html(page));
  write(parts.before("sections"));
  write_sections(page, write);
  write(parts.before("colophon"));
  write(colophon_html(page));
  write(parts.before("data"));
  write_data(page, write);
  write(parts.rest());
}

}  // namespace

void expect_page_template(const fs::path& page_directory) {
  (void)checked_template(page_directory);
}

void expect_page_writable(const fs::path& output, const fs::path& page_directory) {
  expect_page_template(page_directory);
  const OutputFile probe(output);  // gone again at the end, as it is not committed
}

void write_page(const Page& page, const fs::path& output, const fs::path& page_directory) {
  check(page);
  Template parts = checked_template(page_directory);
  OutputFile file(output);
  write_parts(page, parts, [&](std::string_view text) { file.write(text); });
  file.commit();
}

std::string page_text(const Page& page, const fs::path& page_directory) {
  check(page);
  Template parts = checked_template(page_directory);
  std::string whole;
  write_parts(page, parts, [&](std::string_view text) { whole += text; });
  return whole;
}

}  // namespace ecnas::report
