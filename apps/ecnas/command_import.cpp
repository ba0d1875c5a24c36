#include <memory>

#include "command.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/table/builder.hpp"
#include "ecnas/table/import.hpp"
#include "import_output.hpp"

namespace ecnas::app {
namespace {

struct ImportArguments {
  std::vector<std::string> sources;
  std::string output;
  std::string format;
  std::optional<double> pue;
  std::string provenance;
  std::vector<std::string> join;
  bool strict = false;
  bool keep_going = false;
};

table::ImportOptions import_options(const ImportArguments& arguments, const Global& global) {
  table::ImportOptions options;
  options.pue = arguments.pue;
  options.join.assign(arguments.join.begin(), arguments.join.end());
  options.strict = arguments.strict;
  options.keep_going = arguments.keep_going;
  options.threads = global.threads;
  if (!arguments.format.empty()) {
    options.format = table::parse_import_format(arguments.format);
    if (!options.format) {
      fail(ErrorCode::invalid_argument,
           "--format {}: unknown; choose from csv, results, table, tfrecord",
           ecnas::quoted(arguments.format));
    }
  }
  if (!arguments.provenance.empty()) {
    options.provenance = table::parse_provenance(arguments.provenance);
    if (!options.provenance) {
      fail(ErrorCode::invalid_argument,
           "--provenance {}: unknown; choose from measured, scaled, predicted",
           ecnas::quoted(arguments.provenance));
    }
  }
  return options;
}

void run_import(const ImportArguments& arguments, const Global& global) {
  const std::vector<std::filesystem::path> sources(arguments.sources.begin(),
                                                   arguments.sources.end());
  table::ImportOptions options = import_options(arguments, global);
  Progress progress("reading", global.json);
  options.progress = [&](double done) { progress.show(done); };
  const table::Imported imported = table::import_tables(sources, options);
  table::write_table(imported.table, arguments.output);
  if (global.json) {
    print_json(import_json(imported, arguments.output));
  } else {
    print_import(imported, arguments.output);
  }
}

}  // namespace

void add_import(CLI::App& app, const Global& global) {
  CLI::App* command = app.add_subcommand(
      "import",
      "Make a table of published TFRecord files, CSV files, raw results.json files (folder or "
      "archive), or tables");
  const auto arguments = std::make_shared<ImportArguments>();
  command->add_option("source", arguments->sources, "Files, folders or archives")
      ->required()
      ->type_name("SOURCE");
  command->add_option("-o,--output", arguments->output, "The table to write")
      ->required()
      ->type_name("TABLE");
  command->add_option("--format", arguments->format,
                      "csv, results, table or tfrecord (default: recognised from the content)");
  command
      ->add_option("--data-pue", arguments->pue,
                   "PUE that the energies include, where the source does not say")
      ->type_name("X");
  command->add_option("--provenance", arguments->provenance,
                      "measured, scaled or predicted, where the source does not say");
  command
      ->add_option("--join", arguments->join,
                   "Take the accuracies, all repeats, from this source: NAS-Bench-101's beside "
                   "EC-NAS's energies")
      ->type_name("SOURCE");
  command->add_flag("--strict", arguments->strict, "What is odd about records is an error");
  command->add_flag("--keep-going", arguments->keep_going,
                    "Leave out damaged records, and what follows a cut, in place of stopping");
  command->callback([=, &global] { run_import(*arguments, global); });
}

}  // namespace ecnas::app
