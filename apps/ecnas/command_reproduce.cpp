// `ecnas reproduce`: EC-NAS's figures, tables and numbers again, beside what was published.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "analyze_arguments.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/core/file.hpp"
#include "published_sections.hpp"
#include "table_page.hpp"
#include "terminal.hpp"

namespace ecnas::app {
namespace {

namespace fs = std::filesystem;

constexpr std::int32_t kEpochs = 108;

struct ReproduceCommand {
  std::string output;
  std::string data;

  /// Where the published data are; empty: nowhere.
  [[nodiscard]] fs::path data_directory() const {
    if (!data.empty()) {
      std::error_code ignored;
      if (fs::is_directory(data, ignored)) return data;
      fail(ErrorCode::not_found, "--data {}: no such directory", data);
    }
    const char* directory = std::getenv("ECNAS_DATA_DIR");  // NOLINT(concurrency-mt-unsafe)
    return directory == nullptr ? fs::path() : fs::path(directory);
  }

  [[nodiscard]] std::string text() const {
    const bool is_found = data.empty() && !data_directory().empty();
    return fmt::format("ecnas reproduce --output {}{}", output,
                       is_found       ? " --data \"$ECNAS_DATA_DIR\""
                       : data.empty() ? std::string()
                                      : fmt::format(" --data {}", data));
  }
};

/// Entries of the matrices that a table shows, by the ids of the published ones.
void add_swaps(OurNumbers& ours, std::span<const analysis::SwapMatrix> matrices) {
  for (const analysis::SwapMatrix& matrix : matrices) {
    for (std::size_t a = 0; a < space::kOperationCount; ++a) {
      for (std::size_t b = 0; b < space::kOperationCount; ++b) {
        if (a == b || !matrix.change[a][b]) continue;
        ours[fmt::format("swaps.{}.{}.{}", analysis::describe(matrix.metric).name,
                         space::short_name(static_cast<space::Operation>(a)),
                         space::short_name(static_cast<space::Operation>(b)))] = {
            *matrix.change[a][b], {}};
      }
    }
  }
}

/// Everything that is told, in order; the comparison of numbers last made and first shown.
Document reproduction(const Subject& subject, const PublishedData& data, OurNumbers& ours,
                      const Global& global) {
  Document document;
  Progress progress("reproducing", global.json);
  const std::vector<std::pair<const char*, std::function<DocumentBlocks()>>> sections = {
      {"Figure 1: energy and accuracy of all cells",
       [&] { return cell_blocks(subject, document); }},
      {"The Pareto front over all budgets", [&] { return front_blocks(subject); }},
      {"Figure 2: predicting energy", [&] { return surrogate_blocks(data, global); }},
      {"Figure 2, continued: how much to measure", [] { return learning_curve_blocks(); }},
      {"Figure 3: what replacing an operation changes",
       [&] {
         const std::vector<analysis::SwapMatrix> matrices = operator_swaps(subject);
         add_swaps(ours, matrices);
         DocumentBlocks blocks = swaps_blocks(subject, matrices);
         std::ranges::move(published_swaps_blocks(data, global), std::back_inserter(blocks));
         return blocks;
       }},
      {"Figure 4: do devices agree?", [&] { return hardware_blocks(data, global); }},
      {"Figure 5: what a search finds", [&] { return search_blocks(subject); }},
      {"The published runs, again", [&] { return published_runs_blocks(data, ours, global); }},
      {"Better trade-offs: what accuracy costs",
       [&] { return tradeoff_blocks(subject, "predicted-7v"); }},
      {"Is energy more than training time? Measured, 4 vertices",
       [&] { return measured_blocks(data, 4, global); }},
      {"Is energy more than training time? Measured, 5 vertices",
       [&] { return measured_blocks(data, 5, global); }},
      {"Which metrics say the same", [&] { return correlations_blocks(subject); }},
      {"What operations, depth and width cost", [&] { return operations_blocks(subject); }},
  };
  for (std::size_t i = 0; i < sections.size(); ++i) {
    document.add(sections[i].first, sections[i].second);
    progress.show(static_cast<double>(i + 1) / static_cast<double>(sections.size()));
  }
  document.sections.insert(
      document.sections.begin(),
      {"Published, and found again",
       {std::string(
            "The numbers of the paper's figure 3 and of the runs published with it, and the "
            "same numbers from here. Each difference has a cause. The other figures were "
            "published as pictures, without numbers."),
        published_table(ours)}});
  document.add("Sources", [&] { return source_blocks(data); });
  return document;
}

report::Page reproduction_page(const Subject& subject, const Document& document,
                               const std::string& command) {
  report::Page page = table_page(subject, document, command);
  page.title = "EC-NAS, reproduced";
  page.lead =
      "Every figure and number of “EC-NAS: Energy Consumption Aware Tabular Benchmarks for Neural "
      "Architecture Search” (ICASSP 2024), made again from data and models that come with this "
      "program, beside what was published.";
  return page;
}

/// The comparison for people at a terminal.
std::string comparison_text(const DocumentTable& published) {
  TextTable table({{"published"},
                   {"what"},
                   {"value", Align::right},
                   {"ours", Align::right},
                   {"difference", Align::right}});
  for (const std::vector<Field>& row : published.rows)
    table.add({row[0].text, row[1].text, row[3].text, row[4].text, row[5].text});
  return table.text();
}

void run_reproduce(const ReproduceCommand& command, const Global& global) {
  const PublishedData data(command.data_directory());
  const fs::path directory = command.output;
  make_directory(directory / "figures");
  make_directory(directory / "tables");
  const fs::path output = directory / "index.html";
  report::expect_page_writable(output, page_directory());
  report::expect_renderable(directory / "figures" / "front.svg", renderer());
  const table::Table table = open_table(std::string(kDefaultTable), global);
  const Subject subject{&table, table::Repeat::mean(), kEpochs, global.threads};
  OurNumbers ours;
  const Document document = reproduction(subject, data, ours, global);
  const report::Page page = reproduction_page(subject, document, command.text());
  report::write_page(page, output, page_directory());
  write_file(directory / "reproduce.md", markdown_text(page.title, page.lead, document));
  std::vector<fs::path> made = {output, directory / "reproduce.md"};
  for (const auto& files : {write_tables(document, directory / "tables"),
                            draw_figures(document, directory / "figures", global)})
    made.insert(made.end(), files.begin(), files.end());
  for (const std::string& missing : document.left_out)
    message("ecnas: left out: " + missing);
  if (global.json) {
    Json result = {{"made", Json::array()}, {"left_out", document.left_out}};
    for (const fs::path& file : made)
      result["made"].push_back(file.string());
    for (const auto& [id, number] : ours)
      result["numbers"][id] = rounded(number.value);
    print_json(result);
    return;
  }
  print(comparison_text(published_table(ours)) + fmt::format("\npage  {}\n{} files in {}\n",
                                                             output.string(), made.size(),
                                                             bold(command.output)));
}

}  // namespace

void add_reproduce(CLI::App& app, const Global& global) {
  CLI::App* command = app.add_subcommand(
      "reproduce", "EC-NAS's figures and numbers again, beside what was published");
  const auto arguments = std::make_shared<ReproduceCommand>();
  command->add_option("-o,--output", arguments->output, "A directory for figures and tables")
      ->required()
      ->type_name("DIR");
  command
      ->add_option("--data", arguments->data,
                   "A directory of the published files (default: $ECNAS_DATA_DIR; without it "
                   "only what the built-in benchmark shows)")
      ->type_name("DIR");
  command->callback([=, &global] { run_reproduce(*arguments, global); });
}

}  // namespace ecnas::app
