#include <fmt/format.h>

#include <memory>

#include "command.hpp"
#include "ecnas/core/text.hpp"
#include "terminal.hpp"

namespace ecnas::app {

void add_verify(CLI::App& app, const Global& global) {
  CLI::App* command = app.add_subcommand(
      "verify", "Check a table whole: checksum, every cell, hash, parameter count and value");
  const auto name = std::make_shared<std::string>();
  command->add_option("table", *name, "The table")->required()->type_name("TABLE");
  command->callback([=, &global] {
    const table::Table table = open_table(*name, global);
    table.verify();
    if (global.json) {
      print_json(Json{{"table", table.name()}, {"cells", table.cells()}, {"verified", true}});
    } else {
      print(fmt::format("{}: {} cells, everything in order\n", table.name(),
                        with_thousands(static_cast<std::int64_t>(table.cells()))));
    }
  });
}

}  // namespace ecnas::app
