#include <fcntl.h>
#include <fmt/format.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ecnas/core/text.hpp"
#include "energy/rapl.hpp"
#include "energy/sysfs.hpp"

namespace ecnas::energy {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kMaxProcessors = 65'536;

/// An open event's counter; 64 bits wide, the kernel sees to the register's wraps.
class Event : public Source {
 public:
  Event(SourceDescription description, int descriptor, double scale)
      : description_(std::move(description)), descriptor_(descriptor), scale_(scale) {}
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() override { ::close(descriptor_); }

  [[nodiscard]] const SourceDescription& description() const override { return description_; }

  [[nodiscard]] Result<double, ReadFailure> read(Instant /*now*/) override {
    std::uint64_t count = 0;
    const ssize_t size = ::read(descriptor_, &count, sizeof count);
    if (size == static_cast<ssize_t>(sizeof count)) return static_cast<double>(count) * scale_;
    return ReadFailure{size == 0 ? ReadFailure::Reason::gone : ReadFailure::Reason::failed,
                       fmt::format("{}: {}", description_.origin,
                                   size < 0 ? std::strerror(errno) : "the event has ended")};
  }

 private:
  SourceDescription description_;
  int descriptor_;
  double scale_;
};

struct EnergyEvent {
  std::string_view event;
  std::string_view name;
  Domain domain;
  std::string_view part_of;
};
constexpr std::array<EnergyEvent, 5> kEvents = {{
    {"energy-pkg", "package", Domain::cpu, ""},
    {"energy-ram", "dram", Domain::memory, ""},
    {"energy-psys", "psys", Domain::platform, ""},
    {"energy-cores", "cores", Domain::cores, "package"},
    {"energy-gpu", "uncore", Domain::uncore, "package"},
}};

/// "event=0x02" → 2.
std::optional<std::uint64_t> config_of(std::string_view text) {
  constexpr std::string_view kPrefix = "event=0x";
  if (!text.starts_with(kPrefix) || text.size() > kPrefix.size() + 4) return {};
  std::uint64_t config = 0;
  for (const char digit : text.substr(kPrefix.size())) {
    const std::string_view digits = "0123456789abcdef";
    const std::size_t value = digits.find(digit);
    if (value == std::string_view::npos) return {};
    config = config * 16 + value;
  }
  return config;
}

/// "0,24" → 0 and 24: one processor of each package. Ranges are given where packages are
/// processors.
std::vector<int> processors_of(std::string_view text) {
  std::vector<int> processors;
  for (const std::string_view part : split(text, ',')) {
    const std::vector<std::string_view> ends = split(part, '-');
    const auto first = parse_integer(ends.front());
    const auto last = parse_integer(ends.back());
    if (!first || !last || *first < 0 || *last < *first || *last > kMaxProcessors) return {};
    for (std::int64_t processor = *first; processor <= *last; ++processor)
      processors.push_back(static_cast<int>(processor));
  }
  return processors;
}

struct Unit {
  fs::path directory;
  std::uint32_t type = 0;
  std::vector<int> processors;
};

std::optional<Unit> find_unit(const fs::path& sys) {
  const fs::path directory = sys / "bus" / "event_source" / "devices" / "power";
  const Result<std::int64_t, ReadFailure> type = read_integer(directory / "type");
  const std::optional<std::string> mask = read_line(directory / "cpumask");
  if (!type || *type < 0 || *type > UINT32_MAX || !mask) return {};
  return Unit{directory, static_cast<std::uint32_t>(*type), processors_of(*mask)};
}

struct Description {
  std::uint64_t config = 0;
  double scale = 0;
};

std::optional<Description> describe(const Unit& unit, std::string_view event) {
  const fs::path file = unit.directory / "events" / event;
  const std::optional<std::string> config = read_line(file);
  const std::optional<std::string> scale = read_line(file.string() + ".scale");
  if (!config || !scale || read_line(file.string() + ".unit") != "Joules") return {};
  const std::optional<std::uint64_t> number = config_of(*config);
  const std::optional<double> joules = parse_real(*scale);
  if (!number || !joules || !(*joules > 0 && *joules < 1)) return {};
  return Description{*number, *joules};
}

void explain(const Unit& unit, const std::error_code& error, Discovered& found) {
  const bool is_denied =
      error == std::errc::permission_denied || error == std::errc::operation_not_permitted;
  found.missing.push_back(
      {"RAPL counters (perf events)",
       fmt::format("{}: {}", unit.directory.string(), error.message()),
       is_denied ? "as root, run sysctl kernel.perf_event_paranoid=0, or give the program the "
                   "capability: setcap cap_perfmon+ep $(command -v ecnas)"
                 : ""});
}

}  // namespace

Result<int, std::error_code> open_event(std::uint32_t type, std::uint64_t config, int processor) {
  perf_event_attr attributes{};
  attributes.type = type;
  attributes.size = sizeof attributes;
  attributes.config = config;
  const long descriptor = ::syscall(SYS_perf_event_open, &attributes, -1, processor, -1,
                                    static_cast<unsigned long>(PERF_FLAG_FD_CLOEXEC));
  if (descriptor < 0) return std::error_code(errno, std::generic_category());
  return static_cast<int>(descriptor);
}

Discovered find_power_events(const fs::path& sys, const OpenEvent& open) {
  Discovered found;
  const std::optional<Unit> unit = find_unit(sys);
  if (!unit) return found;
  for (const EnergyEvent& kind : kEvents) {
    const std::optional<Description> event = describe(*unit, kind.event);
    if (!event) continue;
    for (std::size_t package = 0; package < unit->processors.size(); ++package) {
      const auto descriptor = open(unit->type, event->config, unit->processors[package]);
      if (!descriptor) {
        if (found.missing.empty()) explain(*unit, descriptor.reason(), found);
        continue;
      }
      SourceDescription description{.name = fmt::format("{}-{}", kind.name, package),
                                    .domain = kind.domain,
                                    .origin = fmt::format("perf event power/{}/ on processor {}",
                                                          kind.event, unit->processors[package]),
                                    .resolution = event->scale,
                                    .power_bound_w = kPackageBoundWatts};
      const std::string remark =
          kind.part_of.empty() ? "" : fmt::format("part of {}-{}", kind.part_of, package);
      found.sources.push_back(
          {std::make_unique<Event>(std::move(description), *descriptor, event->scale),
           remark.empty(), remark});
    }
  }
  return found;
}

}  // namespace ecnas::energy
