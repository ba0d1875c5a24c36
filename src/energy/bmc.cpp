#include "energy/bmc.hpp"

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
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "ecnas/core/text.hpp"
#include "energy/sysfs.hpp"

namespace ecnas::energy {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kMaxOutputBytes = std::size_t{64} << 10;
constexpr Instant kPeriod = std::chrono::seconds(1);
constexpr Instant kStale = std::chrono::seconds(3);

ReadFailure failed(std::string text) {
  return {ReadFailure::Reason::failed, std::move(text)};
}

// The program while it runs. Its standard input is empty, its messages go nowhere, and it is a
// process group of its own: no signal of a terminal reaches it, and what it starts ends with it.
// Nobody waits for it longer than asked: not even for its end after SIGKILL, which a driver may
// hold up.
class Child {
 public:
  Child() = default;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (!is_alive()) return;
    kill();
    advance(Clock::now() + std::chrono::milliseconds(100));
    close();
  }

  // 0, or the error. @pre !is_alive()
  int start(const std::string& program) {
    output_.clear();
    status_.reset();
    started_ = Clock::now();
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return errno;
    reader_ = ends[0];
    ::fcntl(reader_, F_SETFL, O_NONBLOCK);  // the program's end stays as programs expect it
    const int error = spawn(program, ends[1]);
    ::close(ends[1]);
    if (error != 0) close();
    return error;
  }

  [[nodiscard]] bool is_alive() const { return id_ > 0; }
  [[nodiscard]] Clock::time_point started() const { return started_; }
  [[nodiscard]] std::string_view output() const { return output_; }
  // Of its end; 128 + signal if one ended it; absent if somebody else has waited for it, as a
  // program does that waits for all its children.
  [[nodiscard]] std::optional<int> status() const { return status_; }

  // Takes what it has written and notes its end, waiting for that until `deadline`. True once it
  // has ended. What it has started may live on and hold its output open.
  bool advance(Clock::time_point deadline) {
    constexpr std::chrono::milliseconds kSlice{2};  // its end, unlike its output, wakes nobody
    for (;;) {
      const bool has_ended = reap();
      drain();
      if (has_ended) close();
      if (has_ended || Clock::now() >= deadline) return has_ended;
      pollfd waiting{reader_, POLLIN, 0};
      ::poll(&waiting, 1, static_cast<int>(kSlice.count()));
    }
  }

  void kill() const {
    // Only while its number is its own: until somebody has waited for it.
    siginfo_t info{};
    if (::waitid(P_PID, static_cast<id_t>(id_), &info, WEXITED | WNOHANG | WNOWAIT) == 0)
      ::kill(-id_, SIGKILL);
  }

 private:
  int spawn(const std::string& program, int writer) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    sigset_t defaults;
    ::sigemptyset(&none);
    ::sigemptyset(&defaults);
    ::sigaddset(&defaults, SIGPIPE);
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, writer, STDOUT_FILENO);
    ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    ::posix_spawnattr_init(&attributes);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setsigdefault(&attributes, &defaults);
    ::posix_spawnattr_setpgroup(&attributes, 0);
    ::posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    std::array<std::string, 4> words = {program, "dcmi", "power", "reading"};
    std::array<char*, 5> arguments{};
    for (std::size_t i = 0; i < words.size(); ++i)
      arguments[i] = words[i].data();
    const int error =
        ::posix_spawnp(&id_, arguments[0], &actions, &attributes, arguments.data(), environ);
    if (error != 0) id_ = 0;
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&actions);
    return error;
  }

  bool reap() {
    int status = 0;
    const pid_t id = ::waitpid(id_, &status, WNOHANG);
    if (id == 0 || (id < 0 && errno == EINTR)) return false;
    if (id > 0) status_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    id_ = 0;
    return true;
  }

  // Who writes more than the limit writes to nobody.
  void drain() {
    std::array<char, 4096> buffer;
    while (reader_ >= 0) {
      const ssize_t count = ::read(reader_, buffer.data(), buffer.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0 && errno == EAGAIN) return;
      if (count > 0) output_.append(buffer.data(), static_cast<std::size_t>(count));
      if (count <= 0 || output_.size() >= kMaxOutputBytes) close();
    }
  }

  void close() {
    if (reader_ >= 0) ::close(std::exchange(reader_, -1));
  }

  pid_t id_ = 0;
  int reader_ = -1;
  Clock::time_point started_;
  std::optional<int> status_;
  std::string output_;
};

