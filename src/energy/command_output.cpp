#include "energy/command_output.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <optional>
#include <system_error>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"

namespace ecnas::energy {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kLook{10};  // between looks at a program that keeps its output open

std::string reason_of(int error) {
  return std::generic_category().message(error);
}

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(); }
  [[nodiscard]] int get() const { return value_; }
  void close() {
    if (value_ >= 0) ::close(value_);
    value_ = -1;
  }

 private:
  int value_;
};

/// What a new process begins with.
class Setup {
 public:
  explicit Setup(int output) {
    ECNAS_ASSERT(::posix_spawn_file_actions_init(&files_) == 0);
    ECNAS_ASSERT(::posix_spawnattr_init(&attributes_) == 0);
    ::posix_spawn_file_actions_addopen(&files_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&files_, output, STDOUT_FILENO);
    ::posix_spawn_file_actions_addopen(&files_, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    sigset_t none;
    sigset_t all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    ::posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  Setup(const Setup&) = delete;
  Setup& operator=(const Setup&) = delete;
  ~Setup() {
    ::posix_spawn_file_actions_destroy(&files_);
    ::posix_spawnattr_destroy(&attributes_);
  }

  /// @return 0 or an error
  int spawn(pid_t& process, const std::vector<std::string>& words) const {
    std::vector<char*> arguments;
    for (const std::string& word : words)
      arguments.push_back(const_cast<char*>(word.c_str()));  // not written to
    arguments.push_back(nullptr);
    return ::posix_spawnp(&process, arguments.front(), &files_, &attributes_, arguments.data(),
                          environ);
  }

 private:
  posix_spawn_file_actions_t files_{};
  posix_spawnattr_t attributes_{};
};

/// A running program and its group, which end with this.
class Group {
 public:
  explicit Group(pid_t leader) : leader_(leader) {}
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;
  ~Group() { end(); }

  /// Whether the program has ended; it is kept as a zombie, so that its number is nobody else's.
  [[nodiscard]] bool has_ended() const {
    siginfo_t info{};
    const int result =
        ::waitid(P_PID, static_cast<id_t>(leader_), &info, WEXITED | WNOHANG | WNOWAIT);
    return result != 0 || info.si_pid != 0;  // not ours to wait for: somebody else has
  }

  /// Kills what is left. @return the program's status as of waitpid, if it can be told
  std::optional<int> end() {
    if (leader_ < 0) return std::nullopt;
    ::kill(-leader_, SIGKILL);
    int status = 0;
    pid_t found = -1;
    do {
      found = ::waitpid(leader_, &status, 0);
    } while (found < 0 && errno == EINTR);
    const bool is_known = found == leader_;
    leader_ = -1;
    return is_known ? std::optional(status) : std::nullopt;
  }

 private:
  pid_t leader_;
};

/// Reads what is there. @return whether more may come
bool read_more(int descriptor, std::string& text, std::size_t max_bytes) {
  std::array<char, 4096> buffer{};
  while (text.size() <= max_bytes) {
    const ssize_t count = ::read(descriptor, buffer.data(), buffer.size());
    if (count == 0) return false;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno == EAGAIN;
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return true;
}

std::string end_of(int status) {
  if (WIFSIGNALED(status)) return fmt::format("it was ended by signal {}", WTERMSIG(status));
  return fmt::format("it ended with status {}", WEXITSTATUS(status));
}

}  // namespace

Result<std::string, CommandFailure> command_output(const std::vector<std::string>& words,
                                                   milliseconds timeout, std::size_t max_bytes) {
  const Clock::time_point end = Clock::now() + timeout;
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return CommandFailure{"no pipe for its output: " + reason_of(errno)};
  const Descriptor output(ends[0]);
  Descriptor input(ends[1]);
  ::fcntl(output.get(), F_SETFL, O_NONBLOCK);
  pid_t process = -1;
  const int error = Setup(input.get()).spawn(process, words);
  if (error != 0) return CommandFailure{"it cannot be run: " + reason_of(error)};
  Group group(process);
  input.close();

  std::string text;
  bool may_write = true;
  while (true) {
    const bool has_ended = group.has_ended();  // before its last words are read
    if (may_write) may_write = read_more(output.get(), text, max_bytes);
    if (text.size() > max_bytes) {
      return CommandFailure{fmt::format("it wrote more than {} bytes",
                                        with_thousands(static_cast<std::int64_t>(max_bytes)))};
    }
    if (has_ended) break;
    const auto left = std::chrono::ceil<milliseconds>(end - Clock::now());
    if (left <= milliseconds{0}) {
      return CommandFailure{fmt::format("it did not end within {:.3g} s",
                                        std::chrono::duration<double>(timeout).count())};
    }
    pollfd wait{.fd = may_write ? output.get() : -1, .events = POLLIN, .revents = 0};
    ::poll(&wait, 1, static_cast<int>(std::min(left, kLook).count()));
  }
  const std::optional<int> status = group.end();
  if (status && *status != 0) return CommandFailure{end_of(*status)};
  return text;
}

}  // namespace ecnas::energy
