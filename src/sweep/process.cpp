#include "sweep/process.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "sweep/small_file.hpp"

namespace ecnas::sweep {
namespace {

/// Which step of becoming the program failed, as the child tells through a pipe.
enum class Step : int { none, pin, open_log, execute };
struct Report {
  Step step = Step::none;
  int error = 0;
};

/// Everything that must be ready before the fork: after it, only what is safe in a signal handler.
struct Prepared {
  std::vector<char*> arguments;
  cpu_set_t cores{};
  bool is_pinned = false;
  const char* log = nullptr;
  pid_t parent = 0;
};

[[noreturn]] void give_up(int pipe, Step step) {
  const Report report{step, errno};
  const ssize_t ignored = ::write(pipe, &report, sizeof report);
  ::_exit(ignored == 0 ? 126 : 127);
}

[[noreturn]] void become(const Prepared& prepared, int pipe) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != prepared.parent) ::_exit(127);  // it died before it could be watched
  if (prepared.is_pinned && ::sched_setaffinity(0, sizeof prepared.cores, &prepared.cores) != 0)
    give_up(pipe, Step::pin);
  const int null = ::open("/dev/null", O_RDONLY);
  const int log = ::open(prepared.log, O_WRONLY | O_CREAT | O_APPEND, 0666);
  if (null < 0 || log < 0) give_up(pipe, Step::open_log);
  ::dup2(null, STDIN_FILENO);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  ::close(null);
  ::close(log);
  sigset_t none;
  ::sigemptyset(&none);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGCHLD})
    ::signal(signal, SIG_DFL);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execv(prepared.arguments.front(), prepared.arguments.data());
  give_up(pipe, Step::execute);
}

[[noreturn]] void refuse(const Report& report, const ChildOptions& options) {
  const std::string reason = std::generic_category().message(report.error);
  switch (report.step) {
    case Step::pin:
      fail(ErrorCode::invalid_argument,
           "cores {}: no training can be pinned to them ({}); name cores that this machine has",
           fmt::join(options.cores, ","), reason);
    case Step::open_log:
      fail(ErrorCode::io_failure, "{}: {}", options.log.string(), reason);
    case Step::execute:
    case Step::none:
      break;
  }
  fail(ErrorCode::missing_dependency, "{}: cannot be executed ({}); it trains the cells",
       options.command.front(), reason);
}

}  // namespace

std::optional<std::uint64_t> start_time_of(std::int64_t pid) {
  const auto text = small_file(fmt::format("/proc/{}/stat", pid));
  if (!text) return std::nullopt;
  const std::size_t end_of_name = text->rfind(')');
  if (end_of_name == std::string::npos || end_of_name + 2 > text->size()) return std::nullopt;
  // What follows the name begins with field 3, the state; field 22 is the time of the start.
  const auto fields = split(std::string_view(*text).substr(end_of_name + 2), ' ');
  constexpr std::size_t kStartTime = 22 - 3;
  if (fields.size() <= kStartTime) return std::nullopt;
  if (fields[0] == "Z" || fields[0] == "X") return std::nullopt;
  const auto ticks = parse_integer(fields[kStartTime]);
  if (!ticks || *ticks < 0) return std::nullopt;
  return static_cast<std::uint64_t>(*ticks);
}

pid_t start_child(const ChildOptions& options) {
  std::vector<std::string> words = options.command;
  Prepared prepared;
  for (std::string& word : words)
    prepared.arguments.push_back(word.data());
  prepared.arguments.push_back(nullptr);
  CPU_ZERO(&prepared.cores);
  for (const unsigned core : options.cores)
    CPU_SET(core, &prepared.cores);
  prepared.is_pinned = !options.cores.empty();
  prepared.log = options.log.c_str();
  prepared.parent = ::getpid();

  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) fail_io(options.log, "no pipe", errno);
  const pid_t child = ::fork();
  if (child == 0) become(prepared, pipe[1]);
  const int fork_error = errno;
  ::close(pipe[1]);
  Report report;
  ssize_t size = 0;
  if (child > 0) {
    do {
      size = ::read(pipe[0], &report, sizeof report);  // ends when the program begins
    } while (size < 0 && errno == EINTR);
  }
  ::close(pipe[0]);
  if (child < 0) fail_io(options.command.front(), "no process can be started", fork_error);
  if (size != static_cast<ssize_t>(sizeof report)) return child;
  static_cast<void>(reap(child));
  refuse(report, options);
}

void await_end(pid_t child) {
  siginfo_t information{};
  while (::waitid(P_PID, static_cast<id_t>(child), &information, WEXITED | WNOWAIT) != 0 &&
         errno == EINTR) {
  }
}

int reap(pid_t child) {
  ::kill(-child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace ecnas::sweep
