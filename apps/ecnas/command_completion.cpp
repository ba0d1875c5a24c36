#include <fmt/format.h>

#include <memory>
#include <set>

#include "command.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/net/catalogue.hpp"
#include "ecnas/search/objective.hpp"
#include "ecnas/search/search.hpp"
#include "ecnas/surrogate/benchmark.hpp"
#include "ecnas/table/builtin.hpp"
#include "terminal.hpp"

namespace ecnas::app {
namespace {

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App* command) { return !command->get_name().empty(); });
}

std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames())
      names.push_back("--" + name);
  }
  return names;
}

/// Words that may follow `command`: its subcommands, its options and the global ones.
std::string words_after(const CLI::App& root, const CLI::App& command) {
  std::set<std::string> words;
  for (const CLI::App* child : commands_of(command))
    words.insert(child->get_name());
  for (const std::string& name : option_names(command))
    words.insert(name);
  for (const std::string& name : option_names(root))
    words.insert(name);
  return fmt::format("{}", fmt::join(words, " "));
}

/// `case` branches of the shell function: the commands typed so far → what may follow.
void add_branches(const CLI::App& root, const CLI::App& command, const std::string& path,
                  std::string& text) {
  text += fmt::format("    '{}') words='{}' ;;\n", path, words_after(root, command));
  for (const CLI::App* child : commands_of(command)) {
    const std::string below = path.empty() ? child->get_name() : path + " " + child->get_name();
    add_branches(root, *child, below, text);
  }
}

std::string all_commands(const CLI::App& app) {
  std::set<std::string> names;
  for (const CLI::App* command : commands_of(app)) {
    names.insert(command->get_name());
    for (const CLI::App* child : commands_of(*command))
      names.insert(child->get_name());
  }
  return fmt::format("{}", fmt::join(names, "|"));
}

/// The completion function, written for bash and run by zsh through its bashcompinit.
std::string script(const CLI::App& app) {
  std::vector<std::string_view> algorithms;
  for (const auto& algorithm : search::algorithms())
    algorithms.push_back(algorithm.name);
  std::vector<std::string_view> objectives;
  for (const auto& objective : search::objectives())
    objectives.push_back(objective.name);
  std::vector<std::string_view> tables;
  for (const auto& table : surrogate::benchmarks())
    tables.push_back(table.name);
  for (const auto& table : table::builtin_tables())
    tables.push_back(table.name);

  std::vector<std::string_view> published;
  for (const auto& file : net::catalogue())
    published.push_back(file.name);

  std::string branches;
  add_branches(app, app, "", branches);
  return fmt::format(
      R"(_ecnas() {{
  local current="${{COMP_WORDS[COMP_CWORD]}}" previous="${{COMP_WORDS[COMP_CWORD-1]}}"
  local path='' words='' word
  for word in "${{COMP_WORDS[@]:1:$((COMP_CWORD - 1))}}"; do
    case "$word" in
      {}) path="${{path:+$path }}$word" ;;
    esac
  done
  case "$previous" in
    --algorithm) words='{}' ;;
    --objectives) words='{}' ;;
    --sampling) words='uniform published' ;;
    --count) words='evaluations requests' ;;
    --prefer) words='measured last' ;;
    --reference) words='semoa-published' ;;
    *)
  case "$path" in
{}  esac
  [[ "$path" =~ ^(export|info|merge|verify|query|front|search)$ ]] && words="$words {}"
  [[ "$path" == fetch ]] && words="$words {}" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [[ "$current" == -* ]] || COMPREPLY+=($(compgen -f -- "$current"))
}}
complete -o filenames -F _ecnas ecnas
)",
      all_commands(app), fmt::join(algorithms, " "), fmt::join(objectives, " "), branches,
      fmt::join(tables, " "), fmt::join(published, " "));
}

}  // namespace

void add_completion(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("completion", "Shell completion: source <(ecnas completion bash), or zsh");
  const auto shell = std::make_shared<std::string>();
  command->add_option("shell", *shell, "bash or zsh")->required()->type_name("SHELL");
  command->callback([&app, shell] {
    if (*shell == "bash") {
      print(script(app));
    } else if (*shell == "zsh") {
      print("autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n" +
            script(app));
    } else {
      fail(ErrorCode::invalid_argument, "shell {}: unknown; choose from bash, zsh",
           ecnas::quoted(*shell));
    }
  });
}

}  // namespace ecnas::app
