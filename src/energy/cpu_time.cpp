#include "ecnas/energy/cpu_time.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <ctime>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ecnas/core/text.hpp"
#include "energy/proc_stat.hpp"
#include "energy/sysfs.hpp"

namespace ecnas::energy {
namespace {

namespace fs = std::filesystem;

constexpr double kBytesPerGib = 1024.0 * 1024 * 1024;

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

double used_by(int who) {
  rusage usage{};
  ::getrusage(who, &usage);
  return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

double resident_gib(std::uint64_t pages) {
  static const auto kPageBytes = static_cast<double>(::sysconf(_SC_PAGESIZE));
  return static_cast<double>(pages) * kPageBytes / kBytesPerGib;
}

double seconds_of_ticks(std::uint64_t ticks) {
  static const auto kTicks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  return static_cast<double>(ticks) / kTicks;
}

/// The descendants of this process. Who they are is looked up once a second: a child that is not
/// known yet is counted later, by its own time or, once it has ended, by its parent's.
class Descendants : public CpuTimeReader {
 public:
  explicit Descendants(fs::path proc) : proc_(std::move(proc)) {
    ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  }

  [[nodiscard]] const char* name() const override { return "process tree"; }

 private:
  [[nodiscard]] std::optional<Usage> look() override {
    constexpr unsigned kReadingsToLook = 10;
    if (readings_++ % kReadingsToLook == 0 || processes_.empty()) find_processes();
    Usage usage;
    for (const pid_t process : processes_) {
      const auto status = read_process(proc_, process);
      if (!status) continue;  // it has ended
      usage.cpu_s +=
          seconds_of_ticks(status->ticks) + seconds_of_ticks(status->ended_children_ticks);
      usage.resident_gib += resident_gib(status->resident_pages);
    }
    usage.cpu_s += used_by(RUSAGE_CHILDREN);
    // A process that ends while it is looked at may be missed here once.
    usage.cpu_s = cpu_s_ = std::max(cpu_s_, usage.cpu_s);
    return usage;
  }

  void find_processes() {
    constexpr std::size_t kMaxProcesses = 65'536;
    processes_ = children_of(proc_, ::getpid());
    for (std::size_t i = 0; i < processes_.size() && processes_.size() < kMaxProcesses; ++i) {
      const std::vector<pid_t> children = children_of(proc_, processes_[i]);
      processes_.insert(processes_.end(), children.begin(), children.end());
    }
  }

  fs::path proc_;
  std::vector<pid_t> processes_;
  unsigned readings_ = 0;
  double cpu_s_ = 0;
};

class OwnProcess : public CpuTimeReader {
 public:
  [[nodiscard]] const char* name() const override { return "process"; }

 private:
  [[nodiscard]] std::optional<Usage> look() override {
    timespec time{};
    if (::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) != 0) return {};
    const auto status = read_process("/proc", ::getpid());
    return Usage{static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9,
                 status ? resident_gib(status->resident_pages) : 0};
  }
};

/// What a control group says, in either of the kernel's versions.
class ControlGroup : public CpuTimeReader {
 public:
  ControlGroup(fs::path cpu, bool is_version_2, fs::path memory)
      : cpu_(std::move(cpu)), is_version_2_(is_version_2), memory_(std::move(memory)) {}

  [[nodiscard]] const char* name() const override { return "control group"; }

 private:
  [[nodiscard]] std::optional<Usage> look() override {
    const std::optional<double> cpu_s = cpu_time_s();
    if (!cpu_s) return {};
    const Result<std::int64_t, ReadFailure> bytes = read_integer(memory_);
    const double gib =
        bytes ? static_cast<double>(std::max<std::int64_t>(*bytes, 0)) / kBytesPerGib : 0;
    return Usage{*cpu_s, gib};
  }

  [[nodiscard]] std::optional<double> cpu_time_s() const {
    if (!is_version_2_) {
      const Result<std::int64_t, ReadFailure> nanoseconds = read_integer(cpu_);
      if (!nanoseconds || *nanoseconds < 0) return {};
      return static_cast<double>(*nanoseconds) * 1e-9;
    }
    constexpr std::string_view kPrefix = "usage_usec ";  // the first line of cpu.stat
    const std::optional<std::string> line = read_line(cpu_);
    if (!line || !line->starts_with(kPrefix)) return {};
    const auto microseconds = parse_integer(std::string_view(*line).substr(kPrefix.size()));
    if (!microseconds || *microseconds < 0) return {};
    return static_cast<double>(*microseconds) * 1e-6;
  }

  fs::path cpu_;
  bool is_version_2_;
  fs::path memory_;
};

/// Where this process is in each hierarchy of /proc/self/cgroup: "4:memory:/a/b", and "0::/a" for
/// version 2. A path from above the container's root is cut to that root.
std::map<std::string, std::string> places_of(std::string_view text) {
  std::map<std::string, std::string> places;
  for (const std::string_view line : split(text, '\n')) {
    const std::vector<std::string_view> parts = split(line, ':');
    if (parts.size() != 3 || !parts[2].starts_with('/')) continue;
    for (const std::string_view controller : split(parts[1], ','))
      places.emplace(controller, parts[2].substr(1));
  }
  return places;
}

/// `root`/place/file, or `root`/file where a container shows only its own part.
fs::path first_there(const fs::path& root, const std::string& place, const char* file) {
  fs::path inner = root / place / file;
  std::error_code ignored;
  return fs::exists(inner, ignored) ? inner : root / file;
}

}  // namespace

std::unique_ptr<CpuTimeReader> read_descendants(const fs::path& proc) {
  return std::make_unique<Descendants>(proc);
}

std::unique_ptr<CpuTimeReader> read_own_process() {
  return std::make_unique<OwnProcess>();
}

std::unique_ptr<CpuTimeReader> read_control_group(const fs::path& proc, const fs::path& sys) {
  const std::optional<std::string> text = read_small_file(proc / "self" / "cgroup");
  if (!text) return nullptr;
  const std::map<std::string, std::string> places = places_of(*text);
  const fs::path root = sys / "fs" / "cgroup";
  const auto place = [&](const char* controller) {
    const auto found = places.find(controller);
    return found == places.end() ? std::string() : found->second;
  };
  for (const bool is_version_2 : {true, false}) {
    fs::path cpu = is_version_2 ? first_there(root, place(""), "cpu.stat")
                                : first_there(root / "cpuacct", place("cpuacct"), "cpuacct.usage");
    fs::path memory = is_version_2
                          ? first_there(root, place(""), "memory.current")
                          : first_there(root / "memory", place("memory"), "memory.usage_in_bytes");
    auto group = std::make_unique<ControlGroup>(std::move(cpu), is_version_2, std::move(memory));
    if (group->read({})) return group;
  }
  return nullptr;
}

}  // namespace ecnas::energy
