// `ecnas report`: a table as one self-contained page.
#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "command.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/core/file.hpp"
#include "table_page.hpp"
#include "terminal.hpp"

namespace ecnas::app {
namespace {

namespace fs = std::filesystem;

struct ReportCommand {
  SubjectArguments about;
  std::string output;
  std::string proxies;  ///< file; empty: none

  /// As they stand on a command line.
  [[nodiscard]] std::string text() const {
    return fmt::format("{}{} --output {}", about.text(),
                       proxies.empty() ? std::string() : fmt::format(" --proxies {}", proxies),
                       output);
  }
};

void run_report(const ReportCommand& command, const Global& global) {
  make_directory(command.output);
  const fs::path output = fs::path(command.output) / "index.html";
  report::expect_page_writable(output, page_directory());
  const table::Table table = open_table(command.about.table, global);
  Subject subject = command.about.subject(table, global);
  if (!command.proxies.empty())
    subject.proxies = analysis::read_proxies(read_file(command.proxies), command.proxies, table);
  const Document document = table_document(subject);
  const std::string made_by = "ecnas report " + command.text();
  report::write_page(table_page(subject, document, made_by), output, page_directory());
  for (const std::string& reason : document.left_out)
    message("ecnas: left out: " + reason);
  if (global.json) {
    print_json({{"output", output.string()}, {"left_out", document.left_out}});
  } else {
    print(fmt::format("page  {}\n", output.string()));
  }
}

}  // namespace

void add_report(CLI::App& app, const Global& global) {
  CLI::App* command =
      app.add_subcommand("report", "A table as one self-contained page, to explore offline");
  const auto arguments = std::make_shared<ReportCommand>();
  arguments->about.add_to(*command);
  command->add_option("-o,--output", arguments->output, "A directory; the page is its index.html")
      ->required()
      ->type_name("DIR");
  command
      ->add_option("--proxies", arguments->proxies,
                   "A CSV of 'ecnas train --proxies': how it orders the cells")
      ->type_name("FILE");
  command->callback([=, &global] { run_report(*arguments, global); });
}

}  // namespace ecnas::app