// "Instantaneous power reading:                   220 Watts"
Result<double, ReadFailure> parse_power(std::string_view output) {
  constexpr std::string_view kReading = "Instantaneous power reading:";
  constexpr std::string_view kUnit = "Watts";
  std::optional<std::int64_t> power_w;
  for (std::string_view line : split(output, '\n')) {
    line = trimmed(line);
    if (line.starts_with("Power reading state is:") && line.ends_with("deactivated"))
      return failed("the controller's power reading is deactivated");
    if (!line.starts_with(kReading) || !line.ends_with(kUnit)) continue;
    line.remove_prefix(kReading.size());
    if (line.size() < kUnit.size()) continue;
    line.remove_suffix(kUnit.size());
    power_w = parse_integer(trimmed(line));
  }
  if (!power_w || *power_w < 0) return failed(fmt::format("no power in {}", quoted(output)));
  if (*power_w == 0) return failed("the controller tells a power of 0");
  return static_cast<double>(*power_w);
}

class BmcSource final : public Source {
 public:
  BmcSource(std::string program, std::chrono::milliseconds patience)
      : program_(std::move(program)), patience_(patience) {
    description_.name = "machine-bmc";
    description_.domain = Domain::machine;
    description_.kind = Kind::power;
    description_.quality = Quality::integrated;
    description_.origin = program_ + " dcmi power reading";
    description_.resolution = 1;
  }

  [[nodiscard]] const SourceDescription& description() const override { return description_; }

  [[nodiscard]] Result<double, ReadFailure> read(Instant now) override {
    if (child_.is_alive()) collect(now, Clock::now());
    if (!child_.is_alive() && (!answered_ || now - asked_ >= kPeriod || now < asked_)) ask(now);
    const bool is_stale = !answered_ || now - *answered_ > kStale;
    if (child_.is_alive() && is_stale) collect(now, child_.started() + patience_);
    return answer_;
  }

 private:
  void ask(Instant now) {
    asked_ = now;
    has_given_up_ = false;
    const int error = child_.start(program_);
    if (error != 0) take(failure_of(program_, error), now);
  }

  // The answer, if it is there by the deadline.
  void collect(Instant now, Clock::time_point deadline) {
    const bool has_ended = child_.advance(deadline);
    if (has_given_up_) return;
    if (has_ended) {
      take(answer_of_child(), now);
    } else if (Clock::now() >= child_.started() + patience_) {
      child_.kill();
      has_given_up_ = true;
      take(failed(fmt::format("{}: no answer within {} ms", program_, patience_.count())), now);
    }
  }

  [[nodiscard]] Result<double, ReadFailure> answer_of_child() const {
    if (const auto status = child_.status(); status && *status != 0)
      return failed(fmt::format("{}: ended with status {}", program_, *status));
    return parse_power(child_.output());
  }

  void take(Result<double, ReadFailure> answer, Instant now) {
    answer_ = std::move(answer);
    answered_ = now;
  }

  std::string program_;
  std::chrono::milliseconds patience_;
  SourceDescription description_;
  Child child_;
  bool has_given_up_ = false;  // on the child that runs
  Instant asked_{};
  std::optional<Instant> answered_;
  Result<double, ReadFailure> answer_ = failed("not asked yet");
};

// Absent where there is none.
std::optional<fs::path> controller_in(const fs::path& dev) {
  for (const char* name : {"ipmi0", "ipmi/0", "ipmidev/0"}) {
    std::error_code ignored;
    if (fs::exists(dev / name, ignored)) return dev / name;
  }
  return std::nullopt;
}

}  // namespace

Discovered find_bmc(const std::string& ipmitool, const fs::path& dev,
                    std::chrono::milliseconds patience) {
  Discovered found;
  if (ipmitool.empty()) return found;
  const std::optional<fs::path> controller = controller_in(dev);
  if (!controller) return found;
  auto source = std::make_unique<BmcSource>(ipmitool, patience);
  const Result<double, ReadFailure> reading = source->read(Instant{});
  if (reading) {
    found.sources.push_back({std::move(source), true, ""});
  } else if (reading.reason().reason != ReadFailure::Reason::gone) {
    const bool may_access =
        ::faccessat(AT_FDCWD, controller->c_str(), R_OK | W_OK, AT_EACCESS) == 0;
    const int error = errno;
    found.missing.push_back(
        {"power by the BMC",
         may_access ? reading.reason().text : failure_of(*controller, error).text,
         may_access ? "" : "let this user read and write it, or run as root"});
  }
  return found;
}

}  // namespace ecnas::energy
