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
  std::string table{kDefaultTable};
  std::string output;
  std::optional<std::int32_t> epochs;
  std::optional<std::size_t> repeat;

  [[nodiscard]] table::Repeat chosen_repeat(const table::Table& opened) const {
    ReadingOptions reading;
    reading.repeat = repeat;
    if (repeat && *repeat > opened.repeats()) {
      fail(ErrorCode::not_found, "{}: no repeat {}; it has {}", opened.name(), *repeat,
           opened.repeats());
    }
    return reading.chosen_repeat();
  }

  [[nodiscard]] std::string text() const {
    return fmt::format("ecnas report {} --output {}{}{}", table, output,
                       epochs ? fmt::format(" --epochs {}", *epochs) : std::string(),
                       repeat ? fmt::format(" --repeat {}", *repeat) : std::string());
  }
};

void run_report(const ReportCommand& command, const Global& global) {
  make_directory(command.output);
  const fs::path output = fs::path(command.output) / "index.html";
  report::expect_page_writable(output, page_directory());
  const table::Table table = open_table(command.table, global);
  const Subject subject{&table, command.chosen_repeat(table),
                        analysis::chosen_epochs(table, command.epochs), global.threads};
  const Document document = table_document(subject);
  report::write_page(table_page(subject, document, command.text()), output, page_directory());
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
  command->add_option("table", arguments->table, "File of a table, or the name of a built-in one")
      ->type_name("TABLE")
      ->capture_default_str();
  command->add_option("-o,--output", arguments->output, "A directory; the page is its index.html")
      ->required()
      ->type_name("DIR");
  command
      ->add_option("--epochs", arguments->epochs,
                   "The budget of what is told of one (default: the largest)")
      ->type_name("N");
  command
      ->add_option("--repeat", arguments->repeat, "One repeat, from 1 (default: the mean of all)")
      ->type_name("K");
  command->callback([=, &global] { run_report(*arguments, global); });
}

}  // namespace ecnas::app
