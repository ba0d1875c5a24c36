#include "report/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

#include "ecnas/core/error.hpp"

namespace ecnas::report {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMaxMessageBytes = 1 << 16;

std::string reason(int error) {
  return std::generic_category().message(error);
}

[[noreturn]] void fail_system(const std::string& program, std::string_view step, int error) {
  fail(ErrorCode::io_failure, "{}: {} failed: {}", program, step, reason(error));
}

class Descriptor {
 public:
  explicit Descriptor(int value = -1) : value_(value) {}
  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~Descriptor() { close(); }
  void close() {
    if (value_ >= 0) ::close(std::exchange(value_, -1));
  }
  [[nodiscard]] int get() const { return value_; }

 private:
  int value_;
};

struct Pipe {
  Descriptor reader;
  Descriptor writer;
};

Pipe make_pipe(const std::string& program) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) fail_system(program, "making a pipe", errno);
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

// The input as a file in memory: unlike a pipe it cannot fill up, break or raise SIGPIPE.
Descriptor file_of(std::string_view input, const std::string& program) {
  Descriptor file(::memfd_create("ecnas-input", MFD_CLOEXEC));
  if (file.get() < 0) fail_system(program, "making its input", errno);
  while (!input.empty()) {
    const ssize_t count = ::write(file.get(), input.data(), input.size());
    if (count < 0 && errno != EINTR) fail_system(program, "making its input", errno);
    if (count > 0) input.remove_prefix(static_cast<std::size_t>(count));
  }
  if (::lseek(file.get(), 0, SEEK_SET) != 0) fail_system(program, "making its input", errno);
  return file;
}

// A started process; killed and reaped if it is left before its end.
class Child {
 public:
  explicit Child(pid_t id) : id_(id) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (id_ <= 0) return;
    ::kill(id_, SIGKILL);
    [[maybe_unused]] const int status = wait();
  }

  int wait() {
    int status = 0;
    while (::waitpid(id_, &status, 0) < 0 && errno == EINTR) {
    }
    id_ = 0;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }

 private:
  pid_t id_;
};

// What the process starts with: our three descriptors, and default signal handling whatever the
// caller's is.
class SpawnSettings {
 public:
  SpawnSettings(int input, int output, int messages) {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawn_file_actions_adddup2(&actions_, input, STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions_, messages, STDERR_FILENO);
    sigset_t none;
    sigset_t defaults;
    ::sigemptyset(&none);
    ::sigemptyset(&defaults);
    ::sigaddset(&defaults, SIGPIPE);
    ::posix_spawnattr_init(&attributes_);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &defaults);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  ~SpawnSettings() {
    ::posix_spawnattr_destroy(&attributes_);
    ::posix_spawn_file_actions_destroy(&actions_);
  }
  [[nodiscard]] const posix_spawn_file_actions_t* actions() const { return &actions_; }
  [[nodiscard]] const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

// The caller's environment; a fixed date for files that would otherwise hold the hour of drawing
// (an earlier setting of the caller's wins).
std::vector<char*> environment(std::string& date) {
  std::vector<char*> variables;
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable)
    variables.push_back(*variable);
  variables.push_back(date.data());
  variables.push_back(nullptr);
  return variables;
}

pid_t spawn(std::vector<std::string> arguments, const SpawnSettings& settings,
            std::string_view remedy) {
  std::vector<char*> pointers;
  for (std::string& argument : arguments)
    pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  std::string date = "SOURCE_DATE_EPOCH=0";
  pid_t id = 0;
  const int error = ::posix_spawnp(&id, pointers[0], settings.actions(), settings.attributes(),
                                   pointers.data(), environment(date).data());
  if (error == 0) return id;
  if (error == EAGAIN || error == ENOMEM) fail_system(arguments[0], "starting it", error);
  fail(ErrorCode::missing_dependency, "{}: cannot be started: {}; {}", arguments[0], reason(error),
       remedy);
}

// One of the streams that the process writes.
struct Stream {
  Descriptor reader;
  std::string text;
  std::size_t limit;
  bool strict;  // more than the limit is an error, not just dropped
};

void read_some(Stream& stream, const std::string& program) {
  std::array<char, 1 << 16> buffer;
  const ssize_t count = ::read(stream.reader.get(), buffer.data(), buffer.size());
  if (count < 0 && errno == EINTR) return;
  if (count < 0) fail_system(program, "reading its output", errno);
  if (count == 0) {
    stream.reader.close();
    return;
  }
  const auto size = static_cast<std::size_t>(count);
  const std::size_t room = stream.limit - stream.text.size();
  if (size > room && stream.strict) {
    fail(ErrorCode::io_failure, "{}: wrote more than the {} bytes expected at most; it was ended",
         program, stream.limit);
  }
  stream.text.append(buffer.data(), std::min(size, room));
}

void read_to_end(std::array<Stream, 2>& streams, const std::string& program,
                 const ProcessLimits& limits) {
  const Clock::time_point deadline = Clock::now() + limits.time;
  const auto open = [](const Stream& stream) { return stream.reader.get() >= 0; };
  while (std::ranges::any_of(streams, open)) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) {
      fail(ErrorCode::io_failure, "{}: did not finish within {} s; it was ended", program,
           std::chrono::duration<double>(limits.time).count());
    }
    std::array<pollfd, 2> waiting{};
    for (std::size_t i = 0; i < streams.size(); ++i)
      waiting[i] = {streams[i].reader.get(), POLLIN, 0};  // poll skips closed (negative) ones
    const int wait_ms = static_cast<int>(std::min<decltype(left)>(left, 60'000));
    const int ready = ::poll(waiting.data(), waiting.size(), wait_ms);
    if (ready < 0 && errno != EINTR) fail_system(program, "reading its output", errno);
    for (std::size_t i = 0; ready > 0 && i < streams.size(); ++i) {
      if (waiting[i].revents != 0) read_some(streams[i], program);
    }
  }
}

}  // namespace

ProcessResult run_process(const std::vector<std::string>& arguments, std::string_view input,
                          std::string_view remedy, const ProcessLimits& limits) {
  ECNAS_ASSERT(!arguments.empty());
  const std::string& program = arguments.front();
  const Descriptor input_file = file_of(input, program);
  Pipe output = make_pipe(program);
  Pipe messages = make_pipe(program);
  const SpawnSettings settings(input_file.get(), output.writer.get(), messages.writer.get());
  Child child(spawn(arguments, settings, remedy));
  output.writer.close();
  messages.writer.close();

  std::array<Stream, 2> streams{Stream{std::move(output.reader), {}, limits.output_bytes, true},
                                Stream{std::move(messages.reader), {}, kMaxMessageBytes, false}};
  read_to_end(streams, program, limits);
  const int status = child.wait();
  return {status, std::move(streams[0].text), std::move(streams[1].text)};
}

}  // namespace ecnas::report
