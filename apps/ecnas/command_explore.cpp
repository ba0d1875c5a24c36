// `ecnas explore`: the page of `ecnas report`, served to this machine with live queries.
#include <fmt/format.h>

#include <memory>

#include "cell_document.hpp"
#include "command.hpp"
#include "ecnas/core/error.hpp"
#include "explore_server.hpp"
#include "interrupt.hpp"
#include "table_page.hpp"
#include "terminal.hpp"

namespace ecnas::app {
namespace {

struct ExploreCommand {
  std::string table{kDefaultTable};
  std::optional<std::int32_t> epochs;
  std::optional<std::size_t> repeat;
  std::uint16_t port = 0;

  [[nodiscard]] std::string text() const {
    return fmt::format("ecnas explore {}{}{}", table,
                       epochs ? fmt::format(" --epochs {}", *epochs) : std::string(),
                       repeat ? fmt::format(" --repeat {}", *repeat) : std::string());
  }
};

std::string page_text(const Subject& subject, const ExploreCommand& command) {
  const Document document = table_document(subject);
  report::Page page = table_page(subject, document, command.text());
  page.live = true;
  for (const std::string& reason : document.left_out)
    message("ecnas: left out: " + reason);
  return report::page_text(page, page_directory());
}

/// What `cells/HASH` leads to.
std::optional<ServedContent> served_cell(const Subject& subject, std::string_view hash_text) {
  const std::optional<space::Hash> hash = space::parse_hash(hash_text);
  const std::optional<table::Row> row = hash ? subject.table->find(*hash) : std::nullopt;
  if (!row) return std::nullopt;
  return ServedContent{"application/json",
                       cell_document(*subject.table, *row, subject.repeat).dump()};
}

void announce(const ExploreServer& server, const std::string& name, const Global& global) {
  if (global.json) {
    print(Json{{"address", server.address()}, {"port", server.port()}}.dump() + "\n");
  } else {
    print(server.address() + "\n");
    message(
        fmt::format("ecnas: {} is served to this machine at this address; Ctrl-C ends it", name));
  }
}

void run_explore(const ExploreCommand& command, const Global& global) {
  report::expect_page_template(page_directory());
  ExploreServer server(command.port);
  const table::Table table = open_table(command.table, global);
  ReadingOptions reading;
  reading.repeat = command.repeat;
  const Subject subject{&table, reading.chosen_repeat(table),
                        analysis::chosen_epochs(table, command.epochs), global.threads};
  const std::string page = page_text(subject, command);

  const InterruptGuard interrupt;
  announce(server, subject.name(), global);
  server.serve(
      [&](std::string_view path) -> std::optional<ServedContent> {
        constexpr std::string_view kCells = "cells/";
        if (path.empty()) return ServedContent{"text/html; charset=utf-8", page};
        if (path.starts_with(kCells)) return served_cell(subject, path.substr(kCells.size()));
        return std::nullopt;
      },
      interrupt.token());
  fail(ErrorCode::interrupted, "explore interrupted: {} is no longer served", subject.name());
}

}  // namespace

void add_explore(CLI::App& app, const Global& global) {
  CLI::App* command = app.add_subcommand(
      "explore", "The page of 'report', served to this machine, with every value of a cell");
  const auto arguments = std::make_shared<ExploreCommand>();
  command->add_option("table", arguments->table, "File of a table, or the name of a built-in one")
      ->type_name("TABLE")
      ->capture_default_str();
  command
      ->add_option("--epochs", arguments->epochs,
                   "The budget of what is told of one (default: the largest)")
      ->type_name("N");
  command
      ->add_option("--repeat", arguments->repeat, "One repeat, from 1 (default: the mean of all)")
      ->type_name("K");
  command
      ->add_option("--port", arguments->port,
                   "The port to listen on, from 1024 (default: any free one)")
      ->type_name("N")
      ->check(CLI::Range(1024, 65535));
  command->callback([=, &global] { run_explore(*arguments, global); });
}

}  // namespace ecnas::app
