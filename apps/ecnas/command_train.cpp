// `ecnas train`: executes `ecnas-train`, the one program with LibTorch.
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "command.hpp"
#include "ecnas/core/error.hpp"
#include "trainer_program.hpp"

namespace ecnas::app {
namespace {

void run_train(std::vector<std::string> words) {
  const std::filesystem::path program = trainer_program({});
  words.insert(words.begin(), program.string());
  std::vector<char*> arguments;
  for (std::string& word : words)
    arguments.push_back(word.data());
  arguments.push_back(nullptr);
  ::execv(program.c_str(), arguments.data());
  fail(ErrorCode::missing_dependency, "{}: cannot be run: {}", program.string(),
       std::strerror(errno));
}

}  // namespace

void add_train(CLI::App& app, const Global& global) {
  CLI::App* command = app.add_subcommand(
      "train", "Train a cell's network, and measure what that takes: see 'ecnas train --help'");
  command->callback([&global] {
    std::vector<std::string> words = global.command;  // not ours to parse
    if (global.json) words.emplace_back("--json");
    if (global.threads > 0) words.push_back(fmt::format("--threads={}", global.threads));
    run_train(std::move(words));
  });
}

}  // namespace ecnas::app
