#include "energy/program_run.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include "ecnas/core/error.hpp"

namespace ecnas::energy {
namespace {

constexpr std::chrono::milliseconds kSlice{2};  // its end, unlike its output, wakes nobody

}  // namespace

ProgramRun::~ProgramRun() {
  if (!is_alive()) return;
  kill();
  advance(Clock::now() + std::chrono::milliseconds(100));
  close();
}

int ProgramRun::start(std::vector<std::string> words, std::size_t max_output_bytes) {
  ECNAS_ASSERT(!is_alive() && !words.empty());
  output_.clear();
  status_.reset();
  has_written_too_much_ = false;
  max_output_bytes_ = max_output_bytes;
  started_ = Clock::now();
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return errno;
  reader_ = ends[0];
  ::fcntl(reader_, F_SETFL, O_NONBLOCK);  // the program's end stays as programs expect it
  const int error = spawn(std::move(words), ends[1]);
  ::close(ends[1]);
  if (error != 0) close();
  return error;
}

int ProgramRun::spawn(std::vector<std::string> words, int writer) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  ECNAS_ASSERT(::posix_spawn_file_actions_init(&files) == 0);
  ECNAS_ASSERT(::posix_spawnattr_init(&attributes) == 0);
  ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&files, writer, STDOUT_FILENO);
  ::posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  sigset_t none;
  sigset_t all;
  ::sigemptyset(&none);
  ::sigfillset(&all);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  ::posix_spawnattr_setflags(
      &attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  std::vector<char*> arguments;
  for (std::string& word : words)
    arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const int error =
      ::posix_spawnp(&id_, arguments.front(), &files, &attributes, arguments.data(), environ);
  if (error != 0) id_ = 0;
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&files);
  return error;
}

bool ProgramRun::advance(Clock::time_point deadline) {
  for (;;) {
    const bool has_ended = reap();  // before its last words are read
    drain();
    if (has_ended) close();
    if (has_ended || Clock::now() >= deadline) return has_ended;
    pollfd waiting{.fd = reader_, .events = POLLIN, .revents = 0};
    ::poll(&waiting, 1, static_cast<int>(kSlice.count()));
  }
}

void ProgramRun::kill() const {
  // Only while its number is its own: until somebody has waited for it.
  siginfo_t info{};
  if (::waitid(P_PID, static_cast<id_t>(id_), &info, WEXITED | WNOHANG | WNOWAIT) == 0)
    ::kill(-id_, SIGKILL);
}

bool ProgramRun::reap() {
  siginfo_t info{};
  const int result = ::waitid(P_PID, static_cast<id_t>(id_), &info, WEXITED | WNOHANG | WNOWAIT);
  if (result == 0 && info.si_pid == 0) return false;
  int status = 0;
  if (result == 0) {
    ::kill(-id_, SIGKILL);  // what it has left
    if (::waitpid(id_, &status, WNOHANG) == id_)
      status_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }
  id_ = 0;
  return true;
}

void ProgramRun::drain() {
  std::array<char, 4096> buffer{};
  while (reader_ >= 0) {
    const ssize_t count = ::read(reader_, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return;
    if (count > 0) output_.append(buffer.data(), static_cast<std::size_t>(count));
    has_written_too_much_ = output_.size() > max_output_bytes_;
    if (count <= 0 || has_written_too_much_) close();
  }
}

void ProgramRun::close() {
  if (reader_ >= 0) ::close(std::exchange(reader_, -1));
}

}  // namespace ecnas::energy
