#include <memory>

#include "command.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/table/export.hpp"
#include "terminal.hpp"

namespace ecnas::app {
namespace {

struct ExportArguments {
  std::string table;
  std::string output = "/dev/stdout";
  std::string format = "csv";
  table::Subset subset;
};

void run_export(const ExportArguments& arguments, const Global& global) {
  const auto format = table::parse_export_format(arguments.format);
  if (!format) {
    fail(ErrorCode::invalid_argument,
         "--format {}: unknown; choose from csv, jsonl, table, ecnas-tfrecord, "
         "nasbench101-tfrecord",
         ecnas::quoted(arguments.format));
  }
  const std::vector<std::string> losses = table::export_table(
      open_table(arguments.table, global), *format, arguments.subset, arguments.output);
  for (const std::string& loss : losses)
    message(fmt::format("ecnas: --format {}: {}", arguments.format, loss));
}

}  // namespace

void add_export(CLI::App& app, const Global& global) {
  CLI::App* command =
      app.add_subcommand("export", "Write a table, or part of it, as CSV, JSON Lines or TFRecords");
  const auto arguments = std::make_shared<ExportArguments>();
  command->add_option("table", arguments->table, "The table")->required()->type_name("TABLE");
  command
      ->add_option("--format", arguments->format,
                   "csv, jsonl, table, ecnas-tfrecord or nasbench101-tfrecord")
      ->capture_default_str();
  command->add_option("-o,--output", arguments->output, "File to write (default: standard output)")
      ->type_name("FILE");
  command->add_option("--max-vertices", arguments->subset.max_vertices, "Only cells of at most V")
      ->type_name("V");
  command->add_option("--epochs", arguments->subset.epochs, "Only these budgets")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("N");
  command->add_option("--metrics", arguments->subset.metrics, "Only these metrics")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("NAMES");
  command->callback([=, &global] { run_export(*arguments, global); });
}

}  // namespace ecnas::app
