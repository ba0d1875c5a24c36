#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <string>

#include "arguments.hpp"
#include "ecnas/exit_status.hpp"
#include "ecnas/run_program.hpp"
#include "ecnas/terminal.hpp"

namespace ecnas::app {
namespace {

constexpr const char* kFooter =
    "Exit status: 0 done, 2 bad usage, 3 bad data, 4 not there, 5 input/output failed, 6 a device "
    "is\nmissing, 7 the training failed (failure.json says how), 130 interrupted after a "
    "checkpoint.";

int run(int argument_count, char** words) {
  CLI::App app{"Train a cell's network, and measure what that takes", "ecnas train"};
  Arguments arguments;
  arguments.add_to(app);
  app.footer(kFooter);
  app.set_version_flag("--version", std::string("ecnas-train " ECNAS_VERSION));
  try {
    app.parse(argument_count, words);
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    message(fmt::format("ecnas-train: {}; see 'ecnas train --help'", error.what()));
    return kBadUsage;
  }
  if (!arguments.proxies) return run_training(arguments);
  run_proxies(arguments);
  return kDone;
}

}  // namespace
}  // namespace ecnas::app

int main(int argument_count, char** arguments) {
  return ecnas::app::run_program("ecnas-train",
                                 [=] { return ecnas::app::run(argument_count, arguments); });
}
