#include "energy/bmc.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "ecnas/core/text.hpp"
#include "energy/program_run.hpp"
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
    const int error = child_.start({program_, "dcmi", "power", "reading"}, kMaxOutputBytes);
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
  ProgramRun child_;
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
