#include "trainer_program.hpp"

#include <unistd.h>

#include <cstdlib>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"

namespace ecnas::app {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kTrainer = "ecnas-train";

bool is_executable(const fs::path& file) {
  std::error_code ignored;
  return fs::is_regular_file(file, ignored) && ::access(file.c_str(), X_OK) == 0;
}

}  // namespace

std::optional<fs::path> program_on_path(std::string_view name) {
  const char* path = std::getenv("PATH");
  if (path == nullptr) return std::nullopt;
  for (const std::string_view directory : split(path, ':')) {
    if (directory.empty()) continue;
    const fs::path file = fs::path(directory) / name;
    if (is_executable(file)) return fs::absolute(file);
  }
  return std::nullopt;
}

fs::path own_program() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  return error ? fs::path("ecnas") : program;
}

fs::path trainer_program(const std::optional<std::string>& given) {
  if (given) {
    if (is_executable(*given)) return fs::absolute(*given);
    fail(ErrorCode::missing_dependency, "--trainer {}: no program that can be executed", *given);
  }
  fs::path beside = own_program().parent_path() / kTrainer;
  if (is_executable(beside)) return beside;
  if (const auto found = program_on_path(kTrainer)) return *found;
  fail(ErrorCode::missing_dependency,
       "{}: neither beside this program nor on PATH; build it where LibTorch is (libtorch-dev), or "
       "name it with --trainer",
       kTrainer);
}

}  // namespace ecnas::app
