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
  SubjectArguments about;
  std::uint16_t port = 0;
};

std::string page_text(const Subject& subject, const ExploreCommand& command) {
  const Document document = table_document(subject);
  report::Page page = table_page(subject, document, "ecnas explore " + command.about.text());
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
  const table::Table table = open_table(command.about.table, global);
  const Subject subject = command.about.subject(table, global);
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
  arguments->about.add_to(*command);
  command
      ->add_option("--port", arguments->port,
                   "The port to listen on, from 1024 (default: any free one)")
      ->type_name("N")
      ->check(CLI::Range(1024, 65535));
  command->callback([=, &global] { run_explore(*arguments, global); });
}

}  // namespace ecnas::app
