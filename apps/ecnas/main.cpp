#include <fmt/format.h>

#include <algorithm>

#include "command.hpp"
#include "ecnas/core/text.hpp"
#include "exit_status.hpp"
#include "run_program.hpp"
#include "terminal.hpp"
#include "version.hpp"

namespace ecnas::app {
namespace {

constexpr std::string_view kDescription =
    "Energy-aware neural architecture search benchmarks: tables of what training a network costs\n"
    "and how accurate it gets, queried, searched and compared.";

constexpr std::string_view kFooter =
    "A TABLE is a file made by 'ecnas import', or the name of a built-in table (ecnas-4v, "
    "ecnas-5v,\n"
    "ecnas-7v, fashion-4v, space-4v, space-5v, space-7v). A CELL is its hash, a prefix of it, or\n"
    "ADJACENCY:OPS as in 0110001000010000:conv3x3,maxpool3x3.\n"
    "Exit status: 0 done, 2 bad usage, 3 bad input, 4 not there, 5 input/output failed, 6 a "
    "program\n"
    "is missing, 130 interrupted.";

/// The names that could have stood where parsing ended: subcommands of the last command given.
std::vector<std::string> expected_commands(const CLI::App& app) {
  const CLI::App* last = &app;
  while (!last->get_subcommands().empty())
    last = last->get_subcommands().front();
  std::vector<std::string> names;
  for (const CLI::App* command : last->get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(command->get_name());
  return names;
}

/// CLI11 tells of an unknown word only that it was unexpected; we name what is nearest.
std::string with_suggestion(const CLI::App& app, const CLI::ParseError& error) {
  std::string text = error.what();
  const std::vector<std::string> expected = expected_commands(app);
  const std::vector<std::string_view> names(expected.begin(), expected.end());
  constexpr bool kOfSubcommandsToo = true;
  for (const std::string& word : app.remaining(kOfSubcommandsToo)) {
    if (const auto guess = closest(word, names)) {
      return fmt::format("'{}': no such command; did you mean '{}'?", word, *guess);
    }
  }
  return text.substr(0, text.find('\n'));
}

void build(CLI::App& app, Global& global) {
  app.require_subcommand(1);
  app.fallthrough();
  app.footer(std::string(kFooter));
  app.set_version_flag("--version", version_text());
  app.add_flag("--json", global.json, "Print one JSON document and nothing else");
  app.add_option("--threads", global.threads, "Threads to use (default: one per core)")
      ->type_name("N")
      ->check(CLI::Range(0U, 1024U));
  app.add_flag("--no-cache", global.no_cache,
               "Build built-in benchmarks anew and keep nothing in the cache directory");
  add_space(app, global);
  add_fetch(app, global);
  add_import(app, global);
  add_export(app, global);
  add_info(app, global);
  add_merge(app, global);
  add_verify(app, global);
  add_query(app, global);
  add_front(app, global);
  add_search(app, global);
  add_compare(app, global);
  add_surrogate(app, global);
  add_analyze(app, global);
  add_plot(app, global);
  add_choose(app, global);
  add_report(app, global);
  add_explore(app, global);
  add_reproduce(app, global);
  add_track(app, global);
  add_train(app, global);
  add_sweep(app, global);
  add_completion(app);
}

/// What another program is to parse: everything behind `train`; behind `track`, the command after
/// the first "--".
/// @return how many arguments are before it
int take_command(int argument_count, char** arguments, Global& global) {
  char** const end = arguments + argument_count;
  char** const train = std::find(arguments, end, std::string_view("train"));
  const auto is_option = [](const char* word) { return *word == '-'; };
  if (train != end && std::all_of(arguments + 1, train, is_option)) {
    global.command.assign(train + 1, end);
    return static_cast<int>(train + 1 - arguments);
  }
  char** const dashes = std::find(arguments, end, std::string_view("--"));
  if (std::find(arguments, dashes, std::string_view("track")) == dashes) return argument_count;
  if (dashes != end) global.command.assign(dashes + 1, end);
  return static_cast<int>(dashes - arguments);
}

int run(int argument_count, char** arguments) {
  CLI::App app{std::string(kDescription), "ecnas"};
  Global global;
  build(app, global);
  try {
    app.parse(take_command(argument_count, arguments, global), arguments);
    return kDone;
  } catch (const CLI::Success& success) {  // --help, --version
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    message(fmt::format("ecnas: {}; see 'ecnas --help'", with_suggestion(app, error)));
    return kBadUsage;
  }
}

}  // namespace
}  // namespace ecnas::app

int main(int argument_count, char** arguments) {
  return ecnas::app::run_program("ecnas",
                                 [=] { return ecnas::app::run(argument_count, arguments); });
}
