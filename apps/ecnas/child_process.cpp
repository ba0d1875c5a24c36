#include "child_process.hpp"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include "ecnas/core/error.hpp"

namespace ecnas::app {
namespace {

namespace fs = std::filesystem;

// What somebody may want to tell a command. Those that stop and continue reach it by its terminal,
// or are not ours to hold back.
constexpr std::array kPassedOn = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM};

/// Our environment with settings in place of those of the same name.
std::vector<std::string> environment(const std::map<std::string, std::string>& settings) {
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string text = *variable;
    if (!settings.contains(text.substr(0, text.find('=')))) variables.push_back(text);
  }
  for (const auto& [name, value] : settings)
    variables.push_back(fmt::format("{}={}", name, value));
  return variables;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts)
    pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// A file without a first line that says what runs it is a script of the shell's, as execvp has it.
int start_by_shell(pid_t& process, std::vector<std::string> command,
                   const posix_spawnattr_t& attributes, char* const* variables) {
  command.insert(command.begin(), "/bin/sh");
  return ::posix_spawn(&process, "/bin/sh", nullptr, &attributes, pointers(command).data(),
                       variables);
}

Ending ending_of(int status) {
  if (WIFSIGNALED(status)) return {.signal = WTERMSIG(status)};
  return {.exit_status = WEXITSTATUS(status)};
}

/// Waits for all that have ended; how `process` did, if it is among them.
std::optional<Ending> reap(pid_t process) {
  std::optional<Ending> ending;
  for (;;) {
    int status = 0;
    const pid_t ended = ::waitpid(-1, &status, WNOHANG);
    if (ended <= 0) return ending;
    if (ended == process) ending = ending_of(status);
  }
}

}  // namespace

ChildProcess::ChildProcess() {
  // Whoever started us may have children's ends ignored: then nobody can wait for any.
  ::signal(SIGCHLD, SIG_DFL);
  ::sigemptyset(&taken_);
  ::sigaddset(&taken_, SIGCHLD);
  for (const int signal : kPassedOn)
    ::sigaddset(&taken_, signal);
  ::pthread_sigmask(SIG_BLOCK, &taken_, &before_);
}

int ChildProcess::start(const std::vector<std::string>& command,
                        const std::map<std::string, std::string>& settings) {
  ECNAS_ASSERT(!command.empty() && process_ < 0);
  posix_spawnattr_t attributes;
  ECNAS_ASSERT(::posix_spawnattr_init(&attributes) == 0);
  ::posix_spawnattr_setsigmask(&attributes, &before_);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  std::vector<std::string> words = command;
  std::vector<std::string> variables = environment(settings);
  std::vector<char*> variable_pointers = pointers(variables);
  int error = ::posix_spawnp(&process_, words.front().c_str(), nullptr, &attributes,
                             pointers(words).data(), variable_pointers.data());
  if (error == ENOEXEC && words.front().find('/') != std::string::npos)
    error = start_by_shell(process_, words, attributes, variable_pointers.data());
  ::posix_spawnattr_destroy(&attributes);
  return error;
}

Ending ChildProcess::wait() {
  for (;;) {
    siginfo_t information{};
    const int signal = ::sigwaitinfo(&taken_, &information);
    if (signal < 0) continue;  // interrupted
    if (signal != SIGCHLD) {
      const bool is_from_somebody = information.si_code <= 0;  // SI_USER and the like
      if (is_from_somebody) ::kill(process_, signal);
      continue;
    }
    if (const std::optional<Ending> ending = reap(process_)) return *ending;
  }
}

int status_of_failed_start(int error, const std::string& program) {
  constexpr int kNotFound = 127;
  constexpr int kNotExecutable = 126;
  std::error_code ignored;
  const bool is_path = program.find('/') != std::string::npos;
  if (error == ENOENT && !(is_path && fs::exists(program, ignored))) return kNotFound;
  return kNotExecutable;
}

void end_like(const Ending& ending) {
  if (ending.signal == 0) std::exit(ending.exit_status);
  // The command has left its core, or not; a second one of ours would be in its way.
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::signal(ending.signal, SIG_DFL);
  sigset_t only;
  ::sigemptyset(&only);
  ::sigaddset(&only, ending.signal);
  ::pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
  ::raise(ending.signal);
  std::exit(ending.status());  // a signal that ends nobody
}

}  // namespace ecnas::app
