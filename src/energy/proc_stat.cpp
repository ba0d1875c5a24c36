#include "energy/proc_stat.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>

#include "ecnas/core/text.hpp"
#include "energy/sysfs.hpp"

namespace ecnas::energy {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFileBytes = std::size_t{1} << 20;

std::optional<std::uint64_t> count_of(std::string_view text) {
  const auto number = parse_integer(text);
  if (!number || *number < 0) return {};
  return static_cast<std::uint64_t>(*number);
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  for (const std::string_view word : split(text, ' ')) {
    if (!word.empty()) words.push_back(word);
  }
  return words;
}

void add_processes(std::string_view text, std::vector<pid_t>& processes) {
  for (const std::string_view word : words_of(text)) {
    const auto process = parse_integer(trimmed(word));
    if (process && *process > 0 && *process <= INT32_MAX)
      processes.push_back(static_cast<pid_t>(*process));
  }
}

/// Where the kernel keeps no lists of children (CONFIG_PROC_CHILDREN): by everybody's parent.
std::vector<pid_t> children_by_parents(const fs::path& proc, pid_t parent) {
  std::vector<pid_t> children;
  for (const fs::path& entry : entries(proc, "")) {
    const auto process = parse_integer(entry.filename().string());
    if (!process || *process <= 0 || *process > INT32_MAX) continue;
    const auto status = read_process(proc, static_cast<pid_t>(*process));
    if (status && status->parent == parent) children.push_back(static_cast<pid_t>(*process));
  }
  return children;
}

}  // namespace

std::optional<std::string> read_small_file(const fs::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return {};
  std::string text;
  std::array<char, 4096> buffer{};
  ssize_t size = 0;
  while (text.size() <= kMaxFileBytes) {
    size = ::read(descriptor, buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(size));
  }
  ::close(descriptor);
  if (size != 0 || text.size() > kMaxFileBytes) return {};
  return text;
}

std::optional<ProcessStatus> parse_process(std::string_view stat) {
  // The name stands in brackets and may hold brackets and blanks; the fields after it are numbered
  // as in proc(5), the state being the third.
  const std::size_t end_of_name = stat.rfind(')');
  if (end_of_name == std::string_view::npos) return {};
  const std::vector<std::string_view> words = words_of(stat.substr(end_of_name + 1));
  constexpr std::size_t kFirst = 3;
  const auto field = [&](std::size_t number) -> std::optional<std::uint64_t> {
    if (number - kFirst >= words.size()) return {};
    return count_of(words[number - kFirst]);
  };
  const auto parent = field(4);
  const auto user = field(14);
  const auto system = field(15);
  const auto children_user = field(16);
  const auto children_system = field(17);
  const auto resident = field(24);
  if (!parent || *parent > INT32_MAX || !user || !system || !children_user || !children_system ||
      !resident) {
    return {};
  }
  return ProcessStatus{static_cast<pid_t>(*parent), *user + *system,
                       *children_user + *children_system, *resident};
}

std::optional<ProcessStatus> read_process(const fs::path& proc, pid_t process) {
  const std::optional<std::string> text =
      read_small_file(proc / fmt::format("{}", process) / "stat");
  return text ? parse_process(*text) : std::nullopt;
}

std::vector<pid_t> children_of(const fs::path& proc, pid_t process) {
  const fs::path tasks = proc / fmt::format("{}", process) / "task";
  std::vector<pid_t> children;
  bool has_lists = false;
  for (const fs::path& task : entries(tasks, "")) {
    const std::optional<std::string> text = read_small_file(task / "children");
    if (!text) continue;
    has_lists = true;
    add_processes(*text, children);
  }
  return has_lists ? children : children_by_parents(proc, process);
}

std::optional<std::uint64_t> parse_busy_ticks(std::string_view stat) {
  // "cpu  user nice system idle iowait irq softirq steal guest guest_nice", guests within user.
  const std::vector<std::string_view> words = words_of(stat.substr(0, stat.find('\n')));
  if (words.size() < 8 || words[0] != "cpu") return {};
  std::uint64_t busy = 0;
  for (const std::size_t i : {1U, 2U, 3U, 6U, 7U}) {
    const auto ticks = count_of(words[i]);
    if (!ticks) return {};
    busy += *ticks;
  }
  return busy;
}

}  // namespace ecnas::energy
